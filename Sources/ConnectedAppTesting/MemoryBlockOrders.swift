package import ConnectedApp
internal import Synchronization

/// Block orders in memory. The services of several processes in a test may share one instance, as real processes share
/// the file.
package final class MemoryBlockOrders: BlockOrders {
    private let content = Mutex(BlockOrderState(fileID: "memory", number: 0, orders: []))

    package init() {}

    package func state() -> BlockOrderState? { content.withLock { $0 } }
    package func createIfMissing() -> BlockOrderState { content.withLock { $0 } }
    package func reseal() {}

    package func give(_ order: BlockOrder, pendingAccordingTo mark: StoreOrderMark) throws -> BlockOrderState {
        try content.withLock { content in
            content = content.adding(order, to: try mark.pendingOrders(in: content))
            return content
        }
    }
}
