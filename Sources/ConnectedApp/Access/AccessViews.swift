package import Foundation

/// An account, as it is shown.
///
/// A JSON document; the property names must not change.
package struct AccountView: Codable, Sendable, Equatable {
    package let name: String
    package let role: Role
    package let origin: AccountOrigin
    package let createdAt: Date
    /// `channel:name`.
    package let createdBy: String
    /// When the role or the password was last changed.
    package let changedAt: Date

    init(_ record: AccountRecord) {
        name = record.name.description
        role = record.role
        origin = record.origin
        createdAt = record.createdAt
        createdBy = record.createdBy.description
        changedAt = record.changedAt
    }
}

/// An API token without its secret, as it is shown.
///
/// A JSON document; the property names must not change.
package struct APITokenView: Codable, Sendable, Equatable {
    package let name: String
    /// The part of the token that is no secret.
    package let id: String
    package let scope: APITokenScope
    /// `null`: all connections.
    @ExplicitNull package var connections: [String]?
    package let expiresAt: Date
    package let isExpired: Bool
    package let createdAt: Date
    /// `channel:name`.
    package let createdBy: String
    /// Accurate to a minute; `null`: never.
    @ExplicitNull package var lastUsedAt: Date?

    init(_ record: APITokenRecord, use: APITokenUse?, now: Date) {
        name = record.name
        id = record.id
        scope = record.scope
        _connections = ExplicitNull(wrappedValue: record.connections?.map(\.description))
        expiresAt = record.expiresAt
        isExpired = record.expiresAt <= now
        createdAt = record.createdAt
        createdBy = record.createdBy.description
        _lastUsedAt = ExplicitNull(wrappedValue: use?.usedAt)
    }
}

/// A new API token with its secret, which is shown once.
///
/// A JSON document; the property names must not change.
package struct NewAPITokenView: Encodable, Sendable {
    /// The whole token, a secret.
    package let token: String
    package let name: String
    package let id: String
    package let scope: APITokenScope
    @ExplicitNull package var connections: [String]?
    package let expiresAt: Date

    init(_ text: APITokenText, _ record: APITokenRecord) {
        token = text.text
        name = record.name
        id = record.id
        scope = record.scope
        _connections = ExplicitNull(wrappedValue: record.connections?.map(\.description))
        expiresAt = record.expiresAt
    }
}

/// Records of a kind, and the ids of those that were altered outside aprity and are not shown.
package struct ListedWithAltered<View: Sendable>: Sendable {
    package let shown: [View]
    /// Sorted. An altered account cannot sign in, and an altered token is not accepted. They can be removed.
    package let altered: [String]
}
