internal import Synchronization

/// The connections whose pulls are to run in this process, and those whose pulls run.
final class PullQueue: Sendable {
    struct Order: Sendable {
        let alias: String
        let principal: Principal
    }

    private enum Place {
        case waiting
        case running(PullStatusView.Progress?)
    }

    /// Each order once, in the order in which they came. For one reader.
    let orders: AsyncStream<Order>
    private let continuation: AsyncStream<Order>.Continuation
    private let places = Mutex<[String: Place]>([:])

    init() { (orders, continuation) = AsyncStream.makeStream() }

    /// Adds a connection unless it is in the queue, or its pull runs.
    func add(_ order: Order) {
        let isNew = places.withLock { places in
            guard places[order.alias] == nil else { return false }
            places[order.alias] = .waiting
            return true
        }
        if isNew { continuation.yield(order) }
    }

    func begin(_ alias: String) { places.withLock { $0[alias] = .running(nil) } }

    func note(_ progress: PullStatusView.Progress, of alias: String) {
        places.withLock { $0[alias] = .running(progress) }
    }

    func end(_ alias: String) { places.withLock { $0[alias] = nil } }

    /// Where a connection's pull is; `nil` if it neither waits nor runs.
    func place(of alias: String) -> (state: PullStatusView.State, progress: PullStatusView.Progress?)? {
        switch places.withLock({ $0[alias] }) {
        case .waiting: (.waiting, nil)
        case .running(let progress): (.running, progress)
        case nil: nil
        }
    }
}
