package import Foundation
package import JWTBearer
package import MetadataAPI

/// Facts about an error that code may act on, in addition to its cause. Code never reads the evidence, which is for people.
package enum Circumstance: Sendable, Equatable {
    /// aprity sends no sign-in before this time.
    case pausedUntil(Date)
    /// The exchange failed before an answer was read.
    ///
    /// - Parameter mayBeProxy: Whether a proxy may have answered instead of the host.
    case exchangeFailed(TransportFailure.Kind, mayBeProxy: Bool = false)
    /// The token endpoint's error response (RFC 6749 section 5.2).
    case tokenRequestRefused
    /// A REST error with Salesforce's code and message, both free of secrets.
    case restError(code: String, message: String?)
    /// A SOAP fault whose texts are free of secrets.
    case soapFault(SOAPFault)

    /// Whether the answer contained a Salesforce error code.
    package var hasOrgCode: Bool {
        switch self {
        case .tokenRequestRefused, .restError, .soapFault: true
        case .pausedUntil, .exchangeFailed: false
        }
    }

    package var isSOAPFault: Bool { if case .soapFault = self { true } else { false } }
}
