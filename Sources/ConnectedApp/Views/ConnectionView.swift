public import Foundation

/// A connection as it is shown: `--json`, the API and the Settings page. Described in `openapi.yaml`.
public struct ConnectionView: Codable, Sendable, Equatable {
    public struct AudienceView: Codable, Sendable, Equatable {
        /// `null` where reasoning cannot decide.
        @ExplicitNull public var url: String?
        public let reason: String
    }

    public let alias: String
    public let appKind: AppKind
    public let username: String
    public let loginHost: String
    public let audience: AudienceView
    /// The public identifier of the app, in full; `null` before it was set.
    @ExplicitNull public var consumerKey: String?
    public let allowedHosts: [String]
    public let hasOwnCertificateAuthorities: Bool
    /// 18 characters; `null` before the first sign-in.
    @ExplicitNull public var organizationID: String?
    public let isBlocked: Bool
    public let state: ConnectionStateView
    /// Other connections on the same app: they share its keys and its Consumer Key.
    public let sharesAppWith: [String]
    /// Connections on other apps here that have the same Consumer Key: one of the two keys is wrong.
    public let consumerKeyAlsoOf: [String]
    /// Where the private key lies.
    public let keyStore: KeyStoreKind
    public let certificate: CertificateView
    /// What is not wrong but should be looked at.
    public let warnings: [String]
    public let createdAt: Date
    public let changedAt: Date
    /// Goes up with each change of the connection or of its app.
    public let revision: Int
}

/// A certificate as it is shown.
public struct CertificateView: Codable, Sendable, Equatable {
    public let subject: String
    public let issuer: String
    /// Hexadecimal.
    public let serialNumber: String
    public let keyBits: Int
    public let signatureAlgorithm: String
    public let notBefore: Date
    public let notAfter: Date
    /// Whole days; negative once expired.
    public let daysLeft: Int
    public let isExpired: Bool
    public let sha256: String
    public let sha1: String
    public let publicKeySHA256: String
    /// Bytes of the PEM form; Salesforce takes at most 4,096.
    public let pemBytes: Int
    public let warnings: [String]

    public init(_ certificate: AppCertificate, now: Date) {
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
                "The certificate has expired. Salesforce is reported to go on accepting it; this is not confirmed for every org. Rotate it."
            )
        } else if certificate.daysLeft(at: now) < AppCertificate.soon {
            found.append("The certificate ends in \(certificate.daysLeft(at: now)) days.")
        }
        if certificate.notBefore > now { found.append("The certificate is not valid yet.") }
        if certificate.lifetimeDays > AppCertificate.longestAdvisedDays {
            found.append(
                "The certificate lives \(certificate.lifetimeDays) days; more than \(AppCertificate.longestAdvisedDays) leaves a lost key usable for long."
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
}

/// The one way in which views become JSON: keys sorted, times RFC 3339 in UTC, slashes as they are.
public enum ViewJSON {
    public static func encode(_ view: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(view)
    }
}
