/// The two forms of a certificate's file. Salesforce takes both.
public enum CertificateForm: String, CaseIterable, Sendable {
    case pem, der

    public var fileExtension: String {
        switch self {
        case .pem: "crt"
        case .der: "der"
        }
    }

    /// What the command line calls the certificate in force of a connection, unless another name is given.
    public var plainFileName: String { "aprity.\(fileExtension)" }

    /// A name that tells the certificates of several connections, and of a rotation, apart:
    /// `aprity-acme-d8a5d555.crt`.
    ///
    /// - Parameters:
    ///   - alias: The connection's name.
    ///   - sha256: Of the certificate, in lower-case hex; the first eight digits become part of the name.
    public func fileName(of alias: String, sha256: String) -> String {
        "aprity-\(alias)-\(sha256.prefix(8)).\(fileExtension)"
    }

    /// The file's content.
    public func bytes(_ certificate: AppCertificate) -> [UInt8] {
        switch self {
        case .pem: Array(certificate.pem.utf8)
        case .der: certificate.der
        }
    }
}
