package import Foundation

/// The kinds of records in the store. All security-relevant data is in records.
///
/// The raw values are stored and authenticated, and must not change.
package enum RecordKind: String, Codable, CaseIterable, Sendable {
    case app, connection, credential
    /// What aprity observes while a change spreads among an org's servers, and how long earlier changes took.
    case changeWatch, spreadHistory
    /// The latest evidence about a connection, and its latest tests.
    case evidence, testHistory
    /// The latest download of a certificate of a connection.
    case certificateDownload
    /// The approved settings of an app, and since when the app differs from them.
    case approvedApp
    /// The state of the rotation of an app's certificate.
    case rotation
    /// A key that is to be destroyed.
    case doomedKey
    /// The notices about an app's certificate, and to whom they were sent.
    case outbox
    /// What lists show of a connection and of an app, and which app has a Consumer Key. They follow from other records.
    case connectionSummary, appSummary, consumerKeyUse
    /// A person who may sign in, a program's token, and when it was last used.
    case account, apiToken, apiTokenUse
    /// A tool that reads through the gateway, and what it did.
    case client, clientUse
    /// Which programs get a handle for a token of their own, and the tokens that were exchanged.
    case trustPolicy, exchangedToken
    /// The latest test of whether the gateway reads, and refuses what it must.
    case gatewayProbe
    /// The app through which people sign in with Salesforce.
    case signInApp
    /// The latest scheduled pull of a connection.
    case lastPull
    /// The single record that leads to the revision of every other record.
    case register
    /// A part of the register that does not fit into its record; see ``RegisterTree``.
    case registerNode

    /// The kinds of records that have a revision in the register.
    static let ofValues = allCases.filter { $0 != .register && $0 != .registerNode }
}

/// The kind and the id of a record.
package struct RecordKey: Hashable, Codable, Sendable, CustomStringConvertible {
    package let kind: RecordKind
    package let id: String

    package init(_ kind: RecordKind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    /// The kind and the id, separated by a blank. The register uses this text as the record's name, so it must not
    /// change.
    package var description: String { "\(kind.rawValue) \(id)" }
}

/// A record as it is stored: bytes, and a tag that authenticates them.
package struct StoredRecord: Sendable, Equatable {
    package let key: RecordKey
    /// From 1; each change of the record increments it.
    package let revision: Int
    /// JSON, as ``Seal/json(_:)`` writes it.
    package let body: Data
    /// The id of the master key from which the key of the tag is derived.
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

/// Stores records. A store does not interpret their bytes: they are sealed and checked by its callers.
///
/// Every implementation must guarantee:
/// - `read` sees one consistent state, whatever other tasks and processes write meanwhile.
/// - `write` is atomic, durable when it returns, and exclusive: no other `write` of any process happens between its
///   reads and its writes.
/// - If another process holds a lock, both wait some seconds before they throw `.storeBusy`.
/// - An error of the closure is rethrown unchanged, and a `write` that throws changes nothing.
/// - A full disk causes `.diskFull`, and former content is preserved.
/// - Concurrent writes may share a commit, but each succeeds or fails on its own.
///
/// A closure runs at most once, and must not begin another transaction. The commit may still fail after the closure of
/// a `write`, so the closure must have no effects outside the transaction.
package protocol RecordStore: Sendable {
    /// Runs the body in a transaction that only reads.
    func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T
    /// Runs the body in a transaction that may write, and commits it.
    func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T
    /// Erases removed and replaced records from the store's files.
    ///
    /// - Parameter patience: How long to retry if a reader prevents it. Others can write between two attempts.
    /// - Returns: `false` if a reader prevented it. Then the old bytes are still in the files.
    func eraseRemoved(within patience: Duration) async throws -> Bool
}

extension RecordStore {
    /// Does nothing. For stores that have no files.
    package func eraseRemoved(within patience: Duration) async throws -> Bool { true }
}

/// Everything that a transaction can read.
package typealias StoreReading = RecordReading & SignInReading & OutstandingTokenReading & LeaseReading & AuditReading
/// Everything that a transaction can change, so that related changes are committed together.
package typealias StoreWriting = StoreReading & RecordWriting & SignInWriting & OutstandingTokenWriting & LeaseWriting
    & AuditWriting

/// Reads records within a transaction.
package protocol RecordReading {
    /// The record with this key, unchecked; `nil` if there is none.
    func record(_ key: RecordKey) throws -> StoredRecord?
    /// The records of a kind, sorted by id.
    func records(of kind: RecordKind) throws -> [StoredRecord]
    /// The ids of the records of a kind, sorted by their UTF-8 bytes.
    func recordIDs(of kind: RecordKind) throws -> [String]
}

/// Changes records within a transaction.
package protocol RecordWriting: RecordReading {
    /// Adds the record, or replaces the one with the same key.
    func put(_ record: StoredRecord) throws
    /// Removes the record with this key. Does nothing if there is none.
    func remove(_ key: RecordKey) throws
    /// Adds an event to the audit record, in the same transaction as the change that it records.
    func append(_ event: AuditEvent) throws
}

extension RecordStore {
    /// The sign-ins that began at or after the date, the oldest first.
    func signIns(since date: Date) async throws -> [SignInEntry] {
        try await read { reading in try reading.signIns(since: date) }
    }
}
