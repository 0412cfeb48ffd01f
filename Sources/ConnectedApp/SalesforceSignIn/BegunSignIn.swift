internal import Crypto
internal import JWTBearer

/// A sign-in with Salesforce that began: the address of the org's login page, and what is needed to complete it.
package struct BegunSignIn: Sendable {
    /// The address that the browser opens. It contains ``state``, and no other secret.
    package let address: String
    /// The parameter `state`, with which the org's answer is recognized (RFC 6749 §10.12). A secret until the answer
    /// has arrived.
    package let state: String
    /// The `code_verifier` (RFC 7636 §4.1). A secret.
    let verifier: String
    /// Exactly as the app has it as its Callback URL.
    let redirectURI: String
    let app: SignInAppRecord

    /// The scopes that are asked for. There is no `refresh_token` and no `api`: the token only says who signed in.
    static let scopes = "openid custom_permissions"

    /// - Parameters:
    ///   - redirectURI: The app's Callback URL.
    ///   - randomBytes: Returns the requested number of bytes from a cryptographic generator.
    init(_ app: SignInAppRecord, at host: LoginHost, redirectURI: String, randomBytes: (Int) -> [UInt8]) {
        self.app = app
        self.redirectURI = redirectURI
        state = Base64URL.encode(randomBytes(32))
        verifier = Base64URL.encode(randomBytes(32))
        address =
            "\(host)/services/oauth2/authorize?"
            + FormText.of(
                ("response_type", "code"), ("client_id", app.consumerKey), ("redirect_uri", redirectURI),
                ("scope", Self.scopes), ("state", state), ("code_challenge", Self.challenge(verifier)),
                ("code_challenge_method", "S256"))
    }

    /// The body of the request that exchanges the code (RFC 6749 §4.1.3, RFC 7636 §4.5). There is no client secret.
    func exchangeBody(code: String) -> [UInt8] {
        Array(
            FormText.of(
                ("grant_type", "authorization_code"), ("code", code), ("client_id", app.consumerKey),
                ("redirect_uri", redirectURI), ("code_verifier", verifier)
            ).utf8)
    }

    /// RFC 7636 §4.2, method S256.
    static func challenge(_ verifier: String) -> String {
        Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8))))
    }
}

extension BegunSignIn: CustomStringConvertible, CustomReflectable {
    package var description: String { "BegunSignIn(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Fields in the form `application/x-www-form-urlencoded`.
enum FormText {
    static func of(_ fields: (String, String)...) -> String {
        fields.map { "\($0)=\(PercentEncoding.escaped($1))" }.joined(separator: "&")
    }
}
