package import ConnectedApp
internal import Foundation
internal import GRDB

/// The store's file as it lies there, where SQLite cannot open it as usual because the disk has no room for its log.
/// Shows, and takes nothing.
///
/// Only good while no process has the store open: what one has in its log is not in the file yet. One that has it open
/// has made room for the log, and then the store can be opened as usual.
package final class SQLiteSnapshot: RecordStore, AuditLog {
    private let queue: DatabaseQueue
    private let path: String

    /// - Throws: ``ConnectedAppError``, as ``SQLiteStore`` does.
    package init(path: String) throws {
        self.path = path
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        var allowed = CharacterSet.urlPathAllowed
        allowed.remove(charactersIn: "?#%")
        let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
        do { queue = try DatabaseQueue(path: "file:\(escaped)?immutable=1", configuration: configuration) } catch {
            throw SQLiteFailure.classified(error, path: path)
        }
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
