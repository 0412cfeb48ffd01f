internal import CryptoExtras
internal import Foundation
internal import JWTBearer
internal import SwiftASN1
internal import X509

extension AppCertificate {
    /// Creates a self-signed certificate: SHA-256 with RSA, a random serial number, and the critical extensions basic
    /// constraints (no CA) and key usage (digital signature). `notBefore` is five minutes before `now`, so that a machine
    /// whose clock is slow accepts the certificate.
    ///
    /// - Parameters:
    ///   - signer: Signs with the private key of `publicKey`; the key itself is not needed.
    ///   - commonName: A different name for each certificate, because the org's Setup Audit Trail shows only names.
    ///   - days: The lifetime from `now`, 1 through ``longestLife``. The certificate expires ``extraValidity`` later, so that a new
    ///     one has all its days left.
    ///   - randomBytes: Returns as many random bytes as its argument says, for the serial number.
    /// - Throws: ``ConnectedAppError`` with `.usage` if `days` is out of range, or the errors of the signer.
    static func selfSigned(
        publicKey: RSAPublicKey, signer: some AssertionSigner, commonName: String, now: Date, days: Int,
        randomBytes: (Int) -> [UInt8]
    ) async throws -> AppCertificate {
        try checkLife(days: days)
        do {
            let subjectKey = Certificate.PublicKey(try _RSA.Signing.PublicKey(derRepresentation: publicKey.der))
            let name = try DistinguishedName { CommonName(commonName) }
            let start = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
            let certificate = try await Certificate(
                version: .v3, serialNumber: serialNumber(randomBytes), publicKey: subjectKey,
                notValidBefore: start.addingTimeInterval(-300),
                notValidAfter: start.addingTimeInterval(Double(days) * 86_400 + extraValidity),
                issuer: name, subject: name, signatureAlgorithm: .sha256WithRSAEncryption,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    SubjectKeyIdentifier(hash: subjectKey)
                },
                issuerAsyncPrivateKey: Certificate.PrivateKey(
                    SignerPrivateKey(publicKey: subjectKey, der: publicKey.der, signer: signer)))
            var serializer = DER.Serializer()
            try serializer.serialize(certificate)
            return try AppCertificate(der: serializer.serializedBytes)
        } catch let error as ConnectedAppError {
            throw error
        } catch {
            throw ConnectedAppError(.internalError, evidence: ["x509": "\(error)"])
        }
    }

    /// Returns a positive serial number of 16 bytes with 126 random bits, within the 20 octets of RFC 5280 §4.1.2.2.
    private static func serialNumber(_ randomBytes: (Int) -> [UInt8]) -> Certificate.SerialNumber {
        var bytes = randomBytes(16)
        bytes[0] = bytes[0] & 0x3F | 0x40
        return Certificate.SerialNumber(bytes: bytes)
    }
}

/// Adapts a signer to the private key protocol of the X.509 library. Signs only asynchronously, and only by SHA-256 with RSA;
/// everything else throws.
struct SignerPrivateKey<Signer: AssertionSigner>: CustomPrivateKey {
    let publicKey: Certificate.PublicKey
    let der: [UInt8]
    let signer: Signer

    private struct NotOffered: Error {}

    var defaultSignatureAlgorithm: Certificate.SignatureAlgorithm { .sha256WithRSAEncryption }
    var supportedSignatureAlgorithms: [Certificate.SignatureAlgorithm] { [.sha256WithRSAEncryption] }

    func signSynchronously(bytes: some DataProtocol, signatureAlgorithm: Certificate.SignatureAlgorithm) throws
        -> Certificate.Signature
    {
        throw NotOffered()
    }

    func signAsynchronously(
        bytes: some DataProtocol & Sendable, signatureAlgorithm: Certificate.SignatureAlgorithm
    ) async throws -> Certificate.Signature {
        guard signatureAlgorithm == .sha256WithRSAEncryption else { throw NotOffered() }
        let signature = try await signer.signature(over: [UInt8](bytes))
        return try Certificate.Signature(
            signatureAlgorithm: signatureAlgorithm, signatureBytes: ASN1BitString(bytes: signature[...]))
    }

    static var defaultPEMDiscriminator: String { "PRIVATE KEY" }
    func serialize(into coder: inout DER.Serializer) throws { throw NotOffered() }
    func serializeAsPEM(discriminator: String) throws -> PEMDocument { throw NotOffered() }

    static func == (left: Self, right: Self) -> Bool { left.der == right.der }
    func hash(into hasher: inout Hasher) { hasher.combine(der) }
}

extension AppCertificate {
    /// Extra validity in seconds: one hour. Days left are rounded down, so without it a new certificate would soon show one
    /// day less.
    static let extraValidity: TimeInterval = 3_600

    /// The maximum lifetime in days: ten years.
    static let longestLife = 3650

    /// Checks that the lifetime is 1 through ``longestLife`` days.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    static func checkLife(days: Int) throws(ConnectedAppError) {
        guard (1...longestLife).contains(days) else {
            throw ConnectedAppError(
                .usage, detail: "A certificate can be valid for 1 to \(longestLife) days, not \(days).")
        }
    }
}
