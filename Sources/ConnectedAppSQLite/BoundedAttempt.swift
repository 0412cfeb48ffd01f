internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// Runs work in its own thread, so that callers need not wait for it forever. SQLite cannot be interrupted while it
/// waits for a lock on the log's index.
final class BoundedAttempt<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let hasEnded = DispatchSemaphore(value: 0)

    /// Starts the work. It runs to its end even if nobody waits for it.
    init(_ work: @escaping @Sendable () throws -> Value) {
        Thread.detachNewThread { [self] in
            let result = Result { try work() }
            self.result.withLock { $0 = result }
            hasEnded.signal()
        }
    }

    /// Whether the work has ended with an error.
    var hasFailed: Bool {
        result.withLock { result in
            if case .failure = result { true } else { false }
        }
    }

    /// Waits for the result, blocking the thread. Several callers may wait, also one after another.
    ///
    /// - Parameters:
    ///   - patience: The maximum time to wait.
    ///   - subject: The subject of the error `.storeBusy`.
    /// - Throws: The error of the work, or ``ConnectedAppError`` with `.storeBusy` if the work has not ended in time.
    ///   The work then continues.
    func value(within patience: Duration, subject: String) throws -> Value {
        let parts = patience.components
        let nanoseconds = Int(parts.seconds) * 1_000_000_000 + Int(parts.attoseconds / 1_000_000_000)
        guard hasEnded.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else {
            throw ConnectedAppError(.storeBusy, subject: subject)
        }
        // Lets the next caller pass too.
        hasEnded.signal()
        guard let result = result.withLock({ $0 }) else { throw ConnectedAppError(.internalError) }
        return try result.get()
    }
}
