package import ConnectedApp
internal import Synchronization

/// A store that is opened late, for commands that must work even if the store is damaged or locked, such as
/// `aprity block`.
///
/// The first write opens it. If that fails, the next write tries again. Until it is open, reads use an
/// ``SQLiteSnapshot``. If that fails for a reason other than a lock, the read opens the store. The store is never
/// created.
package final class DeferredSQLiteStore: RecordStore, AuditLog {
    private let path: String
    private let auditWriter: AuditWriter
    private let opened = Mutex<SQLiteStore?>(nil)
    /// An attempt to open the store that may still be running.
    private let pending = Mutex<BoundedAttempt<SQLiteStore>?>(nil)

    /// How long SQLite waits for a lock. Short, because the block is already in the order file when the store is
    /// opened.
    private static let busyTimeout: Duration = .seconds(2)
    /// How long to wait for the store to open. Longer than the timeout for a lock, because the lock may be acquired at
    /// the end of that timeout.
    private static let patience: Duration = .seconds(3)

    package init(path: String, auditWriter: AuditWriter) {
        self.path = path
        self.auditWriter = auditWriter
    }

    private func store() throws -> SQLiteStore {
        if let store = opened.withLock({ $0 }) { return store }
        let attempt = pending.withLock { pending in
            let attempt =
                pending
                ?? BoundedAttempt { [path, auditWriter] in
                    try SQLiteStore(
                        path: path, mayCreate: false, busyTimeout: Self.busyTimeout, auditWriter: auditWriter)
                }
            pending = attempt
            return attempt
        }
        do {
            let store = try attempt.value(within: Self.patience, subject: path)
            opened.withLock { $0 = store }
            return store
        } catch {
            // The next caller waits for an attempt that is still running, and repeats one that failed.
            if attempt.hasFailed { pending.withLock { if $0 === attempt { $0 = nil } } }
            throw error
        }
    }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        if let store = opened.withLock({ $0 }) { return try await store.read(body) }
        // Reading a snapshot needs no lock, but opening the store would wait for a lock of another process.
        let snapshot: SQLiteSnapshot
        do {
            snapshot = try SQLiteSnapshot(path: path, refusal: ConnectedAppError(.storeUnwritable, subject: path))
        } catch let error as ConnectedAppError
            where error.cause == .storeBusy
        {
            throw error
        } catch {
            return try await store().read(body)
        }
        return try await snapshot.read(body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
        try await store().write(body)
    }

    package func eraseRemoved(within patience: Duration) async throws -> Bool {
        try await store().eraseRemoved(within: patience)
    }

    package func append(_ event: AuditEvent) async throws { try await store().append(event) }

    package func events(_ selection: AuditSelection) async throws -> [AuditEvent] {
        try await read { reading in try reading.auditRecords(selection).map { try $0.event() } }
    }

    package func close() throws { try opened.withLock { try $0?.close() } }
}
