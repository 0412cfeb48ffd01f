package import ConnectedApp
internal import Synchronization

/// The store for a command that must work whatever state the store is in. It is opened at the first write, and again after
/// a failed opening. Until then, the file is read without opening the store.
package final class LateSQLiteStore: RecordStore, AuditLog {
    private let path: String
    private let auditWriter: AuditWriter
    private let opened = Mutex<SQLiteStore?>(nil)
    /// An attempt to open it that was not waited for until its end.
    private let pending = Mutex<BoundedAttempt<SQLiteStore>?>(nil)

    /// Shorter than usual: by then, the block is already in the order file.
    private static let busyTimeout: Duration = .seconds(2)
    /// More than the timeout: the first lock may be had at its end.
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
            // One that goes on is waited for again by the next caller; one that failed is repeated.
            if attempt.hasFailed { pending.withLock { if $0 === attempt { $0 = nil } } }
            throw error
        }
    }

    package func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
        if let store = opened.withLock({ $0 }) { return try await store.read(body) }
        // Reading needs no lock; opening the store would wait for a lock that somebody else holds.
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
