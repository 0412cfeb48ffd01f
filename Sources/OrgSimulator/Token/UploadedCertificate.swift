import CryptoExtras
import Foundation
import SwiftASN1
import X509

/// The certificate in an app's slot. Salesforce takes the public key out of it and looks at little else.
struct UploadedCertificate: Sendable {
    enum Problem: Error, CustomStringConvertible {
        case tooLarge, unreadable, notRSA

        var description: String {
            switch self {
            case .tooLarge: "the certificate is larger than 4 KB."
            case .unreadable: "the text is no X.509 certificate."
            case .notRSA: "the certificate has no RSA key."
            }
        }
    }

    /// Bytes of the file, whatever its encoding.
    static let sizeLimit = 4_096

    let publicKey: _RSA.Signing.PublicKey
    let notValidAfter: Date
    let subject: String

    /// - Parameter text: PEM, or the base64 body of PEM without its armour, with or without line ends.
    init(_ text: String) throws(Problem) {
        // Without its armour the text stands for a DER file, whose own bytes count.
        let isPEM = text.contains("-----")
        guard text.utf8.count <= (isPEM ? Self.sizeLimit : Self.sizeLimit * 3 / 2) else { throw .tooLarge }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let body = lines.filter { !$0.hasPrefix("-----") }.joined()
        guard let der = Data(base64Encoded: body) else { throw .unreadable }
        guard der.count <= Self.sizeLimit else { throw .tooLarge }
        guard let certificate = try? Certificate(derEncoded: [UInt8](der)) else { throw .unreadable }
        guard let key = _RSA.Signing.PublicKey(certificate.publicKey) else { throw .notRSA }
        publicKey = key
        notValidAfter = certificate.notValidAfter
        subject = certificate.subject.description
    }
}
