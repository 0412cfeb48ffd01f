internal import Foundation

/// A person who may sign in to the Settings page.
///
/// Stored as a record; the names of properties must not change.
struct AccountRecord: RemovableRecord, Equatable {
    static let kind = RecordKind.account
    let name: AccountName
    /// 32 hexadecimal digits. An account that is added again under a former name has another id, so that sessions of
    /// the former account end.
    let id: String
    var role: Role
    let origin: AccountOrigin
    var password: PasswordHash
    /// A change ends all sessions of the account.
    var generation: Int
    let createdAt: Date
    let createdBy: Principal
    var changedAt: Date

    var recordID: String { name.description }

    var session: AccountSession { AccountSession(name: name, accountID: id, generation: generation) }
}

/// What a session knows of the account that signed in. The session is valid while the account has the same id and
/// generation.
package struct AccountSession: Sendable, Hashable {
    package let name: AccountName
    package let accountID: String
    let generation: Int
}
