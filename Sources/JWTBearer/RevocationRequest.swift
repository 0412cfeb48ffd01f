/// The body of one POST to the revocation endpoint (RFC 7009 §2.1): the token, form-encoded. Its description hides the
/// token.
public struct RevocationRequest: Sendable {
    /// The path of the endpoint, on the host that issued the token.
    public static let path = "/services/oauth2/revoke"
    /// The `Content-Type` of ``body``.
    public static let contentType = TokenRequest.contentType

    private let token: String

    /// - Parameter token: An access token, as granted.
    public init(token: String) { self.token = token }

    /// The form-encoded body, in ASCII.
    public var body: [UInt8] { Array("token=\(PercentEncoding.escaped(token))".utf8) }
}

extension RevocationRequest: CustomStringConvertible, CustomReflectable {
    public var description: String { "RevocationRequest(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
