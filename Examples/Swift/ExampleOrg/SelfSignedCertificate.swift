internal import CryptoExtras
internal import Foundation
internal import SwiftASN1
internal import X509

extension _RSA.Signing.PrivateKey {
    /// Returns a self-signed certificate in PEM, as `openssl req -x509` creates it. It is valid for one day. An
    /// administrator uploads such a certificate to the app.
    func selfSignedCertificate() throws -> String {
        let name = try DistinguishedName { CommonName("example") }
        let now = Date()
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(publicKey), notValidBefore: now,
            notValidAfter: now.addingTimeInterval(86_400), issuer: name, subject: name,
            signatureAlgorithm: .sha256WithRSAEncryption, extensions: .init(), issuerPrivateKey: .init(self))
        return try certificate.serializeAsPEM().pemString
    }
}
