internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The two forms of a certificate's file. Salesforce takes both.
enum CertificateForm: String, CaseIterable {
    case pem, der

    var mediaType: String {
        switch self {
        case .pem: "application/x-pem-file"
        case .der: "application/pkix-cert"
        }
    }

    private var fileName: String {
        switch self {
        case .pem: "aprity.crt"
        case .der: "aprity.der"
        }
    }

    /// - Parameter accept: The header; absent, or anything goes: PEM. Weights are not looked at, the order is.
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

    func response(_ certificate: AppCertificate) -> Response {
        let bytes: [UInt8] =
            switch self {
            case .pem: Array(certificate.pem.utf8)
            case .der: certificate.der
            }
        return Response(
            status: .ok,
            headers: [.contentType: mediaType, .contentDisposition: "attachment; filename=\"\(fileName)\""],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
