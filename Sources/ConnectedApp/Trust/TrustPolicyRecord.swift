internal import Foundation

/// Which programs get a handle for a token of their own issuer (OpenID Connect), and what the handle is good for.
///
/// Stored as a record; the names of properties must not change.
struct TrustPolicyRecord: NamedOfConnection, Equatable {
    static let kind = RecordKind.trustPolicy
    /// 16 hexadecimal digits.
    let id: String
    /// Unique among the policies of the connection.
    let name: String
    let connection: Alias
    /// Exactly as the issuer's tokens have it.
    let issuer: String
    let audience: String
    /// See ``ClaimPattern``.
    let subject: String
    /// Patterns by the names of further claims.
    let claims: [String: String]
    /// PEM text of certificate authorities to trust in addition to the system's; `nil`: none.
    let certificateAuthoritiesPEM: String?
    let rights: ClientRights
    let createdAt: Date
    let createdBy: Principal

    var recordID: String { id }

    /// Whether the policy applies to a token, whose signature and times are valid.
    func applies(to token: IdentityToken) -> Bool {
        token.issuer == issuer && token.audiences.contains(audience)
            && ClaimPattern(subject)?.matches(token.subject) == true
            && claims.allSatisfy { name, pattern in
                guard let value = token.claims[name], let pattern = ClaimPattern(pattern) else { return false }
                return pattern.matches(value)
            }
    }
}

/// A token that was exchanged, so that it is exchanged once only.
///
/// Stored as a record; the names of properties must not change.
struct ExchangedToken: RemovableRecord, Equatable {
    static let kind = RecordKind.exchangedToken
    /// SHA-256 of what the issuer signed, in hex.
    let id: String
    /// When the token can no longer be exchanged anyway.
    let expiresAt: Date

    var recordID: String { id }
}
