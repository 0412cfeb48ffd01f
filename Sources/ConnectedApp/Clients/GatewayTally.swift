internal import MetadataGateway
internal import Synchronization

/// Counts what the gateway of this process did since it started, for metrics.
package final class GatewayTally: Sendable {
    /// What became of a call with a handle.
    package enum Result: String, Sendable, CaseIterable {
        case forwarded
        case readOnly = "read_only"
        case notAllowed = "not_allowed"
        case blocked, budget
        /// The org could not be reached or refused the sign-in, or the store failed.
        case failed

        init(_ code: Refusal.Code) {
            self =
                switch code {
                case .readOnly: .readOnly
                case .notAllowed: .notAllowed
                case .blocked: .blocked
                case .budget: .budget
                }
        }
    }

    /// A connection and a result.
    package struct Key: Hashable, Sendable {
        package let connection: String
        package let result: Result
    }

    package struct Counts: Sendable {
        package fileprivate(set) var calls: [Key: Int] = [:]
        /// Calls without a handle that exists.
        package fileprivate(set) var strangers = 0
        package fileprivate(set) var exchanges = 0
        package fileprivate(set) var refusedExchanges = 0
    }

    private let state = Mutex(Counts())

    package init() {}

    package var counts: Counts { state.withLock { $0 } }

    func count(_ result: Result, of connection: Alias) {
        state.withLock { $0.calls[Key(connection: connection.description, result: result), default: 0] += 1 }
    }

    func countStranger() { state.withLock { $0.strangers += 1 } }

    func countExchange(isGranted: Bool) {
        state.withLock { counts in
            if isGranted { counts.exchanges += 1 } else { counts.refusedExchanges += 1 }
        }
    }
}
