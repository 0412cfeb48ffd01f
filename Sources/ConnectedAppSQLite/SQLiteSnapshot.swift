package import ConnectedApp
internal import Foundation
internal import GRDB

/// Reads a store that cannot be opened normally: the disk is full, the folder cannot be written, or another process
/// holds the lock. Every write throws.
///
/// It reads the file together with its log. If that fails and the log is missing or empty, it reads the file alone. It
/// never migrates the tables.
package final class SQLiteSnapshot: RecordStore, AuditLog {
    private let queue: DatabaseQueue
    private let path: String
    /// The error that writes throw.
    private let refusal: ConnectedAppError

    /// The time limit for opening the file. SQLite itself waits up to ten seconds for a process that was suspended
    /// while it prepared the log's index.
    private static let patience: Duration = .milliseconds(1_500)

    /// - Parameter refusal: The error that says why the store is not opened for writing. Writes throw it.
    /// - Throws: ``ConnectedAppError`` like ``SQLiteStore``; `refusal` if the tables have an older version, because
    ///   they would have to be migrated; `.storeBusy` if the log has content and SQLite waits longer than 1.5 seconds;
    ///   `.storeUnwritable` if the log has content and this process cannot write the store.
    package init(path: String, refusal: ConnectedAppError) throws {
        self.path = path
        self.refusal = refusal
        try StoreFile.check(path)
        do {
            queue = try BoundedAttempt { try Self.open(path, "mode=ro") }.value(within: Self.patience, subject: path)
        } catch {
            // The latest changes may be only in the log, so the file alone may be outdated.
            guard StoreFile.hasEmptyLog(path) else {
                let isUnwritable = StoreFile.unwritable(path) != nil
                throw isUnwritable ? SQLiteFailure.logUnreadable(path) : SQLiteFailure.classified(error, path: path)
            }
            do { queue = try Self.open(path, "immutable=1") } catch {
                throw SQLiteFailure.classified(error, path: path)
            }
        }
        guard try Schema.checkIsCurrent(queue, path: path) else { throw refusal }
    }

    /// - Parameter parameter: `mode=ro`, or `immutable=1` to ignore the log and all locks. Another process may write
    ///   meanwhile, so reads can then be outdated or fail as damaged.
    private static func open(_ path: String, _ parameter: String) throws -> DatabaseQueue {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.prepareDatabase { db in try SchemaCheck.ignoreTriggersAndViews(db) }
        var allowed = CharacterSet.urlPathAllowed
        allowed.remove(charactersIn: "?#%")
        let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
        let queue = try DatabaseQueue(path: "file:\(escaped)?\(parameter)", configuration: configuration)
        // SQLite opens the log at the first read.
        _ = try queue.read { db in try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") }
        return queue
    }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        try await queue.readRecords(path, body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        throw refusal
    }

    package func append(_ event: AuditEvent) async throws { throw refusal }

    package func events(_ selection: AuditSelection) async throws -> [AuditEvent] {
        try await read { reading in try reading.auditRecords(selection).map { try $0.event() } }
    }
}

extension DatabaseQueue {
    /// Reads a store that is never written through this queue.
    ///
    /// - Parameter path: The subject of errors.
    func readRecords<T: Sendable>(
        _ path: String, _ body: @Sendable (any StoreReading) throws -> T
    ) async throws -> T {
        do {
            return try await withoutActuallyEscaping(body) { body in
                try await read { db in try body(RecordTable(db: db, writer: AuditWriter(name: "", instance: ""))) }
            }
        } catch {
            throw SQLiteFailure.classified(error, path: path)
        }
    }
}
