import Foundation
import Synchronization

/// Blocks a transaction, which is synchronous code, until a test opens the gate.
final class BlockingGate: Sendable {
    private let isOpen = DispatchSemaphore(value: 0)
    private let entry = AsyncStream<Void>.makeStream()

    func enterAndWait() {
        entry.continuation.finish()
        isOpen.wait()
    }

    /// Returns when a transaction waits at the gate.
    func entered() async { for await _ in entry.stream {} }

    func open() { isOpen.signal() }
}
