package import ConnectedApp
internal import Foundation
internal import GRDB

/// A store in one SQLite file, accessed through GRDB. It uses WAL mode. A write returns only when its commit is on
/// disk. Several processes of one machine can use the file at once.
package final class SQLiteStore: Sendable {
    let pool: DatabasePool
    private let commits: GroupCommit
    private let auditWriter: AuditWriter
    private let busyTimeout: Duration

    /// How long to wait for a lock of another process or connection.
    package static let busyTimeout: Duration = .seconds(5)

    /// Opens the file, or creates it with mode 0600, and migrates its tables.
    ///
    /// - Parameters:
    ///   - mayCreate: Whether to create a missing file. If not, `.notInitialised` is thrown.
    ///   - busyTimeout: How long each operation waits for a lock before it throws `.storeBusy`.
    ///   - auditWriter: The writer of the audit events that this process appends.
    /// - Throws: ``ConnectedAppError``: `.notInitialised`, `.storeNewer`, `.storeBusy`, `.storeDamaged`,
    ///   `.storeUnwritable`, `.diskFull`, `.inputOutput`, `.outputCannotBeCreated`, or `.fileUnreadable` if the path is
    ///   not a regular file.
    package init(
        path: String, mayCreate: Bool, busyTimeout: Duration = busyTimeout,
        auditWriter: AuditWriter = AuditWriter(name: "aprity", instance: UUID().uuidString)
    ) throws {
        if !FileManager.default.fileExists(atPath: path) {
            guard mayCreate else { throw ConnectedAppError.noStore(at: path) }
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
            // FULL: an acknowledged commit survives a power failure.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // Replaced and removed data is overwritten in the file, not only marked as free.
            try db.execute(sql: "PRAGMA secure_delete = ON")
            try SchemaCheck.ignoreTriggersAndViews(db)
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try Schema.migrate(pool, path: path)
            return pool
        } catch {
            throw SQLiteFailure.classified(error, path: path)
        }
    }

    /// Creates the file under a temporary name, with its tables and in WAL mode, and renames it when it is complete.
    ///
    /// There are two reasons. If several processes switch a file to WAL mode at once, SQLite does not wait for locks.
    /// And SQLite creates files with the mode that the umask allows, not with 0600.
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
            // Another process has created the file in the meantime, so that file is used.
            guard error.cause == .outputExists else { throw error }
        }
    }

    /// Creates an empty file with mode 0600 that no other task or process uses, and returns its path.
    private static func draftFile(_ path: String) throws -> String {
        var number = 0
        while true {
            let draft = StoreDraft.path(path, number)
            do throws(ConnectedAppError) {
                try OutputFile.create(draft, content: [], mode: 0o600)
                return draft
            } catch {
                guard error.cause == .outputExists, number < 1000 else { throw error }
                number += 1
            }
        }
    }

    /// Copies the log into the database file and closes the store. So the file alone is the complete store while no
    /// process uses it. If another process still uses the store, that process copies the log when it closes it.
    ///
    /// - Throws: The errors of closing. A failure to copy the log is ignored, because the log stays and is read at the
    ///   next opening.
    package func close() throws {
        _ = try? pool.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
        try pool.close()
    }

    /// Rewrites the file without removed data, and empties the log.
    ///
    /// - Returns: `false` if it failed, for example because the disk is full or another process is reading. Removed
    ///   data may remain then.
    package func clean() async -> Bool {
        do {
            try await pool.vacuum()
            return try await eraseRemoved(within: Self.busyTimeout)
        } catch {
            // Whatever the reason, the caller reports that removed data may remain.
            return false
        }
    }

    /// How long one attempt to empty the log waits for readers, and the pause before the next attempt. An attempt
    /// blocks writers, so it is short.
    private static let checkpointTimeout = Duration.milliseconds(100)

    /// Erases removed data. Its old pages can remain in the log and in the database file until the whole log is copied
    /// into the file and truncated.
    ///
    /// - Parameter patience: How long to retry if a reader prevents it. Others can write between two attempts.
    /// - Returns: `false` if a reader prevented it.
    /// - Throws: ``ConnectedAppError``; `CancellationError` if the task is cancelled between two attempts.
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
                // If this fails, the error is thrown: with the short timeout, later writes of this connection would
                // throw `.storeBusy` too early.
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
            if (error as? DatabaseError)?.resultCode == .SQLITE_FULL,
                let exhausted = try SchemaCheck.exhaustedTable(pool, path: pool.path)
            {
                throw exhausted
            }
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

/// The tables within a transaction. This file has the records; the other tables are in extensions in other files. Do
/// not use a value of this type after its transaction.
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

    func recordIDs(of kind: RecordKind) throws -> [String] {
        try db.values(String.self, sql: "SELECT id FROM record WHERE kind = ? ORDER BY id", arguments: [kind.rawValue])
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

    /// Converts a row. A column of a wrong type becomes 0 or empty: somebody has edited the row, and the record's tag
    /// will reveal that.
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
