package import ConnectedApp
internal import Synchronization

/// The store of a command that must do its work whatever state the store is in: it is opened when it is used, and again
/// after that failed. While it cannot be opened, it is read as it lies there.
package final class LateSQLiteStore: RecordStore, AuditLog {
    private let path: String
    private let auditWriter: AuditWriter
    private let opened = Mutex<SQLiteStore?>(nil)

    /// Shorter than usual: what such a command writes is safe elsewhere by then.
    private static let busyTimeout: Duration = .seconds(2)

    package init(path: String, auditWriter: AuditWriter) {
        self.path = path
        self.auditWriter = auditWriter
    }

    private func store() throws -> SQLiteStore {
        try opened.withLock { opened in
            if let opened { return opened }
            let store = try SQLiteStore(
                path: path, mayCreate: false, busyTimeout: Self.busyTimeout, auditWriter: auditWriter)
            opened = store
            return store
        }
    }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        let store: SQLiteStore
        do { store = try self.store() } catch let failure {
            // Why it cannot be opened says more than why it cannot be read either.
            guard let snapshot = try? SQLiteSnapshot(path: path) else { throw failure }
            return try await snapshot.read(body)
        }
        return try await store.read(body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        try await store().write(body)
    }

    package func append(_ event: AuditEvent) async throws { try await store().append(event) }

    package func events(_ selection: AuditSelection) async throws -> [AuditEvent] {
        try await read { reading in try reading.auditRecords(selection).map { try $0.event() } }
    }

    package func close() throws { try opened.withLock { try $0?.close() } }
}
