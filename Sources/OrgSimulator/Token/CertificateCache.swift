/// The certificates of the apps that signed in, by their PEM text. Parsing one takes longer than verifying a signature.
final class CertificateCache {
    private var certificates: [String: UploadedCertificate?] = [:]

    /// More than one server has apps in use. When it is full it starts again.
    private static let capacity = 1_000

    /// - Returns: `nil` if the text is not a certificate that an app can use.
    func certificate(_ pem: String) -> UploadedCertificate? {
        if let known = certificates[pem] { return known }
        let certificate = try? UploadedCertificate(pem)
        if certificates.count >= Self.capacity { certificates.removeAll() }
        certificates[pem] = .some(certificate)
        return certificate
    }
}
