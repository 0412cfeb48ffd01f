internal import JWTBearer

/// An access token, as `aprity token` prints it. This is the only view that contains a secret. Its description hides
/// the token.
///
/// The property names are the JSON keys of `aprity token --json`; they must not change.
public struct TokenView: Codable, Sendable {
    public let accessToken: String
    /// The token's SHA-256 in lower-case hex, by which the audit record names it.
    let accessTokenSHA256: String
    /// The URL for API calls: scheme, host and, if necessary, port.
    public let instanceURL: String
    /// The 18-character id of the org.
    public let organizationID: String
    /// The granted scopes, separated by spaces; `null` if the org does not name them.
    @ExplicitNull var scope: String?
    /// `Bearer` if the org does not name it.
    let tokenType: String

    init(_ granted: GrantedToken) {
        accessToken = granted.token.secret
        accessTokenSHA256 = granted.token.fingerprint
        instanceURL = granted.instance.description
        organizationID = granted.organizationID.description
        scope = granted.token.scope
        tokenType = granted.token.tokenType ?? "Bearer"
    }
}

extension TokenView: CustomStringConvertible, CustomReflectable {
    public var description: String { "TokenView(\(accessTokenSHA256))" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
