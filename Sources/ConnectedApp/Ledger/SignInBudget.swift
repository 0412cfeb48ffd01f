internal import Foundation

/// The number of sign-ins per user and hour that aprity allows itself, by purpose.
///
/// Salesforce accepts 3,600 sign-ins of a user per hour, counting failed ones, and then refuses all further ones,
/// whoever makes them ("Login rate limit", Salesforce Help, article 000381578).
package struct SignInBudget: Codable, Sendable, Equatable {
    let perHour: Int
    /// The part of ``perHour`` that is left to other programs that sign in as the same user.
    let reserve: Int

    package static let standard = SignInBudget(unchecked: 3600, reserve: 360)
    static let window: TimeInterval = 3600
    /// How long a measurement of others' sign-ins is used, in seconds.
    static let estimateLife: TimeInterval = 900

    private init(unchecked perHour: Int, reserve: Int) {
        self.perHour = perHour
        self.reserve = reserve
    }

    /// - Throws: ``ConnectedAppError`` with `.usage`.
    init(perHour: Int, reserve: Int) throws(ConnectedAppError) {
        guard (1...3600).contains(perHour) else {
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

    /// The sign-ins per hour for one purpose. No purpose can use those of another.
    func share(of purpose: SignInPurpose) -> Int {
        switch purpose {
        // Even a small budget leaves enough sign-ins to diagnose why it does not suffice.
        case .diagnosis: max(1, own / 20, min(20, own / 5))
        case .rotation: max(1, own / 10)
        case .use: max(1, own - share(of: .diagnosis) - share(of: .rotation))
        }
    }

    /// The sign-ins per hour for a purpose, given those of others. What others use beyond the reserve is deducted from
    /// ordinary use.
    func limit(of purpose: SignInPurpose, others: Int) -> Int {
        guard purpose == .use else { return share(of: purpose) }
        return max(0, share(of: .use) - max(0, others - reserve))
    }

    /// Checks that another sign-in is within the budget.
    ///
    /// - Throws: ``ConnectedAppError`` with `.signInBudgetUsed`, which says when the next one is possible.
    func check(_ purpose: SignInPurpose, of accounts: [SignInAccount], now: Date, _ ledger: any SignInReading) throws {
        let since = now.addingTimeInterval(-Self.window)
        let others = try ledger.othersUse(of: accounts).flatMap { $0.isRecent(now) ? $0.count : nil }
        let limit = limit(of: purpose, others: others ?? 0)
        let used = try ledger.signIns(of: accounts, for: [purpose], since: since)
        guard used >= limit else { return }
        // Another sign-in is possible when this many of the oldest ones are an hour old.
        let oldest = try ledger.signIn(max(0, used - limit), of: accounts, for: [purpose], since: since)
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

/// Stops ordinary sign-ins that the org keeps refusing.
///
/// Salesforce limits the sign-ins of a user, and may block an address for a while after mass failures (Salesforce Help,
/// article 000212767). Salesforce does not publish the limits; these numbers are our choice. Sign-ins of tests and
/// rotations are neither stopped nor counted, because they have their own small budgets and are often expected to be
/// refused.
enum RefusalBreaker {
    static let window: TimeInterval = 600
    /// This many refusals of one connection pause it. This many of several connections pause their whole address.
    static let threshold = 20
    /// How many refusals of one connection count for its address at most, so that two broken connections do not stop a
    /// third.
    static let maximumPerConnection = 7

    /// - Throws: ``ConnectedAppError`` with `.signInsPaused`, which says until when.
    static func check(
        _ party: SignInParty, through egress: String, for purpose: SignInPurpose, now: Date,
        _ ledger: any SignInReading
    ) throws {
        guard purpose == .use else { return }
        let tallies = try ledger.tallies(through: egress, since: now.addingTimeInterval(-window))
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

    private static func isStorm(_ refused: Int, among granted: Int) -> Bool {
        refused >= threshold && refused > granted
    }

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
