public import Foundation

/// A backup that was made.
public struct BackupView: Sendable, Codable {
    public let file: String
    public let bytes: Int
    public let madeAt: Date
    /// The newest audit record inside; a restored store says that it comes from there.
    public let lastAuditRecord: Int64
    public let masterKeyID: String
}

/// What going through a backup found.
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

/// A store that was restored.
public struct RestoreView: Sendable, Codable {
    public let home: String
    public let madeAt: Date
    public let lastAuditRecord: Int64
    public let connections: [String]
    /// Apps that are blocked until a test of theirs passes: all.
    public let blockedApps: Int
    /// Tokens that are to be revoked: all that were known.
    public let tokensToRevoke: Int
    public let masterKeyFile: String
    /// Whether that file was made; otherwise it was there, and holds the key.
    public let madeMasterKey: Bool
    /// The checkpoints outside the store tell of more than the backup holds.
    public let checkpointsAreNewer: Bool
    /// Where files are that made room.
    public let keptAside: [String]
}
