internal import Crypto
package import Foundation

/// A record of the audit trail: an event, and its link to the previous record of the same writer and epoch.
package struct AuditRecord: Sendable, Equatable {
    /// The record's place in the store. The numbers begin with 1 and have no gaps; the first records may have been
    /// removed, see ``AuditCut``.
    package let number: Int64
    package let link: AuditLink
    /// The event as JSON; the exact bytes that were hashed.
    let body: Data
    /// SHA-256 over the link and the body, as stored; ``AuditLink/hash(of:)`` computes the hash that an unaltered record
    /// has.
    package let hash: Data

    package init(number: Int64, link: AuditLink, body: Data, hash: Data) {
        self.number = number
        self.link = link
        self.body = body
        self.hash = hash
    }

    /// The state of the store that the event reports; `nil` if it reports none. Also `nil` if it cannot be decoded, which
    /// is a finding of verifying the audit record.
    var position: RecordsPosition? { AuditBody.position(in: body) }

    /// - Throws: ``ConnectedAppError`` with `.storeDamaged` if the body cannot be decoded.
    package func event() throws(ConnectedAppError) -> AuditEvent {
        guard let event = try? AuditBody.decode(body) else {
            throw ConnectedAppError(.storeDamaged, subject: "audit entry \(number)")
        }
        return event
    }
}

/// A record's place in its chain. A writer is a user on a machine. Each start of a process begins an epoch, so no two
/// processes continue the same chain.
package struct AuditLink: Sendable, Equatable {
    /// `user@machine`.
    package let writer: String
    /// From 1; each start of a process increments it.
    package let epoch: Int
    /// From 1, without gaps.
    package let sequence: Int
    /// The hash of the previous record in this chain; 32 zero bytes for the first.
    package let previous: Data

    package init(writer: String, epoch: Int, sequence: Int, previous: Data) {
        self.writer = writer
        self.epoch = epoch
        self.sequence = sequence
        self.previous = previous
    }

    /// The `previous` of the first record in a chain.
    static let none = Data(repeating: 0, count: 32)

    /// Creates the link after `last`, or the first of a chain. If `last` has the largest number, which only an altered
    /// row can have, the number repeats; verification reports that.
    package init(writer: String, epoch: Int, after last: (sequence: Int, hash: Data)?) {
        self.init(
            writer: writer, epoch: epoch, sequence: (last?.sequence ?? 0).next, previous: last?.hash ?? Self.none)
    }

    /// SHA-256 over the link and a body, with a prefix that belongs to the stored format.
    package func hash(of body: Data) -> Data {
        var fields = FramedFields(["aprity audit record 1", writer, String(epoch), String(sequence)])
        fields.append([UInt8](previous))
        fields.append([UInt8](body))
        return Data(SHA256.hash(data: fields.bytes))
    }
}

extension FixedWidthInteger {
    /// The next number; for the largest one, the same.
    var next: Self { self == .max ? .max : self + 1 }
}

/// Identifies one run of one process as a writer of audit records.
package struct AuditWriter: Sendable {
    /// `user@machine`, for people.
    package let name: String
    /// A random id of this run.
    package let instance: String

    package init(name: String, instance: String) {
        self.name = name
        self.instance = instance
    }
}

/// Encodes events as the bytes of records: JSON with sorted members, times in seconds since 1970. The bytes are stored
/// and hashed, so an event is encoded only once.
package enum AuditBody {
    package static func encode(_ event: AuditEvent) throws -> Data { try StoredJSON.encoder.encode(event) }

    static func decode(_ body: Data) throws -> AuditEvent { try StoredJSON.decoder.decode(AuditEvent.self, from: body) }

    /// Decodes ``AuditEvent/records`` alone.
    static func position(in body: Data) -> RecordsPosition? {
        struct Event: Decodable { let records: RecordsPosition? }
        return try? StoredJSON.decoder.decode(Event.self, from: body).records
    }
}

/// Reads the audit record within a transaction.
package protocol AuditReading {
    /// At most `limit` records with a greater number, sorted by number.
    func auditRecords(after number: Int64, limit: Int) throws -> [AuditRecord]
    /// The selected records, the newest first.
    func auditRecords(_ selection: AuditSelection) throws -> [AuditRecord]
    /// The signed lines of the checkpoints with a greater sequence number, in order.
    func checkpointLines(after sequence: Int) throws -> [String]
    /// `nil` if there is no checkpoint.
    func lastCheckpointLine() throws -> String?
    /// The oldest checkpoint that the webhook has not accepted; `nil` if it has accepted all.
    func checkpointToPost() throws -> (sequence: Int, line: String)?
}

/// Changes the audit record within a transaction.
package protocol AuditWriting {
    /// - Parameter line: The signed line without a line break.
    func addCheckpoint(_ sequence: Int, line: String) throws
    /// Records that the webhook has accepted a checkpoint.
    func setPosted(checkpoint sequence: Int) throws
    /// Removes the records up to and including this one. Before that, add a signed checkpoint with the ``AuditCut``:
    /// otherwise verification reports the records as missing.
    func removeAuditRecords(upTo number: Int64) throws
}

/// A selection of audit records.
package struct AuditSelection: Sendable {
    /// `nil`: all records, including those about no connection.
    package var connection: String?
    /// `nil`: records of all acts.
    package var act: AuditEvent.Act?
    /// A part of ``Principal/description``, in any case of ASCII letters; empty: those of all principals.
    package var principal = ""
    /// Records of this time or later; `nil`: from the beginning.
    package var from: Date?
    /// Records before this time; `nil`: up to now.
    package var until: Date?
    /// Records with a smaller number; `nil`: from the newest.
    package var before: Int64?
    /// The maximum number of records; older ones are left out.
    package var limit: Int

    package init(connection: String? = nil, act: AuditEvent.Act? = nil, limit: Int) {
        self.connection = connection
        self.act = act
        self.limit = limit
    }

    /// Whether it selects a record, apart from ``limit``.
    package func selects(_ event: AuditEvent, number: Int64) -> Bool {
        (connection == nil || event.connection == connection) && (act == nil || event.act == act)
            && (principal.isEmpty || event.principal.description.lowercased().contains(principal.lowercased()))
            && (from.map { event.time >= $0 } ?? true) && (until.map { event.time < $0 } ?? true)
            && (before.map { number < $0 } ?? true)
    }
}

/// The point at which the audit record begins after older records were removed: right after a checkpoint.
///
/// Part of signed checkpoints; the property names must not change.
struct AuditCut: Sendable, Equatable, Codable {
    /// The number of the last removed record.
    let upToNumber: Int64
    /// The sequence number of the checkpoint.
    let checkpoint: Int
    /// The checkpoint's digest, lower-case hex.
    let digest: String
}
