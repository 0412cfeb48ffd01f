internal import Foundation

/// Any reply of the token endpoint.
public enum TokenReply: Sendable, Equatable {
    /// The org granted a token.
    case granted(AccessToken)
    /// The org refused the request, with an OAuth error.
    case refused(TokenRefusal)
    /// Not an OAuth reply: HTML, an empty body, or JSON without the members of a grant or refusal. `beginning` is the
    /// first 8,192 bytes as text, or empty if they might contain a token.
    case unintelligible(status: Int, contentType: String?, beginning: String)

    /// Reads a complete reply. Ignores unknown members and tolerates missing ones that nothing depends on.
    ///
    /// - Parameters:
    ///   - status: The HTTP status. Salesforce sends 400 with every refusal, `invalid_client` included.
    ///   - body: The body, whose size the caller has limited.
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
            // An unknown reply may contain a token; then nothing of it is quoted.
            let text = String(decoding: body, as: UTF8.self)
            let isMarkup = text.first { !$0.isWhitespace } == "<"
            let mayHoldToken = ((200..<300).contains(status) && !isMarkup) || text.contains("access_token")
            let beginning = mayHoldToken ? "" : String(decoding: body.prefix(8192), as: UTF8.self)
            self = .unintelligible(status: status, contentType: contentType, beginning: beginning)
        }
    }

    /// Whether the text can be used unescaped in an `Authorization` header and in XML (RFC 6750 §2.1, and the `!` of
    /// Salesforce's opaque tokens).
    private static func isBearerToken(_ text: String) -> Bool {
        (1...8192).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>&\"'".utf8.contains($0) }
    }
}

/// The org's refusal of a token request (RFC 6749 §5.2), verbatim.
public struct TokenRefusal: Error, Sendable, Hashable {
    /// The HTTP status.
    public let status: Int
    /// `error`.
    public let error: String
    /// `error_description`: Salesforce's text, which can be misleading.
    public let description: String?

    public init(status: Int, error: String, description: String?) {
        self.status = status
        self.error = error
        self.description = description
    }
}
