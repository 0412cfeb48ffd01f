internal import Foundation

/// Any reply of the token endpoint.
public enum TokenReply: Sendable, Equatable {
    /// The org granted a token.
    case granted(AccessToken)
    /// The org refused the request, with an OAuth error.
    case refused(TokenRefusal)
    /// The reply is neither: HTML, an empty body, or JSON that lacks a required member or has an invalid token.
    /// `beginning` is the first 8,192 bytes as text, or empty if the reply may contain a token.
    case unintelligible(status: Int, contentType: String?, beginning: String)

    /// Parses a complete reply. A grant has the status 200, and needs `access_token` and `instance_url`. A refusal has
    /// another status, and needs `error`. Other members may be missing; unknown ones are ignored.
    ///
    /// - Parameters:
    ///   - status: The HTTP status. Salesforce sends 400 with every refusal, even with `invalid_client`.
    ///   - contentType: The `Content-Type` header; `nil` without one. It does not affect the parsing.
    ///   - body: The whole body. Limit its size before.
    public init(status: Int, contentType: String?, body: [UInt8]) {
        let members = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
        if status == 200, let secret = members["access_token"] as? String, Self.isBearerToken(secret),
            let instance = members["instance_url"] as? String
        {
            self = .granted(
                AccessToken(
                    secret: secret, scope: members["scope"] as? String, instanceURL: instance,
                    identityURL: members["id"] as? String, tokenType: members["token_type"] as? String))
        } else if status != 200, let code = members["error"] as? String {
            self = .refused(
                TokenRefusal(status: status, error: code, description: members["error_description"] as? String))
        } else {
            // If an unknown reply may contain a token, nothing of it is quoted.
            let text = String(decoding: body, as: UTF8.self)
            let isMarkup = text.first { !$0.isWhitespace } == "<"
            let mayHoldToken = ((200..<300).contains(status) && !isMarkup) || text.contains("access_token")
            let beginning = mayHoldToken ? "" : String(decoding: body.prefix(8192), as: UTF8.self)
            self = .unintelligible(status: status, contentType: contentType, beginning: beginning)
        }
    }

    /// Whether the text can be used unescaped in an `Authorization` header and in XML. It accepts more than RFC 6750
    /// §2.1, for example the `!` of Salesforce's opaque tokens.
    private static func isBearerToken(_ text: String) -> Bool {
        (1...8192).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>&\"'".utf8.contains($0) }
    }
}

/// The org's refusal of a token request (RFC 6749 §5.2), verbatim. If the org repeats the assertion, these texts
/// contain it.
public struct TokenRefusal: Error, Sendable, Hashable {
    /// The HTTP status.
    public let status: Int
    /// `error`.
    public let error: String
    /// `error_description`: Salesforce's text, which can be misleading; `nil` if the reply has none.
    public let description: String?

    public init(status: Int, error: String, description: String?) {
        self.status = status
        self.error = error
        self.description = description
    }
}
