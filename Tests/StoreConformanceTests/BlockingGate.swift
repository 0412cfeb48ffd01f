import Foundation
import Synchronization

/// Holds a transaction open, which is no asynchronous code, until a test lets it go.
final class BlockingGate: Sendable {
    private let isOpen = DispatchSemaphore(value: 0)
    private let entry = AsyncStream<Void>.makeStream()

    func enterAndWait() {
        entry.continuation.finish()
        isOpen.wait()
    }

    /// Returns once somebody waits inside.
    func entered() async { for await _ in entry.stream {} }

    func open() { isOpen.signal() }
}
