package import Foundation

/// A new backup, as it is shown.
package struct BackupView: Sendable, Codable {
    public let file: String
    package let bytes: Int
    public let madeAt: Date
    /// The number of the newest audit record in the backup. A restored store records it.
    package let lastAuditRecord: Int64
    let masterKeyID: String
}

/// The result of verifying a backup.
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
    package let isGood: Bool
    public let madeAt: Date
    package let lastAuditRecord: Int64
    package let connections: [String]
    package let checks: [Check]
}

/// A restored store, as it is shown.
package struct RestoreView: Sendable, Codable {
    package let home: String
    public let madeAt: Date
    package let lastAuditRecord: Int64
    package let connections: [String]
    /// How many apps are blocked until a test of each passes: all of them.
    package let blockedApps: Int
    /// How many tokens are to be revoked: all that the store knew.
    package let tokensToRevoke: Int
    let masterKeyFile: String
    /// Whether that file was created. Otherwise it existed, and contains the key.
    let madeMasterKey: Bool
    /// Whether the checkpoints outside the store cover more records than the backup has.
    package let checkpointsAreNewer: Bool
    /// The new paths of existing files that were moved out of the way.
    package let keptAside: [String]
}
