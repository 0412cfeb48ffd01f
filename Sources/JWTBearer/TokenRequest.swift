/// The body of one POST to the token endpoint (RFC 7523 §2.1): two parameters, form-encoded, no client secret.
public struct TokenRequest: Sendable {
    /// The endpoint's path on every login host.
    public static let path = "/services/oauth2/token"
    public static let contentType = "application/x-www-form-urlencoded"
    /// The value of `grant_type`.
    static let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    private let assertion: SignedAssertion

    public init(assertion: SignedAssertion) { self.assertion = assertion }

    /// The form-encoded body, in ASCII. The assertion's alphabet (base64url and dots) needs no escaping.
    public var body: [UInt8] {
        Array("grant_type=\(Self.escapedGrantType)&assertion=\(assertion.compact)".utf8)
    }

    private static let escapedGrantType = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
}
