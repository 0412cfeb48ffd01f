package import ConnectedApp
internal import Foundation
internal import GRDB

/// The store protocols on one SQLite file, by GRDB: WAL mode, every commit on disk before it is acknowledged, several
/// processes on one file.
package final class SQLiteStore: Sendable {
    let pool: DatabasePool
    private let commits: GroupCommit
    private let auditWriter: AuditWriter
    private let busyTimeout: Duration

    /// How long a lock that somebody else holds is waited for.
    package static let busyTimeout: Duration = .seconds(5)

    /// Opens the file, or makes it with mode 0600, and brings its tables up to date.
    ///
    /// - Parameter mayCreate: Whether a missing file is made; otherwise it is `.notInitialised`.
    /// - Throws: ``ConnectedAppError``: `.notInitialised`, `.storeNewer`, `.storeBusy`, `.storeDamaged`,
    ///   `.storeUnwritable`, `.diskFull`, `.inputOutput`, `.outputCannotBeCreated`, `.fileUnreadable` if the path does not
    ///   lead to a regular file.
    package init(
        path: String, mayCreate: Bool, busyTimeout: Duration = busyTimeout,
        auditWriter: AuditWriter = AuditWriter(name: "aprity", instance: UUID().uuidString)
    ) throws {
        if !FileManager.default.fileExists(atPath: path) {
            guard mayCreate else { throw ConnectedAppError(.notInitialised, subject: path) }
            try Self.makeFile(path)
        }
        try StoreFile.check(path)
        if let number = StoreFile.unwritable(path) { throw SQLiteFailure.unwritable(path, number) }
        pool = try Self.openPool(path, busyTimeout: busyTimeout)
        commits = GroupCommit(pool: pool)
        self.auditWriter = auditWriter
        self.busyTimeout = busyTimeout
    }

    private static func openPool(_ path: String, busyTimeout: Duration) throws -> DatabasePool {
        var configuration = GRDB.Configuration()
        let seconds = Double(busyTimeout.components.seconds) + Double(busyTimeout.components.attoseconds) / 1e18
        configuration.busyMode = .timeout(seconds)
        configuration.prepareDatabase { db in
            // FULL: a commit that was acknowledged outlives a power failure.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // What is replaced or removed is overwritten in the file, not only given free.
            try db.execute(sql: "PRAGMA secure_delete = ON")
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try Schema.migrate(pool)
            return pool
        } catch {
            throw SQLiteFailure.classified(error, path: path)
        }
    }

    /// Makes the file under another name, with its tables and in WAL mode, and gives it its own name when it is complete:
    /// SQLite waits for no lock where several turn one file to WAL mode at once, and makes files with the umask's mode.
    private static func makeFile(_ path: String) throws {
        let draft = try draftFile(path)
        defer { for suffix in ["", "-wal", "-shm"] { unlink(draft + suffix) } }
        let pool = try openPool(draft, busyTimeout: busyTimeout)
        do {
            try pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
            try pool.close()
        } catch {
            throw SQLiteFailure.classified(error, path: path)
        }
        do { try OutputFile.publish(draft, as: path) } catch {
            // Another process was first: its file is as good.
            guard error.cause == .outputExists else { throw error }
        }
    }

    /// - Returns: The name of an empty file, 0600, that no other task or process works on.
    private static func draftFile(_ path: String) throws -> String {
        var number = 0
        while true {
            let draft = path + ".new-\(getpid())-\(number)"
            do throws(ConnectedAppError) {
                try OutputFile.create(draft, content: [], mode: 0o600)
                return draft
            } catch {
                guard error.cause == .outputExists, number < 1000 else { throw error }
                number += 1
            }
        }
    }

    /// Brings the log into the database file first, so that the file alone is the store while nothing runs. Where
    /// another process still uses it, that process does so.
    package func close() throws {
        _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
        try pool.close()
    }

    /// Writes the file anew without what was removed, and empties the log.
    ///
    /// - Returns: `false` where there was no room, or others are reading.
    package func clean() async -> Bool {
        do {
            try await pool.vacuum()
            return try await eraseRemoved(within: Self.busyTimeout)
        } catch {
            // Whatever the reason, the caller reports that removed pages may remain.
            return false
        }
    }

    /// One attempt to empty the log waits so long for readers, and nobody can write meanwhile.
    private static let checkpointTimeout = Duration.milliseconds(100)

    /// Old pages may remain in the log and in the database file. Both are gone once the whole log has been copied into the file
    /// and truncated.
    package func eraseRemoved(within patience: Duration) async throws -> Bool {
        let end = ContinuousClock.now + patience
        while true {
            if try await truncateLog() { return true }
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: Self.checkpointTimeout)
        }
    }

    private func truncateLog() async throws -> Bool {
        let (usual, short) = (busyTimeout.milliseconds, Self.checkpointTimeout.milliseconds)
        do {
            return try await pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA busy_timeout = \(min(usual, short))")
                let isTruncated = Result { try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0 }
                // Not ignored: with the short timeout, this connection would soon call the store busy that is not.
                try db.execute(sql: "PRAGMA busy_timeout = \(usual)")
                return try isTruncated.get()
            }
        } catch {
            throw SQLiteFailure.classified(error, path: pool.path)
        }
    }

    private func read<T: Sendable>(_ body: @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await withoutActuallyEscaping(body) { body in try await pool.read { try body($0) } }
        } catch {
            throw SQLiteFailure.classified(error, path: pool.path)
        }
    }

    private func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await commits.run(body)
        } catch {
            throw SQLiteFailure.classified(error, path: pool.path)
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

extension SQLiteStore: RecordStore {
    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        try await read { (db: Database) in try body(RecordTable(db: db, writer: self.auditWriter)) }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        try await write { (db: Database) in try body(RecordTable(db: db, writer: self.auditWriter)) }
    }
}

extension SQLiteStore: AuditLog {
    package func append(_ event: AuditEvent) async throws {
        try await write { (writing: any StoreWriting) in try writing.append(event) }
    }

    package func events(_ selection: AuditSelection) async throws -> [AuditEvent] {
        try await read { (reading: any StoreReading) in try reading.auditRecords(selection).map { try $0.event() } }
    }
}

/// The tables inside one transaction; here the records, the others in files of their own.
struct RecordTable: RecordWriting {
    let db: Database
    let writer: AuditWriter

    func record(_ key: RecordKey) throws -> StoredRecord? {
        try db.row(
            sql: "SELECT * FROM record WHERE kind = ? AND id = ?", arguments: [key.kind.rawValue, key.id]
        ).map { Self.stored($0, key.kind) }
    }

    func records(of kind: RecordKind) throws -> [StoredRecord] {
        try db.rows(sql: "SELECT * FROM record WHERE kind = ? ORDER BY id", arguments: [kind.rawValue])
            .map { Self.stored($0, kind) }
    }

    func put(_ record: StoredRecord) throws {
        try db.run(
            sql: """
                INSERT INTO record (kind, id, revision, body, masterKeyID, tag) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, body = excluded.body,
                masterKeyID = excluded.masterKeyID, tag = excluded.tag
                """,
            arguments: [
                record.key.kind.rawValue, record.key.id, record.revision, record.body, record.masterKeyID, record.tag,
            ])
    }

    func remove(_ key: RecordKey) throws {
        try db.run(sql: "DELETE FROM record WHERE kind = ? AND id = ?", arguments: [key.kind.rawValue, key.id])
    }

    /// Values of whatever type are taken as they come, since the row may have been edited; the proof decides.
    private static func stored(_ row: Row, _ kind: RecordKind) -> StoredRecord {
        func value<T: DatabaseValueConvertible>(_ column: String, _ type: T.Type) -> T? {
            T.fromDatabaseValue(row[column])
        }
        return StoredRecord(
            key: RecordKey(kind, value("id", String.self) ?? ""), revision: value("revision", Int.self) ?? 0,
            body: value("body", Data.self) ?? Data(), masterKeyID: value("masterKeyID", String.self) ?? "",
            tag: value("tag", Data.self) ?? Data())
    }
}
