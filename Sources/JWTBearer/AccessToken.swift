internal import Foundation

/// What the token endpoint granted (RFC 6749 §5.1, as Salesforce answers a JWT Bearer request).
///
/// There is no `expires_in` and no refresh token. The token itself has no description; show its fingerprint.
public struct AccessToken: Sendable, Equatable {
    /// The bearer token: `ORGID15!…` where opaque, a JWT where the app issues JWT-based tokens.
    public let secret: String
    /// As sent, for instance `api`; order has no meaning, `refresh_token` never appears in it.
    public let scope: String?
    /// `instance_url`: where the API calls go. Not checked here.
    public let instanceURL: String
    /// `id`: the identity URL, `…/id/ORGID/USERID`.
    public let identityURL: String?
    public let tokenType: String?

    package init(secret: String, scope: String?, instanceURL: String, identityURL: String?, tokenType: String?) {
        self.secret = secret
        self.scope = scope
        self.instanceURL = instanceURL
        self.identityURL = identityURL
        self.tokenType = tokenType
    }

    /// The granted scopes as a set; empty where the reply named none.
    public var scopes: Set<String> {
        Set((scope ?? "").split(separator: " ").map(String.init))
    }

    /// The id of the user that the token is for, from the identity URL: 15 or 18 letters and digits.
    public var userID: String? {
        guard let last = identityURL?.split(separator: "/").last, [15, 18].contains(last.count),
            last.utf8.allSatisfy({ $0 < 0x80 }), last.allSatisfy({ $0.isLetter || $0.isNumber })
        else { return nil }
        return String(last)
    }

    /// Every org id that the reply carries: from the identity URL, and from an opaque token's part before `!`.
    /// More than one element means that the reply contradicts itself.
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
