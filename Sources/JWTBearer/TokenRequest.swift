/// The body of one POST to the token endpoint (RFC 7523 §2.1): the grant type and the assertion, form-encoded. There is
/// no client secret.
public struct TokenRequest: Sendable {
    /// The path of the endpoint, on every login host.
    public static let path = "/services/oauth2/token"
    /// The `Content-Type` of ``body``.
    public static let contentType = "application/x-www-form-urlencoded"
    /// The value of `grant_type`, unescaped.
    static let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    private let assertion: SignedAssertion

    public init(assertion: SignedAssertion) { self.assertion = assertion }

    /// The form-encoded body, in ASCII. The characters of an assertion (base64url and dots) need no escaping.
    public var body: [UInt8] {
        Array("grant_type=\(Self.escapedGrantType)&assertion=\(assertion.compact)".utf8)
    }

    private static let escapedGrantType = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
}
