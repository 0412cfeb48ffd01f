package import Foundation

/// The kinds of record that the store keeps. Everything security-relevant is one of these.
package enum RecordKind: String, Codable, CaseIterable, Sendable {
    case app, connection, credential
    /// What was seen of a change that spreads; how long changes take in an org.
    case changeWatch, spreadHistory
    /// What was last seen of a connection; its latest tests.
    case evidence, testHistory
    /// The latest download of a certificate of a connection.
    case certificateDownload
    /// What an app was approved as, and since when it is otherwise.
    case approvedApp
    /// How far the change of an app's certificate has come.
    case rotation
    /// A key that lies elsewhere, and is still to be destroyed there.
    case doomedKey
    /// What was sent to whom about an app's certificate.
    case outbox
    /// The one record that knows the revision of every other.
    case register
}

package struct RecordKey: Hashable, Codable, Sendable, CustomStringConvertible {
    package let kind: RecordKind
    package let id: String

    package init(_ kind: RecordKind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    package var description: String { "\(kind.rawValue) \(id)" }
}

/// A record as it lies in the store: bytes, and the proof that aprity wrote them.
package struct StoredRecord: Sendable, Equatable {
    package let key: RecordKey
    /// 1 at the first writing, one more at each other.
    package let revision: Int
    /// JSON.
    package let body: Data
    package let masterKeyID: String
    /// HMAC-SHA256 over kind, id, revision and body.
    package let tag: Data

    package init(key: RecordKey, revision: Int, body: Data, masterKeyID: String, tag: Data) {
        self.key = key
        self.revision = revision
        self.body = body
        self.masterKeyID = masterKeyID
        self.tag = tag
    }
}

/// Keeps records. A store sees bytes and understands none of them: sealing and checking happen above it.
///
/// What must hold for every implementation:
/// - `read` shows one consistent state, whatever other tasks and processes write meanwhile.
/// - `write` is all or nothing, is durable when it returns, and runs alone: no other `write`, of whatever process,
///   comes between its reads and its writes.
/// - A lock held by somebody else is waited for, some seconds; only then `.storeBusy` is thrown.
/// - What the closure throws is thrown on unchanged, and nothing of a `write` remains.
/// - A full disk is `.diskFull`, and what was stored before is still there.
/// - Writes that wait at the same time may share one commit; each of them alone is kept or undone.
package protocol RecordStore: Sendable {
    func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T
    func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T
    /// Erases removed and replaced records from the store's files.
    ///
    /// - Parameter patience: How long to try again if a reader prevents it. Others can write between two attempts.
    /// - Returns: `false` if a reader prevented it; the old bytes are then still in the files.
    func eraseRemoved(within patience: Duration) async throws -> Bool
}

extension RecordStore {
    /// For stores that have no files.
    package func eraseRemoved(within patience: Duration) async throws -> Bool { true }
}

/// All that one transaction sees.
package typealias StoreReading = RecordReading & SignInReading & OutstandingTokenReading & LeaseReading & AuditReading
/// All that one transaction may change, so that what belongs together is kept together.
package typealias StoreWriting = StoreReading & RecordWriting & SignInWriting & OutstandingTokenWriting & LeaseWriting
    & AuditWriting

package protocol RecordReading {
    func record(_ key: RecordKey) throws -> StoredRecord?
    /// Sorted by id.
    func records(of kind: RecordKind) throws -> [StoredRecord]
}

package protocol RecordWriting: RecordReading {
    /// Adds the record, or replaces the one of the same key.
    func put(_ record: StoredRecord) throws
    func remove(_ key: RecordKey) throws
    /// In the same transaction, so that no change goes unrecorded.
    func append(_ event: AuditEvent) throws
}

extension RecordStore {
    /// Entries that began at or after the date, oldest first.
    package func signIns(since date: Date) async throws -> [SignInEntry] {
        try await read { reading in try reading.signIns(since: date) }
    }
}
