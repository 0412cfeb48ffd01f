import Foundation
import Synchronization

/// Keeps a synchronous transaction open until a test releases it.
final class BlockingGate: Sendable {
    private let isOpen = DispatchSemaphore(value: 0)
    private let entry = AsyncStream<Void>.makeStream()

    /// Blocks the thread until ``open()`` is called. Call it once, inside the transaction.
    func enterAndWait() {
        entry.continuation.finish()
        isOpen.wait()
    }

    /// Returns when somebody waits inside.
    func entered() async { for await _ in entry.stream {} }

    func open() { isOpen.signal() }
}
