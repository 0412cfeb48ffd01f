package import ConnectedApp
internal import Foundation
internal import GRDB
internal import GRDBSQLite

extension SQLiteStore {
    /// Returns the bytes of a consistent copy of the whole store, even during writes. The copy is never written to disk.
    ///
    /// - Throws: ``ConnectedAppError`` like ``SQLiteStore``.
    package func image() throws -> [UInt8] {
        do {
            return try pool.read { db in
                var size: sqlite3_int64 = 0
                guard let bytes = sqlite3_serialize(db.sqliteConnection, "main", &size, 0) else {
                    throw DatabaseError(resultCode: .SQLITE_NOMEM)
                }
                defer { sqlite3_free(bytes) }
                var image = Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
                // Turns WAL mode off in the copy, because the copy has no log ("Database File Format", 1.3). When a
                // store is opened from it, that turns the mode on again.
                if image.count > 19 { (image[18], image[19]) = (1, 1) }
                return image
            }
        } catch {
            throw SQLiteFailure.classified(error, path: pool.path)
        }
    }
}

/// A store in memory, created from the bytes of a store file, for checking and restoring a backup. The bytes are not
/// trusted. It can only be read.
package final class SQLiteImage: StoreImage {
    private let queue: DatabaseQueue

    /// Copies the bytes into memory and migrates the copy to the present tables.
    ///
    /// - Throws: ``ConnectedAppError`` with `.storeDamaged` if the bytes are not a store or its schema was changed, or `.storeNewer` if a newer
    ///   version of aprity wrote them.
    package init(_ bytes: [UInt8]) throws {
        do {
            queue = try DatabaseQueue()
            try queue.inDatabase { db in
                try SchemaCheck.ignoreTriggersAndViews(db)
                try Self.fill(db, bytes)
            }
            try Schema.migrate(queue, path: "the backup's store")
        } catch {
            throw SQLiteFailure.classified(error, path: "the backup's store")
        }
    }

    private static func fill(_ db: Database, _ bytes: [UInt8]) throws {
        let count = UInt64(bytes.count)
        guard let memory = sqlite3_malloc64(max(count, 1)) else { throw DatabaseError(resultCode: .SQLITE_NOMEM) }
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { memory.copyMemory(from: start, byteCount: bytes.count) }
        }
        // SQLite owns the memory from here on, even if this call fails.
        let code = sqlite3_deserialize(
            db.sqliteConnection, "main", memory.assumingMemoryBound(to: UInt8.self), Int64(count), Int64(count),
            UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE))
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        db.clearSchemaCache()
    }

    package func integrityErrors() throws -> [String] {
        do {
            return try queue.read { db in
                try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            }
        } catch {
            throw SQLiteFailure.classified(error, path: "the backup's store")
        }
    }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        try await queue.readRecords("the backup's store", body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        throw ConnectedAppError(.internalError)
    }
}
