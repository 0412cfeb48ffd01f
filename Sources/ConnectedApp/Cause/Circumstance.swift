package import Foundation
package import JWTBearer
package import MetadataAPI

/// What a caller may decide by besides an error's cause. Evidence is for people; no code reads it.
package enum Circumstance: Sendable, Equatable {
    /// aprity itself sends no sign-in before this time.
    case pausedUntil(Date)
    /// The exchange failed before an answer was read.
    ///
    /// - Parameter mayBeProxy: A proxy may have answered in place of the host.
    case exchangeFailed(TransportFailure.Kind, mayBeProxy: Bool = false)
    /// The token endpoint's error response (RFC 6749 section 5.2).
    case tokenRequestRefused
    /// A REST error, with Salesforce's code and message; both are safe to show.
    case restError(code: String, message: String?)
    /// A SOAP fault; its texts are safe to show.
    case soapFault(SOAPFault)

    /// Whether the answer had an error code of Salesforce's.
    package var hasOrgCode: Bool {
        switch self {
        case .tokenRequestRefused, .restError, .soapFault: true
        case .pausedUntil, .exchangeFailed: false
        }
    }

    package var isSOAPFault: Bool { if case .soapFault = self { true } else { false } }
}
