internal import Foundation

extension Rotation {
    /// The answers of the org's servers since the state began. Stored; the names of properties must not change.
    ///
    /// An answer is stale if a server accepted the key to be replaced, or refused the key to keep
    /// (``Rotation/State/wanted``). A stale answer resets ``taken``, ``counterRefused`` and ``agreesSince``.
    struct Evidence: Codable, Sendable, Equatable {
        /// The key that any server accepted last, even in an earlier state.
        var lastAccepted: String?
        /// The time of the last stale answer; `nil` if there is none.
        var lastStale: Date?
        /// The number of answers since the last stale one that accepted the key to keep.
        var taken = 0
        /// The number of answers since the last stale one that refused the key to be replaced.
        var counterRefused = 0
        /// The time of the first answer since the last stale one; `nil` if there is none.
        var agreesSince: Date?
        /// When one server last refused both keys; `nil` if it never did, or if a key was accepted since.
        var neitherAt: Date?
        /// The time of the last answer of any kind.
        var lastAnswer: Date?

        init(lastAccepted: String? = nil) { self.lastAccepted = lastAccepted }

        /// Adds an answer.
        ///
        /// - Parameters:
        ///   - id: The key that signed.
        ///   - isWanted: `false` if the answer is stale.
        mutating func add(isAccepted: Bool, of id: String, isWanted: Bool, at now: Date) {
            noteUncounted(id, isAccepted: isAccepted, at: now)
            guard isWanted else {
                lastStale = now
                (taken, counterRefused, agreesSince) = (0, 0, nil)
                return
            }
            agreesSince = agreesSince ?? now
            if isAccepted { taken += 1 } else { counterRefused += 1 }
        }

        /// Notes an answer without counting it.
        mutating func noteUncounted(_ id: String, isAccepted: Bool, at now: Date) {
            lastAnswer = now
            guard isAccepted else { return }
            lastAccepted = id
            neitherAt = nil
        }
    }

    /// How many answers must accept the key to keep, without a stale answer in between.
    static let takenNeeded = 16
    /// The same for a second app. It needs more, because its proof does not include refusals of the other key.
    static let takenNeededOfTwoApps = 32
    /// How many answers must refuse the key to be replaced, without a stale answer in between.
    static let counterRefusedNeeded = 12
    /// For how many seconds there must be no stale answer. A change takes 2 to 10 minutes to reach every server.
    static let agreementSeconds: TimeInterval = 600
    /// The minimum number of seconds for which a former or given-up key is kept and tried.
    static let leastRetirement: TimeInterval = 86_400

    /// Returns whether the evidence suffices to conclude that every server trusts only the key to keep. With two apps,
    /// the other app may still trust the other key.
    func isProven(at now: Date) -> Bool {
        isWindowOver(at: now) && (hasTwoApps || evidence.counterRefused >= Self.counterRefusedNeeded)
    }

    /// Returns whether the key to keep was accepted often and long enough. In one app, the proof then only lacks
    /// refusals of the other key.
    func isWindowOver(at now: Date) -> Bool {
        guard let since = evidence.agreesSince else { return false }
        let needed = hasTwoApps ? Self.takenNeededOfTwoApps : Self.takenNeeded
        return evidence.taken >= needed && now.timeIntervalSince(since) >= Self.agreementSeconds
    }

    /// Returns how many answers the state needs that accept the key to keep, and how many that refuse the other key. 0
    /// means that the state does not wait for such answers.
    func answersNeeded(at now: Date) -> (taken: Int, counterRefused: Int) {
        switch state {
        case .steady, .generating, .prepared, .publishing, .destroying: (0, 0)
        case .proving:
            hasTwoApps ? (Self.takenNeededOfTwoApps, 0) : (Self.takenNeeded, Self.counterRefusedNeeded)
        case .retiring(_, _, let until): (0, now < until || isOfUnknownApp ? 0 : Self.counterRefusedNeeded)
        }
    }

    /// Returns whether the servers have refused the old key often enough to destroy it. A key that was given up before
    /// its app was known needs no refusals. Does not check how long the key must be kept.
    func mayDestroy(at now: Date) -> Bool { isOfUnknownApp || evidence.counterRefused >= Self.counterRefusedNeeded }

    /// Whether the key was made for a second app and given up. No Consumer Key of that app is known, so the key cannot
    /// be tried anywhere.
    private var isOfUnknownApp: Bool { isGivenUp && hasTwoApps }

    /// Returns whether an event is a stale answer, which contradicts that the rotation is complete.
    func isContradicted(by event: Event) -> Bool {
        switch event {
        case .accepted(let id): id != state.wanted
        case .refused(let id): id == state.wanted
        case .begun, .nextCreated, .uploadReported, .neitherAccepted, .proven, .rollbackReported, .abandoned,
            .oldCompromised,
            .destructionBegan, .destroyed:
            false
        }
    }

    /// Returns the probability, from 0 to 1, that the answers since the last stale one missed the stale server, if
    /// exactly one of `servers` were stale. Assumes that each answer came from a random server.
    func missChance(servers: Int = 8) -> Double {
        pow(1 - 1 / Double(servers), Double(evidence.taken + evidence.counterRefused))
    }
}
