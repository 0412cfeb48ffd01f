internal import Foundation
internal import JWTBearer

extension Tokens {
    /// Returns how far the budget of the connection's user is used. Reads only the store and sends nothing.
    ///
    /// - Throws: ``ConnectedAppError`` if there is no such connection or its records cannot be read.
    package func budget(of alias: String, as principal: Principal) async throws -> BudgetView {
        let (transports, now) = (transports, surroundings.now())
        return try await records.read {
            try Self.budget(of: FoundConnection(alias, $0), $0, through: transports, now: now)
        }
    }

    static func budget(
        of found: FoundConnection, _ reading: CheckedReading, through transports: any TransportSource, now: Date
    ) throws -> BudgetView {
        let connection = found.connection.value
        let host = try LoginHost(connection.loginHost, allowing: connection.allowedHosts)
        let egress = transports.egress(to: host)
        let ledger = reading.reading
        let (accounts, budget) = (connection.accounts(at: host), connection.signInBudget ?? .standard)
        let others = try ledger.othersUse(of: accounts).flatMap { $0.isRecent(now) ? $0 : nil }
        let shares = try SignInPurpose.allCases.map { purpose in
            BudgetView.Share(
                purpose: purpose,
                used: try ledger.signIns(
                    of: accounts, for: [purpose], since: now.addingTimeInterval(-SignInBudget.window)),
                limit: budget.limit(of: purpose, others: others?.count ?? 0))
        }
        let lately = try ledger.tallies(through: egress, since: now.addingTimeInterval(-RefusalBreaker.window))
        var refusal: ConnectedAppError?
        do {
            try budget.check(.use, of: accounts, now: now, ledger)
            try RefusalBreaker.check(
                SignInParty(appID: found.app.value.id, username: connection.username.description), through: egress,
                for: .use, now: now, ledger)
        } catch let error as ConnectedAppError {
            refusal = error
        }
        return BudgetView(
            connection: connection.alias.description, organization: accounts[0].organization,
            username: accounts[0].username, perHour: budget.perHour, reserve: budget.reserve, shares: shares,
            others: others.map { BudgetView.Others(signIns: $0.count, measuredAt: $0.measuredAt) }, egress: egress,
            refusedLately: lately.map(\.refused).reduce(0, +),
            endedLately: lately.map { $0.granted + $0.refused }.reduce(0, +),
            nextAt: refusal?.pausedUntil,
            because: refusal?.description)
    }

    /// Changes the connection's budget of sign-ins per hour.
    ///
    /// - Parameters:
    ///   - perHour: From 1 to 3,600; `nil` to leave it unchanged.
    ///   - reserve: At least 0 and less than `perHour`; `nil` to leave it unchanged, or to lower it to a tenth of
    ///     `perHour` if it is more than that.
    /// - Returns: The changed budget and its use.
    /// - Throws: ``ConnectedAppError``: `.usage` if both are `nil` or a number is not valid; the errors of
    ///   ``budget(of:as:)``; the causes of a failing store.
    package func setBudget(of alias: String, perHour: Int?, reserve: Int?, as principal: Principal) async throws
        -> BudgetView
    {
        guard perHour != nil || reserve != nil else {
            throw ConnectedAppError(.usage, detail: "There is nothing to change. Use --per-hour, --reserve or both.")
        }
        let now = surroundings.now()
        try await records.write { writing in
            var connection = try FoundConnection(alias, writing).connection.value
            let former = connection.signInBudget ?? .standard
            let budget = try SignInBudget(
                perHour: perHour ?? former.perHour,
                reserve: reserve ?? min(former.reserve, (perHour ?? former.perHour) / 10))
            connection.signInBudget = budget
            connection.changedAt = now
            try writing.save(connection)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .signInBudgetChanged, connection: alias,
                    facts: ["perHour": String(budget.perHour), "reserve": String(budget.reserve)]))
        }
        return try await self.budget(of: alias, as: principal)
    }

}
