package import Foundation

/// A new backup, as it is shown. A JSON document; the property names must not change.
package struct BackupView: Sendable, Codable {
    /// The path that the caller gave.
    public let file: String
    /// The size of the file.
    package let bytes: Int
    public let madeAt: Date
    /// The number of the newest audit record in the backup. A restored store names it in its audit record.
    package let lastAuditRecord: Int64
    let masterKeyID: String
}

/// The result of verifying a backup. A JSON document; property names and the raw values of ``CheckID`` must not change.
package struct BackupVerificationView: Sendable, Codable {
    enum CheckID: String, Sendable, Codable {
        case database, records, keys, tokens
    }

    package struct Check: Sendable, Codable {
        let id: CheckID
        package let passes: Bool
        package let sentence: String
    }

    public let file: String
    /// Whether all checks passed.
    package let isGood: Bool
    public let madeAt: Date
    package let lastAuditRecord: Int64
    /// The names of the connections, sorted; empty if they cannot be read.
    package let connections: [String]
    package let checks: [Check]
}

/// A restored store, as it is shown. A JSON document; the property names must not change.
package struct RestoreView: Sendable, Codable {
    package let home: String
    /// When the backup was made.
    public let madeAt: Date
    /// The number of the newest audit record in the backup.
    package let lastAuditRecord: Int64
    package let connections: [String]
    /// The number of apps. All are blocked, each until a connection test of it passes.
    package let blockedApps: Int
    /// How many tokens are to be revoked: all that the backup contains.
    package let tokensToRevoke: Int
    /// The names of the accounts and of the API tokens in the backup. Some may have been removed since.
    package let accounts: [String]
    package let apiTokens: [String]
    let masterKeyFile: String
    /// Whether that file was created. If not, the existing file contains the store's master key.
    let madeMasterKey: Bool
    /// Whether the checkpoints outside the store cover more records than the backup has.
    package let checkpointsAreNewer: Bool
    /// The new paths of existing files that were moved out of the way.
    package let keptAside: [String]
}
