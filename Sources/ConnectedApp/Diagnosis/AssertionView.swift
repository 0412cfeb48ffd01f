package import Foundation

/// The findings about an assertion, without the assertion itself.
package struct AssertionView: Codable, Sendable, Equatable {
    package enum Severity: String, Codable, Sendable {
        /// An org rejects the assertion because of it.
        case problem
        /// Unusual, or not confirmed.
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
    /// The header's values as text; empty if it could not be read. The same applies to `claims`.
    package let header: [String: String]
    package let claims: [String: String]
    /// `null` if no certificate was given, or if there is no signature to verify.
    @ExplicitNull package var signatureFits: Bool?
    package let findings: [Finding]
}

extension AssertionView {
    /// Inspects an assertion from any program. It sends and stores nothing.
    ///
    /// - Parameters:
    ///   - bytes: The compact form, or a form body that holds it; at most 64 KiB.
    ///   - certificateFile: A certificate in PEM or DER, with which the signature is verified.
    /// - Throws: ``ConnectedAppError`` with `.inputMalformed` if the input is too large, or with the cause why the
    ///   certificate cannot be read.
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
