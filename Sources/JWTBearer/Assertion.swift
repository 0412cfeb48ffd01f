public import Foundation

/// The claims of one JWT Bearer assertion (RFC 7523 §3), before it is signed.
///
/// Salesforce requires `iss`, `sub`, `aud` and `exp` ("OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration",
/// Salesforce Help). It ignores `iat` and `jti`, which are included for audits.
public struct Assertion: Sendable, Equatable {
    /// `iss`: the app's Consumer Key.
    let issuer: String
    /// `sub`: the username, not an email address and not a user id. Sent unescaped.
    let subject: String
    /// `aud`: the URL of one authorization server, without a slash at the end. Written as a string, never as an array.
    let audience: String
    /// `iat`, whole seconds since 1970, UTC.
    let issuedAt: Int
    /// `exp`, whole seconds since 1970, UTC.
    let expiresAt: Int
    /// `jti`: unique for each assertion.
    let identifier: String

    /// The default time from `iat` to `exp`, in seconds. Salesforce documents a maximum of three minutes. With 150
    /// seconds, an assertion stays below it even if the local clock is up to 30 seconds fast.
    public static let defaultLifetime = 150

    /// Creates an assertion. The texts are not checked.
    ///
    /// - Parameters:
    ///   - issuer: The app's Consumer Key.
    ///   - subject: The username.
    ///   - audience: The URL of the authorization server, without a slash at the end.
    ///   - now: The current time; fractions of a second are dropped.
    ///   - lifetime: Seconds from `now` to `exp`, from 1 to 180.
    ///   - identifier: An unguessable value that is used once, for example 16 random bytes in hex.
    /// - Throws: ``AssertionError/lifetimeOutOfRange(seconds:)``.
    public init(
        issuer: String, subject: String, audience: String, now: Date, lifetime: Int = defaultLifetime,
        identifier: String
    ) throws(AssertionError) {
        guard (1...180).contains(lifetime) else { throw .lifetimeOutOfRange(seconds: lifetime) }
        self.issuer = issuer
        self.subject = subject
        self.audience = audience
        self.issuedAt = Int(now.timeIntervalSince1970.rounded(.down))
        self.expiresAt = issuedAt + lifetime
        self.identifier = identifier
    }

    /// `base64url(header) "." base64url(claims)`: the bytes that the signature covers (RFC 7515 §5.1).
    var signingInput: [UInt8] {
        let claims =
            "{\"iss\":\(JSONText.string(issuer)),\"sub\":\(JSONText.string(subject))"
            + ",\"aud\":\(JSONText.string(audience)),\"exp\":\(expiresAt)"
            + ",\"iat\":\(issuedAt),\"jti\":\(JSONText.string(identifier))}"
        return Array((Self.encodedHeader + "." + Base64URL.encode(claims.utf8)).utf8)
    }

    private static let encodedHeader = Base64URL.encode("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".utf8)

    /// Signs the assertion for one token request.
    ///
    /// - Returns: A compact JWS: ASCII, `header.claims.signature`, base64url without padding.
    /// - Throws: The signer's errors.
    public func signed(by signer: some AssertionSigner) async throws -> SignedAssertion {
        let input = signingInput
        let signature = try await signer.signature(over: input)
        return SignedAssertion(compact: String(decoding: input, as: UTF8.self) + "." + Base64URL.encode(signature))
    }
}

/// Creates RS256 signatures (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 §3.3) with a key that it does not reveal.
public protocol AssertionSigner: Sendable {
    /// Returns the signature of a message. The signer computes the digest.
    ///
    /// - Returns: The raw signature, with as many bytes as the key's modulus.
    /// - Throws: Any error; ``Assertion/signed(by:)`` rethrows it.
    func signature(over message: [UInt8]) async throws -> [UInt8]
}

/// A signed assertion. Whoever has it can sign in until `exp`, so its description hides it.
public struct SignedAssertion: Sendable {
    /// The compact JWS.
    public let compact: String

    /// - Parameter compact: `header.claims.signature`. Not validated.
    public init(compact: String) { self.compact = compact }
}

extension SignedAssertion: CustomStringConvertible, CustomReflectable {
    public var description: String { "SignedAssertion(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The reason why an assertion cannot be created.
public enum AssertionError: Error, Equatable, Sendable {
    /// The lifetime is not between 1 and 180 seconds.
    case lifetimeOutOfRange(seconds: Int)
}
