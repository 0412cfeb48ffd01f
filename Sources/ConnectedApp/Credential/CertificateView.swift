package import Foundation

/// A certificate in output for people and in JSON. The property names are the JSON keys; they must not change.
package struct CertificateView: Codable, Sendable, Equatable {
    /// The subject in the notation of RFC 4514. The same applies to `issuer`.
    package let subject: String
    let issuer: String
    /// Lower-case hex without separators.
    package let serialNumber: String
    package let keyBits: Int
    /// The name of the algorithm with which the issuer signed the certificate.
    let signatureAlgorithm: String
    package let notBefore: Date
    package let notAfter: Date
    /// The days until it expires, rounded down; negative if it has expired.
    package let daysLeft: Int
    package let isExpired: Bool
    /// The SHA-256 fingerprint of the DER form, lower-case hex.
    package let sha256: String
    /// The SHA-1 fingerprint of the DER form, lower-case hex.
    package let sha1: String
    /// SHA-256 over the public key (SubjectPublicKeyInfo), lower-case hex.
    package let publicKeySHA256: String
    /// The size of the PEM form in bytes. Salesforce accepts at most 4,096.
    let pemBytes: Int
    /// Sentences for the user; empty if there is nothing to warn about.
    package let warnings: [String]

    package init(_ certificate: AppCertificate, now: Date) {
        subject = certificate.subject
        issuer = certificate.issuer
        serialNumber = certificate.serialNumber
        keyBits = certificate.keyBits
        signatureAlgorithm = certificate.signatureAlgorithm
        notBefore = certificate.notBefore
        notAfter = certificate.notAfter
        daysLeft = certificate.daysLeft(at: now)
        isExpired = certificate.notAfter <= now
        sha256 = certificate.sha256
        sha1 = certificate.sha1
        publicKeySHA256 = certificate.publicKeySHA256
        pemBytes = certificate.pem.utf8.count
        warnings = Self.warnings(certificate, now: now)
    }

    private static func warnings(_ certificate: AppCertificate, now: Date) -> [String] {
        var found: [String] = []
        if certificate.notAfter <= now {
            found.append(
                "The certificate has expired. Salesforce is reported to accept expired certificates, but this is not confirmed for every org. Replace it."
            )
        } else if certificate.daysLeft(at: now) < AppCertificate.soon {
            found.append(Self.ending(in: certificate.daysLeft(at: now)))
        }
        if certificate.notBefore > now { found.append("The certificate is not valid yet.") }
        if certificate.lifetimeDays > AppCertificate.longestAdvisedDays {
            found.append(
                "The certificate is valid for \(certificate.lifetimeDays) days, longer than the advised \(AppCertificate.longestAdvisedDays). If its key is stolen, the thief can use it for that long."
            )
        }
        if certificate.pem.utf8.count > AppCertificate.largestUpload,
            certificate.der.count <= AppCertificate.largestUpload
        {
            found.append("The PEM form is larger than 4 KB; upload the DER form.")
        } else if certificate.der.count > AppCertificate.largestUpload {
            found.append("The certificate is larger than 4 KB; Salesforce does not accept it.")
        }
        return found
    }

    private static func ending(in days: Int) -> String {
        switch days {
        case ...0: "The certificate expires within a day."
        case 1: "The certificate expires in 1 day."
        default: "The certificate expires in \(days) days."
        }
    }
}
