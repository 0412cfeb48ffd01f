internal import Foundation

/// The number of sign-ins per user and hour that aprity allows itself, divided by purpose.
///
/// Salesforce accepts 3,600 sign-ins of a user per hour, failed ones included, and then refuses all others, whichever program
/// sends them ("Login rate limit", Salesforce Help, article 000381578).
///
/// The property names are stored; they must not change.
package struct SignInBudget: Codable, Sendable, Equatable {
    /// The maximum for all programs together: 1 through 3,600.
    let perHour: Int
    /// The part of ``perHour`` that is left to other programs that sign in as the same user: at least 0, less than ``perHour``.
    let reserve: Int

    /// The values that ``perHour`` can have.
    package static let perHourRange = 1...3600
    /// The budget of a connection for which none was set.
    package static let standard = SignInBudget(unchecked: 3600, reserve: 360)
    /// The time over which sign-ins are counted, in seconds: one hour.
    static let window: TimeInterval = 3600
    /// How long a measurement of others' sign-ins (``OthersUse``) is used, in seconds: 15 minutes.
    static let estimateLife: TimeInterval = 900

    private init(unchecked perHour: Int, reserve: Int) {
        self.perHour = perHour
        self.reserve = reserve
    }

    /// - Throws: ``ConnectedAppError`` with `.usage` if a number is out of range.
    init(perHour: Int, reserve: Int) throws(ConnectedAppError) {
        guard Self.perHourRange.contains(perHour) else {
            throw ConnectedAppError(
                .usage,
                detail: "Salesforce allows 3,600 sign-ins per user and hour, so --per-hour must be from 1 to 3600.")
        }
        guard (0..<perHour).contains(reserve) else {
            throw ConnectedAppError(
                .usage, detail: "--reserve must be at least 0 and less than --per-hour, which is \(perHour).")
        }
        self.init(unchecked: perHour, reserve: reserve)
    }

    /// The sign-ins per hour that aprity may use for all purposes.
    var own: Int { perHour - reserve }

    /// Returns the sign-ins per hour for one purpose: at least 1. No purpose can use the share of another one. If ``own`` is less than
    /// 3, the shares add up to more than ``own``.
    func share(of purpose: SignInPurpose) -> Int {
        switch purpose {
        // Even a small budget leaves enough sign-ins to diagnose why it does not suffice.
        case .diagnosis: max(1, own / 20, min(20, own / 5))
        case .rotation: max(1, own / 10)
        case .use: max(1, own - share(of: .diagnosis) - share(of: .rotation))
        }
    }

    /// Returns the sign-ins per hour that remain for a purpose if other programs make `others` sign-ins. What they make beyond
    /// the reserve is deducted from ordinary use only.
    func limit(of purpose: SignInPurpose, others: Int) -> Int {
        guard purpose == .use else { return share(of: purpose) }
        return max(0, share(of: .use) - max(0, others - reserve))
    }

    /// Checks that one more sign-in is within the budget. Call it in the transaction that adds the sign-in to the ledger.
    ///
    /// - Parameter accounts: The names under which the user may be in the ledger.
    /// - Throws: ``ConnectedAppError`` with `.signInBudgetUsed`, which says when the next one is possible, or the errors of the
    ///   store.
    func check(_ purpose: SignInPurpose, of accounts: [SignInAccount], now: Date, _ ledger: any SignInReading) throws {
        let since = now.addingTimeInterval(-Self.window)
        let others = try ledger.othersUse(of: accounts).flatMap { $0.isRecent(now) ? $0.count : nil }
        let limit = limit(of: purpose, others: others ?? 0)
        let used = try ledger.signIns(of: accounts, for: [purpose], since: since)
        guard used >= limit else { return }
        // Another sign-in is possible when the one with this index, counted from the oldest, is an hour old.
        let oldest = try ledger.startOfSignIn(max(0, used - limit), of: accounts, for: [purpose], since: since)
        let again = (oldest ?? now).addingTimeInterval(Self.window)
        throw ConnectedAppError(
            .signInBudgetUsed, subject: accounts.first?.username,
            detail: """
                \(used) of \(limit) sign-ins per hour for \(purpose.rawValue) are used. \
                The next one is possible at \(again.ISO8601Format()).
                """,
            evidence: [
                "used": String(used), "limit": String(limit), "purpose": purpose.rawValue,
                "retryAt": again.ISO8601Format(),
            ], circumstance: .pausedUntil(again))
    }
}

/// Pauses ordinary sign-ins that the org refuses again and again.
///
/// Salesforce limits the sign-ins of a user, and may block an address for a while after mass failures (Salesforce Help,
/// article 000212767). Salesforce does not publish the limits of addresses; the numbers here are aprity's own choice. Sign-ins
/// of tests and rotations are not paused and their refusals do not count, because they have their own small budgets and are
/// often expected to be refused. A granted one ends the pause of its connection.
enum RefusalBreaker {
    /// The time over which refusals are counted, in seconds: ten minutes.
    static let window: TimeInterval = 600
    /// This many refusals of one connection pause the connection, if they outnumber the granted sign-ins. This many of several connections with one egress pause all
    /// connections with that egress.
    static let threshold = 20
    /// The maximum number of refusals of one connection that count for its egress, so that two broken connections do not pause
    /// a third one.
    static let maximumPerConnection = 7

    /// Checks that sign-ins are not paused.
    ///
    /// - Parameter egress: See ``SignInEntry/egress``.
    /// - Throws: ``ConnectedAppError`` with `.signInsPaused`, which says until when, or the errors of the store.
    static func check(
        _ party: SignInParty, through egress: String, for purpose: SignInPurpose, now: Date,
        _ ledger: any SignInReading
    ) throws {
        guard purpose == .use else { return }
        let since = now.addingTimeInterval(-window)
        // Fewer refusals than this pause nothing. Usually there are none, and counting them is much faster than the tallies.
        guard try ledger.refusals(through: egress, since: since, atMost: threshold) == threshold else { return }
        let tallies = try ledger.tallies(through: egress, since: since)
        let broken = tallies.filter { !$0.worksAgain }
        if let own = broken.first(where: { $0.party == party }), isStorm(own.refused, among: own.granted) {
            throw paused(
                party.username, own.refused, of: own.granted + own.refused, now: now,
                "ordinary sign-ins of this connection were refused within ten minutes, so they are paused")
        }
        let counted = broken.map { min($0.refused, maximumPerConnection) }.reduce(0, +)
        guard isStorm(counted, among: tallies.map(\.granted).reduce(0, +)) else { return }
        throw paused(
            egress, tallies.map(\.refused).reduce(0, +), of: tallies.map { $0.granted + $0.refused }.reduce(0, +),
            now: now,
            "ordinary sign-ins of several connections through this address were refused within ten minutes, so all are paused"
        )
    }

    /// Whether there are enough refusals to pause, and more of them than granted sign-ins.
    private static func isStorm(_ refused: Int, among granted: Int) -> Bool {
        refused >= threshold && refused > granted
    }

    /// Returns the error. The time in it is an estimate, half a window from now: the pause really ends when enough refusals are
    /// older than the window, or when a sign-in is granted.
    private static func paused(_ subject: String, _ refused: Int, of all: Int, now: Date, _ what: String)
        -> ConnectedAppError
    {
        let again = now.addingTimeInterval(window / 2)
        return ConnectedAppError(
            .signInsPaused, subject: subject,
            detail: "\(refused) of \(all) \(what) until about \(again.ISO8601Format()).",
            evidence: [
                "refused": String(refused), "ended": String(all), "retryAt": again.ISO8601Format(),
            ], circumstance: .pausedUntil(again))
    }
}
