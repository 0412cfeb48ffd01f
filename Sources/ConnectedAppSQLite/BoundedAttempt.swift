internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// Work in its own thread with a bounded wait. SQLite cannot be interrupted while it waits for a lock on the log's
/// index.
final class BoundedAttempt<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let hasEnded = DispatchSemaphore(value: 0)

    /// Starts the work.
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

    /// Waits for the result.
    ///
    /// - Throws: The error of the work, or ``ConnectedAppError`` with `.storeBusy` if it has not ended in time. The
    ///   work then continues.
    func value(within patience: Duration, subject: String) throws -> Value {
        let parts = patience.components
        let nanoseconds = Int(parts.seconds) * 1_000_000_000 + Int(parts.attoseconds / 1_000_000_000)
        guard hasEnded.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else {
            throw ConnectedAppError(.storeBusy, subject: subject)
        }
        // Lets the next caller continue too.
        hasEnded.signal()
        guard let result = result.withLock({ $0 }) else { throw ConnectedAppError(.internalError) }
        return try result.get()
    }
}
