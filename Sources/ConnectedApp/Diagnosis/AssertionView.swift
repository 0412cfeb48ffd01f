public import Foundation

/// What was found in an assertion, as it is shown. The assertion itself is not in it.
public struct AssertionView: Codable, Sendable, Equatable {
    public enum Severity: String, Codable, Sendable {
        /// An org refuses it for this.
        case problem
        /// Unusual, or not confirmed.
        case notice
    }

    public enum Part: String, Codable, Sendable {
        case form, header, claims, signature
    }

    public struct Finding: Codable, Sendable, Equatable {
        public let severity: Severity
        public let part: Part
        public let sentence: String
        public let remedy: String
    }

    /// No finding is a problem.
    public let isSound: Bool
    /// Values as texts.
    public let header: [String: String]
    public let claims: [String: String]
    /// `null` where no certificate was given.
    @ExplicitNull public var signatureFits: Bool?
    public let findings: [Finding]
}

extension AssertionView {
    /// Looks at anybody's assertion; nothing is sent and nothing is stored.
    ///
    /// - Parameters:
    ///   - bytes: The compact form, or a form body that holds it; at most 64 KiB.
    ///   - certificateFile: PEM or DER, to look whether the signature fits.
    /// - Throws: ``ConnectedAppError`` with `.inputMalformed` where it is too large, or a certificate's causes.
    public init(inspecting bytes: [UInt8], certificateFile: CredentialFile? = nil, now: Date) throws(ConnectedAppError)
    {
        guard bytes.count <= AssertionInspection.sizeLimit else {
            throw ConnectedAppError(.inputMalformed, detail: "This is too large for an assertion.")
        }
        var certificate: AppCertificate?
        if let certificateFile { certificate = try AppCertificate(file: certificateFile) }
        var inspection = AssertionInspection(now: now, certificate: certificate)
        self = inspection.inspect(String(decoding: bytes, as: UTF8.self))
    }
}
