import Crypto
import Foundation

/// The authorization codes that were issued and not exchanged yet. All times are org time.
struct AuthorizationCodes: Sendable {
    /// What a code was issued for.
    struct Entry: Equatable, Sendable {
        let orgID: String
        let userID: String
        let consumerKey: String
        let redirectURI: String
        /// The scopes by their metadata names.
        let scopes: [String]
        /// The `code_challenge` of the method S256; `nil` if the request had none.
        let challenge: String?
        let issuedAt: Date
    }

    /// In seconds ("OAuth 2.0 Web Server Flow for Web App Integration": 15 minutes).
    static let lifetime: TimeInterval = 900

    private var entries: [String: Entry] = [:]

    /// Adds a code and returns it.
    mutating func issue(_ entry: Entry, using random: inout SeededRandom) -> String {
        entries = entries.filter { entry.issuedAt < $0.value.issuedAt + Self.lifetime }
        // Real codes begin like this and end with encoded padding.
        let code = "aPrx" + random.characters(60) + "=="
        entries[code] = entry
        return code
    }

    /// Returns and removes what a code was issued for; `nil` if it is unknown, used or expired.
    mutating func take(_ code: String, at time: Date) -> Entry? {
        guard let entry = entries.removeValue(forKey: code), time < entry.issuedAt + Self.lifetime else { return nil }
        return entry
    }
}

extension AuthorizationCodes.Entry {
    /// Whether the verifier has the challenge (RFC 7636 §4.6). Without a challenge, none is needed.
    func accepts(verifier: String?) -> Bool {
        guard let challenge else { return true }
        let digest = Data(SHA256.hash(data: Array((verifier ?? "").utf8))).base64EncodedString()
        return digest.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "") == challenge
    }
}

extension App {
    /// The value of `signature` in an answer: HMAC-SHA256 with the Consumer Secret, in Base64.
    func signature(of text: String) -> String {
        let key = SymmetricKey(data: Array(consumerSecret.utf8))
        return Data(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)).base64EncodedString()
    }

    /// The callback URLs, one of which a `redirect_uri` must equal.
    var callbackURLs: [String] { callbackURL.split(whereSeparator: \.isWhitespace).map(String.init) }
}
