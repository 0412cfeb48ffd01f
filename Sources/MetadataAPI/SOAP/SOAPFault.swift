/// The org refused a call: a SOAP fault, in a reply with status 500 or, rarely, 200.
public struct SOAPFault: Error, Equatable, Codable, Sendable {
    /// The fault code without its prefix, such as `INVALID_SESSION_ID`.
    public let code: String
    /// The org's own text, verbatim. Evidence, not a thing to decide by.
    public let string: String

    public init(code: String, string: String) {
        self.code = code
        self.string = string
    }

    /// The codes that a caller acts upon.
    public enum Kind: Equatable, Sendable {
        /// The access token is unknown, expired or revoked: get a new one and try once more.
        case invalidSession
        /// The user lacks "Modify Metadata Through Metadata API Functions", which reading needs too.
        case insufficientAccess
        /// A type is unknown, or not to be had in this org or this version.
        case invalidType
        case requestLimitExceeded
        case unsupportedVersion
        /// The org's own failure; asking again later may help.
        case serverError
        case other
    }

    public var kind: Kind {
        switch code {
        case "INVALID_SESSION_ID": .invalidSession
        case "INSUFFICIENT_ACCESS": .insufficientAccess
        case "INVALID_TYPE": .invalidType
        case "REQUEST_LIMIT_EXCEEDED": .requestLimitExceeded
        case "UNSUPPORTED_API_VERSION": .unsupportedVersion
        case "UNKNOWN_EXCEPTION", "SERVER_UNAVAILABLE": .serverError
        default: .other
        }
    }
}

extension SOAPFault: CustomStringConvertible {
    public var description: String { "The org refused the call with \(code)." }
}
