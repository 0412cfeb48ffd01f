internal import JWTBearer

/// An access token as `aprity token` prints it. This is the only view that contains a secret.
public struct TokenView: Codable, Sendable {
    public let accessToken: String
    /// The token's fingerprint in lower-case hex, which the audit record contains.
    let accessTokenSHA256: String
    public let instanceURL: String
    public let organizationID: String
    @ExplicitNull var scope: String?
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
