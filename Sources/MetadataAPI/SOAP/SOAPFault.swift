/// A SOAP fault: the org refuses a call. The reply has status 500 or, rarely, 200.
public struct SOAPFault: Error, Hashable, Codable, Sendable {
    /// The fault code without its prefix, such as `INVALID_SESSION_ID`.
    public let code: String
    /// The org's text, unchanged. It is for display only; decisions use ``kind``.
    public let string: String

    public init(code: String, string: String) {
        self.code = code
        self.string = string
    }

    /// The fault codes that callers handle.
    enum Kind: Equatable, Sendable {
        /// The access token is unknown, expired or revoked. Get a new one and retry once.
        case invalidSession
        /// The user lacks "Modify Metadata Through Metadata API Functions", which is required even for reading.
        case insufficientAccess
        /// A type is unknown, or not available in this org or version.
        case invalidType
        case requestLimitExceeded
        case unsupportedVersion
        /// An internal failure of the org. A later retry may succeed.
        case serverError
        case other
    }

    var kind: Kind {
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
