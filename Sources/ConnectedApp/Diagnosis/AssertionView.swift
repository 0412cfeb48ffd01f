package import Foundation

/// What an inspection found in an assertion, with its header and claims but without its signature, so that nobody can sign in
/// with it. The property names are JSON keys; they must not change.
package struct AssertionView: Codable, Sendable, Equatable {
    package enum Severity: String, Codable, Sendable {
        /// A fault for which orgs refuse an assertion, according to documentation or reports.
        case problem
        /// Unusual, or it is not confirmed whether an org accepts it.
        case notice
    }

    enum Part: String, Codable, Sendable {
        case form, header, claims, signature
    }

    package struct Finding: Codable, Sendable, Equatable {
        package let severity: Severity
        let part: Part
        package let sentence: String
        package let remedy: String
    }

    /// Whether no finding is a problem. If ``signatureFits`` is `nil`, this says nothing about the signature.
    package let isSound: Bool
    /// The header's members, with their values as text; empty if the header could not be read. The same applies to `claims`.
    package let header: [String: String]
    package let claims: [String: String]
    /// Whether the signature matches the certificate; `null` if it was not verified, because no certificate was given or the
    /// input has no signature that can be read.
    @ExplicitNull package var signatureFits: Bool?
    package let findings: [Finding]
}

extension AssertionView {
    /// Inspects an assertion from any program. It sends and stores nothing.
    ///
    /// - Parameters:
    ///   - bytes: The compact form, or a form body that contains it; at most 64 KiB.
    ///   - certificateFile: The certificate whose public key verifies the signature; `nil` to leave the signature unverified.
    ///   - now: The time with which the assertion's times are compared.
    /// - Throws: ``ConnectedAppError`` with `.inputMalformed` if the input is larger than 64 KiB, or the errors of
    ///   ``AppCertificate/init(file:)-(CredentialFile)``.
    package init(inspecting bytes: [UInt8], certificateFile: CredentialFile? = nil, now: Date) throws(ConnectedAppError)
    {
        guard bytes.count <= AssertionInspection.sizeLimit else {
            throw ConnectedAppError(.inputMalformed, detail: "This is too large for an assertion: the limit is 64 KiB.")
        }
        var certificate: AppCertificate?
        if let certificateFile { certificate = try AppCertificate(file: certificateFile) }
        var inspection = AssertionInspection(now: now, certificate: certificate)
        self = inspection.inspect(String(decoding: bytes, as: UTF8.self))
    }
}
