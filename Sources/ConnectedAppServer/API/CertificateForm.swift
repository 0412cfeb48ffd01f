internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

extension CertificateForm {
    var mediaType: String {
        switch self {
        case .pem: "application/x-pem-file"
        case .der: "application/pkix-cert"
        }
    }

    /// Selects the form that a request accepts: the first media range that matches; see ``AcceptedMediaTypes``.
    ///
    /// - Parameter accept: The `Accept` header. `nil`, `*/*` and `application/*` select PEM.
    /// - Throws: ``ServerRefusal`` with `.notAcceptable` if no range matches.
    init(accept: String?) throws(ServerRefusal) {
        guard let accept else {
            self = .pem
            return
        }
        for type in AcceptedMediaTypes(accept).ranges {
            if let form = Self.allCases.first(where: { $0.mediaType == type }) {
                self = form
                return
            }
            if type == "*/*" || type == "application/*" {
                self = .pem
                return
            }
        }
        throw ServerRefusal(.notAcceptable)
    }

    /// Records the download, then returns the certificate as a file.
    ///
    /// - Throws: ``ConnectedAppError`` if the download cannot be recorded. Nothing is then sent.
    func download(
        _ certificate: AppCertificate, of alias: String, from service: AppService, as principal: Principal
    ) async throws -> Response {
        let name = fileName(of: alias, sha256: certificate.sha256)
        try await service.certificates.recordDownload(of: certificate, for: alias, into: name, as: principal)
        return Response(
            status: .ok,
            headers: [.contentType: mediaType, .contentDisposition: "attachment; filename=\"\(name)\""],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes(certificate))))
    }
}
