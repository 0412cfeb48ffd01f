internal import Synchronization

/// Counts calls, also those of tasks that run at the same time.
final class CallCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add() { count.withLock { $0 += 1 } }
}
