package import ConnectedApp
internal import Synchronization

/// A block order in memory.
package final class MemoryBlockOrders: BlockOrders {
    private let order = Mutex<BlockOrder?>(nil)

    package init() {}

    package func pending() -> BlockOrder? { order.withLock { $0 } }
    package func give(_ order: BlockOrder) { self.order.withLock { $0 = order } }
    package func clear() { order.withLock { $0 = nil } }
}
