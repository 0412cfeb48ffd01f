internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import SwiftASN1
internal import X509

/// The certificate that the admin uploads to the app: X.509 v3 with an RSA key, self-signed unless it was imported.
package struct AppCertificate: Sendable, Equatable {
    /// Salesforce's limit for the uploaded file, in bytes.
    static let largestUpload = 4096
    /// The lifetime in days above which aprity warns: the limit for public certificates until 2026.
    static let longestAdvisedDays = 398
    /// The number of days before expiry from which a certificate counts as expiring soon.
    package static let soon = 30

    let der: [UInt8]
    let subject: String
    let issuer: String
    let serialNumber: String
    let notBefore: Date
    let notAfter: Date
    let keyBits: Int
    let signatureAlgorithm: String
    let publicKey: RSAPublicKey

    /// - Parameter der: Exactly one certificate.
    /// - Throws: ``ConnectedAppError`` with `.certificateMalformed`, `.keyUnsupported` if its key is not an RSA key, or
    ///   `.keyTooSmall` if its key has fewer than 2048 bits.
    init(der: [UInt8]) throws(ConnectedAppError) {
        if let algorithm = CertificateDER.keyAlgorithm(der),
            algorithm != ASN1ObjectIdentifier.AlgorithmIdentifier.rsaEncryption
        {
            throw Self.unusable(.init(algorithm: algorithm))
        }
        let read: CertificateDER.Parsed
        do { read = try CertificateDER.parse(der) } catch CryptoKitError.incorrectParameterSize {
            throw ConnectedAppError(.keyTooSmall)
        } catch {
            throw ConnectedAppError(.certificateMalformed, evidence: ["asn1": "\(error)"])
        }
        let parsed = read.certificate
        guard let key = _RSA.Signing.PublicKey(parsed.publicKey) else { throw Self.unusable(.otherAlgorithm) }
        self.der = der
        subject = "\(parsed.subject)"
        issuer = "\(parsed.issuer)"
        serialNumber = parsed.serialNumber.bytes.hex
        notBefore = parsed.notValidBefore
        notAfter = parsed.notValidAfter
        signatureAlgorithm = read.signatureAlgorithm
        publicKey = RSAPublicKey(key)
        keyBits = publicKey.bits
    }

    private static func unusable(_ key: CredentialObject.UnusableKey) -> ConnectedAppError {
        ConnectedAppError(
            .keyUnsupported, detail: "The certificate is for \(key.content).", remedy: CredentialMisfit.makeAnotherKey)
    }

    /// Reads a certificate from the bytes of a file; see ``init(file:)-(CredentialFile)``.
    init(file bytes: [UInt8]) throws(ConnectedAppError) { try self.init(file: CredentialFile(bytes)) }

    /// Reads PEM, DER or PKCS#7, also without line breaks or without BEGIN and END lines. Uses the first of several
    /// certificates.
    ///
    /// - Throws: ``ConnectedAppError`` with `.certificateMalformed`, which names what the file holds instead, or the errors of
    ///   ``init(der:)``.
    package init(file: CredentialFile) throws(ConnectedAppError) { try self.init(der: try file.certificates()[0]) }

    /// The certificate as PEM with lines of 64 characters, as in `aprity.crt`.
    var pem: String { PEMBlock(label: "CERTIFICATE", bytes: der).text }

    /// SHA-256 over the DER form, lower-case hex.
    package var sha256: String { SHA256.hash(data: der).hex }
    /// SHA-1 over the DER form, lower-case hex: the form that older tools show.
    var sha1: String { Insecure.SHA1.hash(data: der).hex }
    /// SHA-256 over the public key (SubjectPublicKeyInfo), lower-case hex. It is the same for all certificates of a key.
    var publicKeySHA256: String { publicKey.fingerprint }

    var lifetimeDays: Int { Int(bounding: (notAfter.timeIntervalSince(notBefore) / 86_400).rounded()) }

    /// - Returns: Whole days from `now` until the certificate expires; negative if it has expired.
    func daysLeft(at now: Date) -> Int {
        Int(bounding: (notAfter.timeIntervalSince(now) / 86_400).rounded(.down))
    }

    func belongs(to key: RSAPublicKey) -> Bool { publicKey == key }
}
