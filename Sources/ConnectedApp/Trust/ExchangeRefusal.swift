/// Why a token is not exchanged for a handle.
package enum ExchangeRefusal: Error, Sendable, Equatable {
    /// The request's `grant_type` is not that of RFC 8693.
    case grantType
    /// A parameter is missing, is given twice, or has a value that is not supported.
    case parameter(String)
    case malformedToken
    /// The token is not signed with a public-key algorithm that is supported.
    case algorithm
    /// No policy trusts the token's issuer.
    case issuer
    /// The issuer's keys could not be read.
    case keys
    case signature
    case expired, notYetValid, validTooLong
    /// The token was exchanged before.
    case exchanged
    /// No policy applies to the token's audience, subject and claims, or to the caller's address.
    case policy(subject: String, audiences: [String])
    /// Policies of several connections apply, and the request names none.
    case connections
    case blocked
    /// The policy has given out many handles that are still valid.
    case handles(retryAfter: Int)

    /// The word in the audit record. It must not change.
    var word: String {
        switch self {
        case .grantType: "grantType"
        case .parameter: "parameter"
        case .malformedToken: "malformedToken"
        case .algorithm: "algorithm"
        case .issuer: "issuer"
        case .keys: "keys"
        case .signature: "signature"
        case .expired: "expired"
        case .notYetValid: "notYetValid"
        case .validTooLong: "validTooLong"
        case .exchanged: "exchanged"
        case .policy: "policy"
        case .connections: "connections"
        case .blocked: "blocked"
        case .handles: "handles"
        }
    }
}
