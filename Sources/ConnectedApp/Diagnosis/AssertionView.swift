package import Foundation

/// The findings about an assertion, without the assertion itself. The property names are JSON keys; they must not change.
package struct AssertionView: Codable, Sendable, Equatable {
    package enum Severity: String, Codable, Sendable {
        /// An org refuses the assertion because of it.
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

    /// Whether no finding is a problem.
    package let isSound: Bool
    /// The header's members, with their values as text; empty if the header could not be read. The same applies to `claims`.
    package let header: [String: String]
    package let claims: [String: String]
    /// Whether the signature matches the certificate; `null` if no certificate was given, or if there is no signature.
    @ExplicitNull package var signatureFits: Bool?
    package let findings: [Finding]
}

extension AssertionView {
    /// Inspects an assertion from any program. It sends and stores nothing.
    ///
    /// - Parameters:
    ///   - bytes: The compact form, or a form body that holds it; at most 64 KiB.
    ///   - certificateFile: The certificate with which the signature is verified; `nil` to leave the signature unchecked.
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
