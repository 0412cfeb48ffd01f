internal import Foundation

extension Rotation {
    /// The answers of the org's servers since the state began.
    struct Evidence: Codable, Sendable, Equatable {
        /// The key that any server accepted last, even in an earlier state.
        var lastAccepted: String?
        /// The time of the last stale answer: a server accepted the key to be replaced, or refused the key to keep.
        var lastStale: Date?
        /// The number of answers since then that accepted the key to keep.
        var taken = 0
        /// The number of answers since then that refused the key to be replaced.
        var counterRefused = 0
        /// The time of the first answer since then.
        var agreesSince: Date?
        /// When one server last refused both keys.
        var neitherAt: Date?
        /// The time of the last answer of any kind.
        var lastAnswer: Date?

        init(lastAccepted: String? = nil) { self.lastAccepted = lastAccepted }

        /// Adds an answer. One that is not wanted is stale, so the count starts again.
        mutating func add(isAccepted: Bool, of id: String, isWanted: Bool, at now: Date) {
            mention(id, isAccepted: isAccepted, at: now)
            guard isWanted else {
                lastStale = now
                (taken, counterRefused, agreesSince) = (0, 0, nil)
                return
            }
            agreesSince = agreesSince ?? now
            if isAccepted { taken += 1 } else { counterRefused += 1 }
        }

        /// Notes an answer that proves nothing.
        mutating func mention(_ id: String, isAccepted: Bool, at now: Date) {
            lastAnswer = now
            guard isAccepted else { return }
            lastAccepted = id
            neitherAt = nil
        }
    }

    /// How many answers must accept the new key, without a stale answer in between.
    static let takenNeeded = 16
    /// The same for a second app. It needs more, because its proof does not include refusals of the old key.
    static let takenNeededOfTwoApps = 32
    /// How many answers must refuse the old key, without a stale answer in between.
    static let counterRefusedNeeded = 12
    /// Seconds without a stale answer. A change takes 2 to 10 minutes to reach every server.
    static let window: TimeInterval = 600
    /// The minimum number of seconds for which the old key is kept and tried after the new one is proven.
    static let leastRetirement: TimeInterval = 86_400

    /// Returns whether the evidence suffices to conclude that every server trusts only the new key.
    func isProven(at now: Date) -> Bool {
        isWindowOver(at: now) && (hasTwoApps || evidence.counterRefused >= Self.counterRefusedNeeded)
    }

    /// Returns whether the new key was accepted often and long enough. The proof then only lacks refusals of the old
    /// key.
    func isWindowOver(at now: Date) -> Bool {
        guard let since = evidence.agreesSince else { return false }
        let needed = hasTwoApps ? Self.takenNeededOfTwoApps : Self.takenNeeded
        return evidence.taken >= needed && now.timeIntervalSince(since) >= Self.window
    }

    /// Returns how many answers the state needs that accept the new key, and that refuse the old one.
    func answersNeeded(at now: Date) -> (taken: Int, counterRefused: Int) {
        switch state {
        case .steady, .generating, .prepared, .publishing, .destroying: (0, 0)
        case .proving:
            hasTwoApps ? (Self.takenNeededOfTwoApps, 0) : (Self.takenNeeded, Self.counterRefusedNeeded)
        case .retiring(_, _, let until): (0, now < until || isOfUnknownApp ? 0 : Self.counterRefusedNeeded)
        }
    }

    /// Returns whether the servers have again refused the old key at the end of its retirement.
    func mayDestroy(at now: Date) -> Bool { isOfUnknownApp || evidence.counterRefused >= Self.counterRefusedNeeded }

    /// Whether the key was given up before the second app's Consumer Key was known, so that it cannot be tried
    /// anywhere.
    private var isOfUnknownApp: Bool { isGivenUp && hasTwoApps }

    /// Returns whether an answer contradicts the end of the rotation: it accepted the key to be replaced, or refused
    /// the key to keep.
    func isContradicted(by event: Event) -> Bool {
        switch event {
        case .accepted(let id): id != state.wanted
        case .refused(let id): id == state.wanted
        case .begun, .made, .uploadTold, .neitherAccepted, .proven, .rollbackTold, .abandoned, .oldCompromised,
            .destructionBegan, .destroyed:
            false
        }
    }

    /// Returns the probability that the answers since the last stale one missed one stale server among `servers`. Each
    /// answer came over a new connection.
    func missChance(servers: Int = 8) -> Double {
        pow(1 - 1 / Double(servers), Double(evidence.taken + evidence.counterRefused))
    }
}
