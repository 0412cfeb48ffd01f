internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// Work in a thread of its own that nobody has to wait for until it ends: SQLite cannot be interrupted while it waits for a
/// lock on the index of the log.
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

    /// - Throws: What the work threw, or ``ConnectedAppError`` with `.storeBusy` if it has not ended by then. It goes on.
    func value(within patience: Duration, subject: String) throws -> Value {
        let parts = patience.components
        let nanoseconds = Int(parts.seconds) * 1_000_000_000 + Int(parts.attoseconds / 1_000_000_000)
        guard hasEnded.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else {
            throw ConnectedAppError(.storeBusy, subject: subject)
        }
        // For the next who waits.
        hasEnded.signal()
        guard let result = result.withLock({ $0 }) else { throw ConnectedAppError(.internalError) }
        return try result.get()
    }
}
