public import Foundation

/// A record of the audit trail and its place in its chain, as it is shown.
public struct AuditRecordView: Codable, Sendable {
    public let number: Int64
    public let time: Date
    /// `channel:name`.
    public let principal: String
    public let act: AuditEvent.Act
    @ExplicitNull public var connection: String?
    /// `done`, or the cause's code.
    public let outcome: String
    public let facts: [String: String]
    public let writer: String
    public let epoch: Int
    public let sequence: Int
    /// Lower-case hex.
    public let previous: String
    public let hash: String
}

extension AuditRecordView {
    init(_ record: AuditRecord) throws {
        let event = try record.event()
        number = record.number
        time = event.time
        principal = event.principal.description
        act = event.act
        connection = event.connection
        outcome = event.outcome
        facts = event.facts
        writer = record.link.writer
        epoch = record.link.epoch
        sequence = record.link.sequence
        previous = record.link.previous.hex
        hash = record.hash.hex
    }
}

/// The result of comparing the audit record with the signed checkpoints.
public struct AuditVerificationView: Codable, Sendable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case changed, removed, reordered, truncated, restoredOlder, recomputed, checkpointForged, checkpointMissing
        /// The records were rolled back; the audit record was not.
        case recordsPutBack
        /// A record is missing or not authentic, or the records cannot be read.
        case recordsAltered
    }

    public struct Finding: Codable, Sendable, Equatable {
        public let kind: Kind
        /// The number of the affected record, or of the first one.
        @ExplicitNull public var record: Int64?
        public let sentence: String
    }

    public let isIntact: Bool
    public let records: Int
    /// Up to this record everything is as it was signed. It is the last record of the last checkpoint before any
    /// finding.
    public let protectedTo: Int64
    /// The number of records after it. Their chain is consistent, but whoever controls the store could have written it.
    public let laterRecords: Int
    public let checkpoints: Int
    /// The key that verifies the checkpoints: 64 hexadecimal digits.
    public let publicKey: String
    public let sentence: String
    public let findings: [Finding]
}
