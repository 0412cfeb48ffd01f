internal import JWTBearer

/// An access token as `aprity token` gives it out: the one view that holds a secret.
public struct TokenView: Codable, Sendable {
    public let accessToken: String
    /// Lower-case hex; what the audit record keeps of it.
    public let accessTokenSHA256: String
    public let instanceURL: String
    public let organizationID: String
    @ExplicitNull public var scope: String?
    public let tokenType: String

    package init(_ granted: GrantedToken) {
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
