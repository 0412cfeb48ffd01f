package import Foundation

/// A record of the audit trail and its place in its chain, as it is shown.
package struct AuditRecordView: Codable, Sendable {
    package let number: Int64
    package let time: Date
    /// `channel:name`.
    package let principal: String
    package let act: AuditEvent.Act
    @ExplicitNull package var connection: String?
    /// `done`, or the cause's code.
    package let outcome: String
    package let facts: [String: String]
    let writer: String
    let epoch: Int
    let sequence: Int
    /// Lower-case hex.
    let previous: String
    let hash: String
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
package struct AuditVerificationView: Codable, Sendable {
    enum Kind: String, Codable, Sendable, CaseIterable {
        case changed, removed, reordered, truncated, restoredOlder, recomputed, checkpointForged, checkpointMissing
        /// The records were rolled back; the audit record was not.
        case recordsPutBack
        /// A record is missing or not authentic, or the records cannot be read.
        case recordsAltered
    }

    package struct Finding: Codable, Sendable, Equatable {
        let kind: Kind
        /// The number of the affected record, or of the first one.
        @ExplicitNull var record: Int64?
        package let sentence: String
    }

    package let isIntact: Bool
    let records: Int
    /// All records up to this one match what was signed. It is the last record of the last checkpoint before any
    /// finding.
    let protectedTo: Int64
    /// The number of records after it. Their chain is consistent, but whoever controls the store could have written it.
    let laterRecords: Int
    let checkpoints: Int
    /// The key that verifies the checkpoints: 64 hexadecimal digits.
    let publicKey: String
    package let sentence: String
    package let findings: [Finding]
}
