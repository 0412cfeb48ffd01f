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

    /// Selects the form that a request accepts.
    ///
    /// - Parameter accept: The `Accept` header. PEM if it is missing or accepts anything. Ranges are tried in order;
    ///   weights are ignored.
    /// - Throws: ``ServerRefusal`` with `.notAcceptable`.
    init(accept: String?) throws(ServerRefusal) {
        guard let accept else {
            self = .pem
            return
        }
        for range in accept.split(separator: ",") {
            let type = range.split(separator: ";").first?.filter { !$0.isWhitespace }.lowercased() ?? ""
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

    /// Records the download and returns the certificate as a file.
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
