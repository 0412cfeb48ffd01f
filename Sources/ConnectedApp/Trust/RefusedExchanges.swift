internal import Synchronization

/// Limits how often the audit record reports refused exchanges of tokens. Everybody can get a token of some issuers.
final class RefusedExchanges: Sendable {
    /// The least time between two reports.
    private static let pause = Duration.seconds(60)

    private struct State {
        var reportedAt: Duration?
        /// Not reported since.
        var others = 0
    }

    private let state = Mutex(State())

    /// Counts a refusal.
    ///
    /// - Returns: How many were not reported since the last report; `nil` if this one is not to be reported.
    func count(at uptime: Duration) -> Int? {
        state.withLock { state in
            if let last = state.reportedAt, uptime - last < Self.pause {
                state.others += 1
                return nil
            }
            defer { state = State(reportedAt: uptime) }
            return state.others
        }
    }
}
