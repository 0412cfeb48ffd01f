package import ConnectedApp
internal import Foundation
internal import GRDB

/// Reads the store file when SQLite cannot open it as usual: the disk is full, or another process holds the lock. Read-only.
///
/// If reading with the log fails and the log is missing or empty, only the database file is read.
package final class SQLiteSnapshot: RecordStore, AuditLog {
    private let queue: DatabaseQueue
    private let path: String

    /// How long SQLite may take to open the file. It waits up to ten seconds for a process that was stopped while it
    /// prepared the index of the log.
    private static let patience: Duration = .milliseconds(1_500)

    /// - Throws: ``ConnectedAppError``, as ``SQLiteStore`` does.
    package init(path: String) throws {
        self.path = path
        try StoreFile.check(path)
        do {
            queue = try BoundedAttempt { try Self.open(path, "mode=ro") }.value(within: Self.patience, subject: path)
        } catch {
            // Without its log the file could be an old state: a connection may be in the log only.
            guard StoreFile.hasEmptyLog(path) else { throw SQLiteFailure.classified(error, path: path) }
            do { queue = try Self.open(path, "immutable=1") } catch {
                throw SQLiteFailure.classified(error, path: path)
            }
        }
    }

    private static func open(_ path: String, _ parameter: String) throws -> DatabaseQueue {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        var allowed = CharacterSet.urlPathAllowed
        allowed.remove(charactersIn: "?#%")
        let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
        let queue = try DatabaseQueue(path: "file:\(escaped)?\(parameter)", configuration: configuration)
        // The log is looked for at the first reading.
        _ = try queue.read { db in try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") }
        return queue
    }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        do {
            return try await withoutActuallyEscaping(body) { body in
                try await queue.read { db in
                    try body(RecordTable(db: db, writer: AuditWriter(name: "", instance: "")))
                }
            }
        } catch {
            throw SQLiteFailure.classified(error, path: path)
        }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        throw ConnectedAppError(.diskFull, subject: path)
    }

    package func append(_ event: AuditEvent) async throws { throw ConnectedAppError(.diskFull, subject: path) }

    package func events(_ selection: AuditSelection) async throws -> [AuditEvent] {
        try await read { reading in try reading.auditRecords(selection).map { try $0.event() } }
    }
}
