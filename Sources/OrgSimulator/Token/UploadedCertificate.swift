import CryptoExtras
import Foundation

/// The certificate of an app. Salesforce uses little more of it than the public key, so the simulator accepts any
/// signature, version and serial number.
struct UploadedCertificate: Sendable {
    /// Why a file cannot be used as an app's certificate. The description is a sentence that begins with a lower-case
    /// letter, to follow a colon.
    enum Problem: Error, Equatable, CustomStringConvertible {
        case tooLarge, empty, unreadable, several, notRSA, pssKey, keyTooShort, privateKey, request, keyStore

        var description: String {
            switch self {
            case .tooLarge: "the certificate is larger than 4 KB."
            case .empty: "the file is empty."
            case .unreadable: "the text is not an X.509 certificate."
            case .several: "there is more than one certificate; choose only the one for the app's key."
            case .notRSA: "the certificate has no RSA key."
            case .pssKey: "the certificate has a key for RSASSA-PSS only; RS256 needs a plain RSA key."
            case .keyTooShort: "the RSA key of the certificate is shorter than 2048 bits."
            case .privateKey: "the file holds a private key, which must not be uploaded; choose the certificate."
            case .request: "the file is a certificate signing request; choose the certificate that was issued for it."
            case .keyStore: "the file is a PKCS#12 key store, which holds a private key; choose the certificate alone."
            }
        }
    }

    /// The maximum size of the file in bytes, whatever its encoding.
    static let sizeLimit = 4_096

    let publicKey: _RSA.Signing.PublicKey
    /// The end of the validity. It does not matter unless the switch `refuseExpiredCertificate` is on.
    let notValidAfter: Date
    /// The distinguished name as text.
    let subject: String

    /// - Parameter text: PEM, or the base64 body of PEM without its `BEGIN` and `END` lines, with or without line ends.
    init(_ text: String) throws(Problem) {
        // Without these lines, the text is the base64 form of a DER file, and the size of that file counts.
        let isPEM = text.contains("-----")
        guard text.utf8.count <= (isPEM ? Self.sizeLimit : Self.sizeLimit * 3 / 2) else { throw .tooLarge }
        if isPEM { try Self.checkLabels(text) }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        // Text before the BEGIN line and after the END line is ignored.
        let body =
            isPEM
            ? lines.drop { !$0.hasPrefix("-----BEGIN") }.dropFirst().prefix { !$0.hasPrefix("-----") } : lines[...]
        guard let der = Data(base64Encoded: body.joined()) else { throw .unreadable }
        try self.init(der: [UInt8](der))
    }

    /// - Parameter der: A certificate in DER.
    init(der: [UInt8]) throws(Problem) {
        guard !der.isEmpty else { throw .empty }
        guard der.count <= Self.sizeLimit else { throw .tooLarge }
        let fields = try CertificateFields(der)
        publicKey = fields.publicKey
        notValidAfter = fields.notValidAfter
        subject = fields.subject
    }

    private static func checkLabels(_ text: String) throws(Problem) {
        let labels = text.matches(of: /-----BEGIN ([A-Z0-9 ]+)-----/).map { String($0.1) }
        if labels.contains(where: { $0.hasSuffix("PRIVATE KEY") }) { throw .privateKey }
        if labels.contains(where: { $0.hasSuffix("CERTIFICATE REQUEST") }) { throw .request }
        if labels.count > 1 { throw .several }
    }
}
