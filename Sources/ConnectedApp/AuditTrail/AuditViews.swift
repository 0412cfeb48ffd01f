package import Foundation

/// A record of the audit trail and its place in its chain, as it is shown.
///
/// A JSON document; the property names must not change.
package struct AuditRecordView: Codable, Sendable {
    package let number: Int64
    package let time: Date
    /// `channel:name`.
    package let principal: String
    package let act: AuditEvent.Act
    @ExplicitNull package var connection: String?
    /// See ``AuditEvent/outcome``.
    package let outcome: String
    package let facts: [String: String]
    let writer: String
    let epoch: Int
    let sequence: Int
    /// The hash of the previous record in this chain, lower-case hex.
    let previous: String
    /// Lower-case hex.
    let hash: String
}

extension AuditRecordView {
    /// The record as a line of the export: JSON with sorted members, without a line break. Hidden characters, such as those
    /// that change the text direction, are escaped.
    package func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return ViewJSON.escaped(String(decoding: try encoder.encode(self), as: UTF8.self))
    }

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
///
/// A JSON document; property names and the raw values of ``Kind`` must not change.
package struct AuditVerificationView: Codable, Sendable {
    enum Kind: String, Codable, Sendable, CaseIterable {
        case changed, removed, reordered
        /// Records that a checkpoint covers are missing from the end.
        case truncated
        /// The whole store was rolled back: a checkpoint outside it is newer than its own.
        case restoredOlder
        /// The records form a valid chain, but not the one that was signed.
        case recomputed
        case checkpointForged, checkpointMissing
        /// The records were rolled back; the audit record was not.
        case recordsPutBack
        /// A record is missing or not authentic, or the records cannot be read.
        case recordsAltered
    }

    package struct Finding: Codable, Sendable, Equatable {
        let kind: Kind
        /// The number of the first affected record; `nil` if the finding is about something else.
        @ExplicitNull var record: Int64?
        package let sentence: String
    }

    /// Whether there are no findings.
    package let isIntact: Bool
    /// The number of records that were read.
    let records: Int
    /// All records up to this number match what was signed; 0 if none do. It is the last record of the last checkpoint
    /// before any altered record.
    let protectedTo: Int64
    /// How many numbers follow ``protectedTo``, up to the last record. No checkpoint protects these records: whoever
    /// controls the store could have written them.
    let laterRecords: Int
    /// The number of checkpoints with a valid signature.
    let checkpoints: Int
    /// The key that verifies the checkpoints: 64 hexadecimal digits.
    let publicKey: String
    /// The result in one or two sentences.
    package let sentence: String
    package let findings: [Finding]
}
