internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import SwiftASN1
internal import X509

/// The certificate that the admin uploads to the app: X.509 v3 with an RSA key, self-signed unless it was imported.
package struct AppCertificate: Sendable, Equatable {
    /// The maximum size of the uploaded file, PEM or DER, in bytes: Salesforce's limit.
    static let largestUpload = 4096
    /// The lifetime in days above which aprity warns: until 2026, the limit for certificates of public web servers.
    static let longestAdvisedDays = 398
    /// A certificate with fewer days left than this expires soon, so aprity warns.
    package static let soon = 30

    let der: [UInt8]
    /// The subject in the notation of RFC 4514.
    let subject: String
    /// The issuer in the notation of RFC 4514.
    let issuer: String
    /// Lower-case hex without separators.
    let serialNumber: String
    let notBefore: Date
    let notAfter: Date
    let keyBits: Int
    /// The name of the algorithm with which the issuer signed the certificate, for people.
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
            .keyUnsupported, detail: "The certificate is for \(key.content).",
            remedy: UnsuitableCredential.makeAnotherKey)
    }

    /// Reads a certificate from the bytes of a file; see ``init(file:)-(CredentialFile)``.
    init(file bytes: [UInt8]) throws(ConnectedAppError) { try self.init(file: CredentialFile(bytes)) }

    /// Reads PEM, DER or PKCS#7, also without line breaks or without BEGIN and END lines. If the file contains several
    /// certificates, uses the first one and ignores the others.
    ///
    /// - Throws: ``ConnectedAppError`` with `.certificateMalformed`, which says what the file contains instead, or the errors
    ///   of ``init(der:)``.
    package init(file: CredentialFile) throws(ConnectedAppError) {
        try self.init(der: try file.certificates()[0], of: file)
    }

    /// As ``init(der:)``. The error names the file that contains the certificate.
    init(der: [UInt8], of file: CredentialFile) throws(ConnectedAppError) {
        do throws(ConnectedAppError) { try self.init(der: der) } catch {
            throw file.shownName.map(error.about) ?? error
        }
    }

    /// The certificate as PEM with lines of 64 characters, as in `aprity.crt`.
    var pem: String { PEMBlock(label: "CERTIFICATE", bytes: der).text }

    /// SHA-256 over the DER form, lower-case hex.
    package var sha256: String { SHA256.hash(data: der).hex }
    /// SHA-1 over the DER form, lower-case hex: the form that older tools show.
    var sha1: String { Insecure.SHA1.hash(data: der).hex }
    /// SHA-256 over the public key (SubjectPublicKeyInfo), lower-case hex. It is the same for all certificates of a key.
    var publicKeySHA256: String { publicKey.fingerprint }

    /// The days from ``notBefore`` to ``notAfter``, rounded to a whole number.
    var lifetimeDays: Int { Int(bounding: (notAfter.timeIntervalSince(notBefore) / 86_400).rounded()) }

    /// Returns the days from `now` until the certificate expires, rounded down: 0 on the last day, negative after it.
    func daysLeft(at now: Date) -> Int {
        RemainingValidity(until: notAfter, at: now).daysLeft
    }

    func belongs(to key: RSAPublicKey) -> Bool { publicKey == key }
}
