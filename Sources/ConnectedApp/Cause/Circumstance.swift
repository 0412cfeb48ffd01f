package import Foundation
package import JWTBearer
package import MetadataAPI

/// A fact about an error that code may act on, in addition to the cause. Code must not read the evidence, which is for people.
package enum Circumstance: Sendable, Equatable {
    /// The budget is used up or sign-ins are paused: aprity sends no sign-in of this purpose before this time.
    case pausedUntil(Date)
    /// The exchange failed before an answer was read.
    ///
    /// - Parameter mayBeProxy: Whether a proxy may have answered instead of the host.
    case exchangeFailed(TransportFailure.Kind, mayBeProxy: Bool = false)
    /// The token endpoint's error response (RFC 6749 section 5.2).
    case tokenRequestRefused
    /// A REST error with Salesforce's code and message. Secrets were removed from both.
    case restError(code: String, message: String?)
    /// A SOAP fault. Secrets were removed from its texts.
    case soapFault(SOAPFault)
    /// The test of a connection found this cause, so its app stays blocked.
    case stillBlocked(connection: String, Cause)

    /// Whether the org answered with an error code of its own, so that no other device sent the answer.
    package var hasOrgCode: Bool {
        switch self {
        case .tokenRequestRefused, .restError, .soapFault: true
        case .pausedUntil, .exchangeFailed, .stillBlocked: false
        }
    }

    package var isSOAPFault: Bool { if case .soapFault = self { true } else { false } }
}
