internal import Synchronization

/// Counts calls to an org's API, also those of tasks that run at the same time.
final class CallCount: Sendable {
    private struct State {
        var count = 0
        var most: Int?
        /// How many calls the pull is known to need in all.
        var needed = 0
    }

    private let state = Mutex(State())

    var value: Int { state.withLock { $0.count } }

    /// Allows at most this many calls in all. The lowest of several limits counts.
    func limit(to most: Int) { state.withLock { $0.most = min($0.most ?? most, most) } }

    /// Says how many calls are known to be needed besides those that were made.
    func expect(_ more: Int) { state.withLock { $0.needed = $0.count + more } }

    /// Counts a call that is about to be made.
    ///
    /// - Throws: ``ConnectedAppError`` with `.apiCallBudgetUsed` if no more calls are allowed.
    func add() throws(ConnectedAppError) {
        let refused = state.withLock { state -> State? in
            if let most = state.most, state.count >= most { return state }
            state.count += 1
            return nil
        }
        guard let refused else { return }
        let needed = max(refused.needed, refused.count + 1)
        throw ConnectedAppError(
            .apiCallBudgetUsed,
            detail:
                "The pull has made \(refused.count) API calls, which is as many as it may. It needs at least \(needed).",
            evidence: ["apiCalls": String(refused.count), "neededAtLeast": String(needed)])
    }
}

extension MetadataReader {
    /// The part of the org's daily API requests that a pull leaves to others: one in 20.
    private static let reservedPart = 20

    /// Limits the calls of a pull to those that are given, and to those that the org has left.
    func limitCalls(to most: Int?) async throws {
        if let most { calls.limit(to: most) }
        let granted = try await api.tokens.token()
        let version = try await OrgAPI.highestVersion(at: granted.instance, transport: api.transport)
        try calls.add()
        let daily = try await api.dailyAPIRequests(version)
        calls.limit(to: calls.value + max(0, daily.remaining - daily.limit / Self.reservedPart))
    }
}
