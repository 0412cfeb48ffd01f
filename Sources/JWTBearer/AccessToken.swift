internal import Foundation

/// The successful response of the token endpoint (RFC 6749 §5.1), as Salesforce answers a JWT Bearer request.
///
/// Salesforce sends no `expires_in` and no refresh token. The description hides the token. For logs, use its SHA-256.
public struct AccessToken: Sendable, Equatable {
    /// The bearer token: `ORGID15!…` if opaque, a JWT if the app issues JWT-based tokens.
    public let secret: String
    /// `scope`: the granted scopes, separated by spaces, as sent; `nil` if the reply has none. Their order has no
    /// meaning. A reply without a refresh token should not name `refresh_token`, but if the org sends it, it stays.
    public let scope: String?
    /// `instance_url`: the URL for API calls. Not validated here.
    public let instanceURL: String
    /// `id`: the identity URL, `…/id/ORGID/USERID`; `nil` if the reply has none. Not validated here.
    public let identityURL: String?
    /// `token_type`, usually `Bearer`; `nil` if the reply has none.
    public let tokenType: String?

    package init(secret: String, scope: String?, instanceURL: String, identityURL: String?, tokenType: String?) {
        self.secret = secret
        self.scope = scope
        self.instanceURL = instanceURL
        self.identityURL = identityURL
        self.tokenType = tokenType
    }

    /// The granted scopes as a set; empty if the reply has none.
    public var scopes: Set<String> {
        Set((scope ?? "").split(separator: " ").map(String.init))
    }

    /// The user's id: the last part of the identity URL, if it has 15 or 18 ASCII letters and digits; otherwise `nil`.
    public var userID: String? {
        guard let last = identityURL?.split(separator: "/").last, [15, 18].contains(last.count),
            last.utf8.allSatisfy({ $0 < 0x80 }), last.allSatisfy({ $0.isLetter || $0.isNumber })
        else { return nil }
        return String(last)
    }

    /// Every org id in the reply: from the identity URL, and from the part of an opaque token before `!`. Empty if the
    /// reply names no org. If there are two, the reply contradicts itself.
    public var organizationIDs: Set<OrganizationID> {
        var found: Set<OrganizationID> = []
        if let identityURL, let range = identityURL.range(of: "/id/"),
            let first = identityURL[range.upperBound...].split(separator: "/").first,
            let id = OrganizationID(String(first))
        {
            found.insert(id)
        }
        if let mark = secret.firstIndex(of: "!"), let id = OrganizationID(String(secret[..<mark])) {
            found.insert(id)
        }
        return found
    }
}

extension AccessToken: CustomStringConvertible, CustomReflectable {
    public var description: String { "AccessToken(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
