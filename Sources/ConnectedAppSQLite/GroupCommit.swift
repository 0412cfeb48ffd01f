internal import ConnectedApp
internal import Dispatch
internal import GRDB
internal import Synchronization

/// Groups concurrent writes into one commit. Writes that arrive during a commit share the next one, so that they wait
/// for the disk only once.
///
/// Writes that share a commit have a savepoint each, so a failed write does not affect the others. They run in the order
/// of their arrival.
///
/// A thread of its own waits for the disk. It runs one transaction after the other, without a change of threads between
/// them.
final class GroupCommit: Sendable {
    private let pool: DatabasePool
    private let queue = DispatchQueue(label: "commits")
    private let state = Mutex(State())

    private struct State {
        var waiting: [Write] = []
        var isCommitting = false
    }

    /// The maximum number of writes in a commit. More would not make each write cheaper, and the longer log would slow
    /// down readers.
    private static let batchLimit = 256

    /// A write with its result type erased.
    private struct Write: Sendable {
        /// Runs the write in the transaction and stores its outcome. `isAlone`: no other write shares the transaction, so
        /// a failure may roll it back.
        let perform: @Sendable (_ db: Database, _ isAlone: Bool) throws -> Void
        /// Resumes the caller. The argument is the error of the commit; `nil` if it succeeded.
        let end: @Sendable ((any Error)?) -> Void
    }

    init(pool: DatabasePool) { self.pool = pool }

    /// Runs a write and returns its result after the commit, when it is on disk. The write continues if the task is
    /// cancelled.
    ///
    /// - Throws: The error of `body`, in which case its changes are rolled back, or the error of the commit.
    func run<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = Outcome<T>()
            let write = Write(
                perform: { db, isAlone in
                    try isAlone ? outcome.runAlone { try body(db) } : outcome.run { try Self.inSavepoint(db, body) }
                },
                end: { failure in continuation.resume(with: outcome.result(failure)) })
            let isFirst = state.withLock { state in
                state.waiting.append(write)
                defer { state.isCommitting = true }
                return !state.isCommitting
            }
            if isFirst { queue.async { self.commitAll() } }
        }
    }

    /// The outcome of a write until its transaction is committed.
    private final class Outcome<T: Sendable>: Sendable {
        private let stored = Mutex<Result<T, any Error>?>(nil)

        /// Runs a write and stores its outcome. It throws only an error that ends the whole transaction.
        func run(_ body: () throws -> T) throws {
            let result: Result<T, any Error>
            do { result = .success(try body()) } catch let error as Spoiled {
                throw error.reason
            } catch {
                result = .failure(error)
            }
            stored.withLock { $0 = result }
        }

        /// Runs a write that has the transaction for itself, and stores its outcome.
        ///
        /// - Throws: Every error, so that the transaction is rolled back.
        func runAlone(_ body: () throws -> T) throws {
            let result = Result { try body() }
            stored.withLock { $0 = result }
            _ = try result.get()
        }

        func result(_ failure: (any Error)?) -> Result<T, any Error> {
            let stored = stored.withLock { $0 }
            // The write's own error takes precedence over that of the commit.
            if case .failure(let own)? = stored { return .failure(own) }
            if let failure { return .failure(failure) }
            return stored ?? .failure(ConnectedAppError(.internalError))
        }
    }

    /// The error of a write for which SQLite rolled back the whole transaction, for example because the disk is full.
    /// The other writes of the commit are lost too.
    private struct Spoiled: Error {
        let reason: any Error
    }

    private static func inSavepoint<T>(_ db: Database, _ body: (Database) throws -> T) throws -> T {
        try db.run(sql: "SAVEPOINT one")
        do {
            let result = try body(db)
            try db.run(sql: "RELEASE one")
            return result
        } catch {
            guard db.isInsideTransaction else { throw Spoiled(reason: error) }
            do { try db.execute(sql: "ROLLBACK TO one; RELEASE one") } catch { throw Spoiled(reason: error) }
            throw error
        }
    }

    private func commitAll() {
        while let batch = nextBatch() {
            let failure = commit(batch)
            for write in batch { write.end(failure) }
        }
    }

    /// - Returns: `nil` if no write is waiting. The next one starts the thread again.
    private func nextBatch() -> [Write]? {
        state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.batchLimit))
            state.waiting.removeFirst(batch.count)
            state.isCommitting = !batch.isEmpty
            return batch.isEmpty ? nil : batch
        }
    }

    private func commit(_ batch: [Write]) -> (any Error)? {
        do {
            try pool.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    for write in batch { try write.perform(db, batch.count == 1) }
                    return .commit
                }
            }
            return nil
        } catch {
            return error
        }
    }
}
