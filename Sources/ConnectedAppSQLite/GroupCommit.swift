internal import ConnectedApp
internal import GRDB
internal import Synchronization

/// Writes that come while a commit is under way share the next one: a commit costs the disk one wait, however many
/// wait for it.
///
/// Each write runs in a savepoint of its own, so one that fails takes nothing of its neighbours with it.
actor GroupCommit {
    private let pool: DatabasePool
    private var waiting: [Write] = []
    private var isCommitting = false

    /// More than these make a commit no cheaper each, and hold up the readers of a long log.
    private static let largest = 256

    /// One write, its kinds of results out of sight.
    private struct Write: Sendable {
        /// Runs inside the transaction, and keeps what came of it.
        let perform: @Sendable (Database) throws -> Void
        /// Tells the caller, when the commit is on disk, or with why it is not.
        let end: @Sendable ((any Error)?) -> Void
    }

    init(pool: DatabasePool) { self.pool = pool }

    func run<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = Outcome<T>()
            waiting.append(
                Write(
                    perform: { db in try outcome.keep { try Self.inSavepoint(db, body) } },
                    end: { failure in continuation.resume(with: outcome.result(failure)) }))
            guard !isCommitting else { return }
            isCommitting = true
            Task { await self.commitAll() }
        }
    }

    /// What a write brought, until its transaction is on disk.
    private final class Outcome<T: Sendable>: Sendable {
        private let kept = Mutex<Result<T, any Error>?>(nil)

        /// - Throws: Only what spoils the transaction for everybody in it.
        func keep(_ body: () throws -> T) throws {
            let result: Result<T, any Error>
            do { result = .success(try body()) } catch let error as Spoiled {
                throw error.reason
            } catch {
                result = .failure(error)
            }
            kept.withLock { $0 = result }
        }

        func result(_ failure: (any Error)?) -> Result<T, any Error> {
            let kept = kept.withLock { $0 }
            // A write that failed by itself says why, whatever became of the others.
            if case .failure(let own)? = kept { return .failure(own) }
            if let failure { return .failure(failure) }
            return kept ?? .failure(ConnectedAppError(.internalError))
        }
    }

    /// SQLite ended the whole transaction (a full disk does that), so nobody's writes are kept.
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

    private func commitAll() async {
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(Self.largest))
            waiting.removeFirst(batch.count)
            let failure = await commit(batch)
            for write in batch { write.end(failure) }
        }
        isCommitting = false
    }

    private func commit(_ batch: [Write]) async -> (any Error)? {
        do {
            try await pool.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    for write in batch { try write.perform(db) }
                    return .commit
                }
            }
            return nil
        } catch {
            return error
        }
    }
}
