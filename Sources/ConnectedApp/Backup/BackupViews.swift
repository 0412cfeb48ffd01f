public import Foundation

/// A new backup, as it is shown.
public struct BackupView: Sendable, Codable {
    public let file: String
    public let bytes: Int
    public let madeAt: Date
    /// The number of the newest audit record in the backup. A restored store records it.
    public let lastAuditRecord: Int64
    public let masterKeyID: String
}

/// The result of verifying a backup.
public struct BackupVerificationView: Sendable, Codable {
    public enum CheckID: String, Sendable, Codable {
        case database, records, keys, tokens
    }

    public struct Check: Sendable, Codable {
        public let id: CheckID
        public let passes: Bool
        public let sentence: String
    }

    public let file: String
    public let isGood: Bool
    public let madeAt: Date
    public let lastAuditRecord: Int64
    public let connections: [String]
    public let checks: [Check]
}

/// A restored store, as it is shown.
public struct RestoreView: Sendable, Codable {
    public let home: String
    public let madeAt: Date
    public let lastAuditRecord: Int64
    public let connections: [String]
    /// How many apps are blocked until a test of each passes: all of them.
    public let blockedApps: Int
    /// How many tokens are to be revoked: all that the store knew.
    public let tokensToRevoke: Int
    public let masterKeyFile: String
    /// Whether that file was created. Otherwise it existed, and contains the key.
    public let madeMasterKey: Bool
    /// Whether the checkpoints outside the store cover more records than the backup has.
    public let checkpointsAreNewer: Bool
    /// The new paths of existing files that were moved out of the way.
    public let keptAside: [String]
}
