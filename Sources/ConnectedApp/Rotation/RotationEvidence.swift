package import Foundation

extension Rotation {
    /// What the org's servers answered since the state was entered.
    package struct Evidence: Codable, Sendable, Equatable {
        /// Whose signature was taken last, by any server; of an earlier state too.
        package internal(set) var lastAccepted: String?
        /// When a server last answered as it must not in the end: took the key that goes, or refused the one that stays.
        package internal(set) var lastStale: Date?
        /// Answers since then in which the key that stays was taken.
        package internal(set) var taken = 0
        /// Answers since then in which the key that goes was refused.
        package internal(set) var counterRefused = 0
        /// When the first answer since then came.
        package internal(set) var agreesSince: Date?
        /// When one server last refused both keys.
        package internal(set) var neitherAt: Date?
        /// The last answer of all.
        package internal(set) var lastAnswer: Date?

        init(lastAccepted: String? = nil) { self.lastAccepted = lastAccepted }

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

        /// An answer that proves nothing for or against.
        mutating func mention(_ id: String, isAccepted: Bool, at now: Date) {
            lastAnswer = now
            guard isAccepted else { return }
            lastAccepted = id
            neitherAt = nil
        }
    }

    /// Answers in which the new key must have been taken, and the old one refused, without a stale one between.
    package static let takenNeeded = 16
    /// A second app has no counter-probe.
    package static let takenNeededOfTwoApps = 32
    package static let counterRefusedNeeded = 12
    /// A change takes 2 to 10 minutes to reach every server; so long nothing stale may have been seen.
    package static let window: TimeInterval = 600
    /// The least time that the old key is kept and tried after the new one is proven.
    package static let leastRetirement: TimeInterval = 86_400

    /// Whether every server may be taken to trust the new key alone.
    package func isProven(at now: Date) -> Bool {
        isWindowOver(at: now) && (hasTwoApps || evidence.counterRefused >= Self.counterRefusedNeeded)
    }

    /// The new key was taken often and long enough; what is left is to see that the old one is refused.
    func isWindowOver(at now: Date) -> Bool {
        guard let since = evidence.agreesSince else { return false }
        let needed = hasTwoApps ? Self.takenNeededOfTwoApps : Self.takenNeeded
        return evidence.taken >= needed && now.timeIntervalSince(since) >= Self.window
    }

    /// How many answers the state waits for: in which the new key is taken, and in which the old one is refused.
    package func answersNeeded(at now: Date) -> (taken: Int, counterRefused: Int) {
        switch state {
        case .steady, .generating, .prepared, .publishing, .destroying: (0, 0)
        case .proving:
            hasTwoApps ? (Self.takenNeededOfTwoApps, 0) : (Self.takenNeeded, Self.counterRefusedNeeded)
        case .retiring(_, _, let until): (0, now < until || isOfUnknownApp ? 0 : Self.counterRefusedNeeded)
        }
    }

    /// Whether the old key was seen to be refused by every server that was met, again, at the end of its retirement.
    func mayDestroy(at now: Date) -> Bool { isOfUnknownApp || evidence.counterRefused >= Self.counterRefusedNeeded }

    /// A key that was given up before its second app's Consumer Key was told: it cannot be tried anywhere.
    private var isOfUnknownApp: Bool { isGivenUp && hasTwoApps }

    /// Whether an answer speaks against the end of the rotation: the key that goes was taken, or the one that stays was
    /// refused.
    func isContradicted(by event: Event) -> Bool {
        switch event {
        case .accepted(let id): id != state.wanted
        case .refused(let id): id == state.wanted
        case .begun, .made, .uploadTold, .neitherAccepted, .proven, .rollbackTold, .abandoned, .oldCompromised,
            .destructionBegan, .destroyed:
            false
        }
    }

    /// The chance that one stale server among `servers` would not have been met by the answers since the last stale one,
    /// each of which came over a connection of its own.
    package func missChance(servers: Int = 8) -> Double {
        pow(1 - 1 / Double(servers), Double(evidence.taken + evidence.counterRefused))
    }
}
