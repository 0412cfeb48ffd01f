internal import Crypto
package import Foundation

/// One record of the audit trail: an event, and its link to the one before it of the same writer and epoch.
package struct AuditRecord: Sendable, Equatable {
    /// The store's order; the first is 1.
    package let number: Int64
    package let link: AuditLink
    /// The event as JSON, byte for byte as it was hashed.
    package let body: Data
    /// SHA-256 over the link and the body.
    package let hash: Data

    package init(number: Int64, link: AuditLink, body: Data, hash: Data) {
        self.number = number
        self.link = link
        self.body = body
        self.hash = hash
    }

    /// - Throws: ``ConnectedAppError`` with `.storeDamaged`.
    package func event() throws(ConnectedAppError) -> AuditEvent {
        guard let event = try? AuditBody.decoder.decode(AuditEvent.self, from: body) else {
            throw ConnectedAppError(.storeDamaged, subject: "audit record \(number)")
        }
        return event
    }
}

/// Where a record stands in its chain. A writer is a user on a machine; each start of a process is an epoch of its own,
/// so that no two processes ever continue the same chain.
package struct AuditLink: Sendable, Equatable {
    package let writer: String
    package let epoch: Int
    /// From 1, without gaps.
    package let sequence: Int
    /// The hash of the record before it in this chain; 32 zero bytes for the first.
    package let previous: Data

    package init(writer: String, epoch: Int, sequence: Int, previous: Data) {
        self.writer = writer
        self.epoch = epoch
        self.sequence = sequence
        self.previous = previous
    }

    package static let none = Data(repeating: 0, count: 32)

    /// The link after `last`, or the first of a chain. After a number that only an altered row has, the same again: the
    /// verification reports it.
    package init(writer: String, epoch: Int, after last: (sequence: Int, hash: Data)?) {
        self.init(
            writer: writer, epoch: epoch, sequence: (last?.sequence ?? 0).next, previous: last?.hash ?? Self.none)
    }

    package func hash(of body: Data) -> Data {
        var fields = FramedFields(["aprity audit record 1", writer, String(epoch), String(sequence)])
        fields.append([UInt8](previous))
        fields.append([UInt8](body))
        return Data(SHA256.hash(data: fields.bytes))
    }
}

extension FixedWidthInteger {
    /// The next number; the largest one stays itself.
    var next: Self { self == .max ? .max : self + 1 }
}

/// Who writes audit records: told apart from every other start of every other process.
package struct AuditWriter: Sendable {
    /// For people: `user@machine`.
    package let name: String
    /// Random; names this start of this process.
    package let instance: String

    package init(name: String, instance: String) {
        self.name = name
        self.instance = instance
    }
}

/// How an event becomes a record's bytes.
package enum AuditBody {
    package static func encode(_ event: AuditEvent) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .secondsSince1970
        return try encoder.encode(event)
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return decoder
    }
}

package protocol AuditReading {
    /// By number, from the one after `number` on.
    func auditRecords(after number: Int64, limit: Int) throws -> [AuditRecord]
    /// The newest first.
    func auditRecords(_ selection: AuditSelection) throws -> [AuditRecord]
    /// The signed lines of checkpoints after the one of this sequence, in order.
    func checkpointLines(after sequence: Int) throws -> [String]
    func lastCheckpointLine() throws -> String?
    /// The oldest that the webhook has not taken.
    func checkpointToPost() throws -> (sequence: Int, line: String)?
}

package protocol AuditWriting {
    func addCheckpoint(_ sequence: Int, line: String) throws
    func setPosted(checkpoint sequence: Int) throws
    /// Removes the records up to this one. That it was meant stands in a signed checkpoint, never in the store alone.
    func removeAuditRecords(upTo number: Int64) throws
}

/// Which records somebody wants to see.
package struct AuditSelection: Sendable {
    package var connection: String?
    package var act: AuditEvent.Act?
    package var limit: Int

    package init(connection: String? = nil, act: AuditEvent.Act? = nil, limit: Int) {
        self.connection = connection
        self.act = act
        self.limit = limit
    }
}

/// Where the record begins since older ones were removed: right after a checkpoint.
package struct AuditCut: Sendable, Equatable, Codable {
    package let upToNumber: Int64
    package let checkpoint: Int
    /// The checkpoint's digest, lower-case hex.
    package let digest: String

    package init(upToNumber: Int64, checkpoint: Int, digest: String) {
        self.upToNumber = upToNumber
        self.checkpoint = checkpoint
        self.digest = digest
    }
}
