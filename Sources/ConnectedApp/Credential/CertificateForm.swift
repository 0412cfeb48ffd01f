/// The two formats of a certificate file. Salesforce accepts both.
package enum CertificateForm: String, CaseIterable, Sendable {
    case pem, der

    var fileExtension: String {
        switch self {
        case .pem: "crt"
        case .der: "der"
        }
    }

    /// The default name of the file to which the command line writes a connection's current certificate.
    package var plainFileName: String { "aprity.\(fileExtension)" }

    /// Returns a file name that distinguishes the certificates of several connections and of a rotation, such as
    /// `aprity-acme-d8a5d555.crt`.
    ///
    /// - Parameters:
    ///   - alias: The connection's name.
    ///   - sha256: The certificate's fingerprint in lower-case hex. The name contains its first eight digits.
    package func fileName(of alias: String, sha256: String) -> String {
        "aprity-\(alias)-\(sha256.prefix(8)).\(fileExtension)"
    }

    /// Returns the content of a file with the certificate.
    package func bytes(_ certificate: AppCertificate) -> [UInt8] {
        switch self {
        case .pem: Array(certificate.pem.utf8)
        case .der: certificate.der
        }
    }
}
