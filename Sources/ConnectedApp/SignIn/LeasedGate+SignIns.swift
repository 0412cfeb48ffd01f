internal import Foundation
package import JWTBearer

extension LeasedGate {
    /// How long the ledger keeps its entries, in seconds. Budgets need an hour and blocks a day. The audit record keeps
    /// sign-ins longer.
    private static let ledgerKept: TimeInterval = 30 * 86_400

    /// An upper bound for the duration of an unblocking test, in seconds.
    private static let longestTest: TimeInterval = 15 * 60

    /// Removes a token that the org rejected from the outstanding tokens, because it need not be revoked.
    func forget(_ dead: AccessToken) async {
        let sha256 = dead.fingerprint
        // If this fails, a later block revokes the token once more, which does no harm.
        await surroundings.tolerating(.signInLedger) {
            try await records.write { writing in try writing.writing.forget(tokenSHA256: sha256) }
        }
    }

    package func begin(_ request: SignInRequest) async throws -> PendingSignIn {
        let now = surroundings.now()
        let (number, admission) = try await admit(
            request.target.appID, alias: request.target.name, pass: request.pass, purpose: request.purpose
        ) { writing in
            let ledger = writing.writing
            try request.target.budget.check(request.purpose, of: request.accounts, now: now, ledger)
            try RefusalBreaker.check(
                request.party, through: request.target.egress, for: request.purpose, now: now, ledger)
            if request.pass != nil {
                try writing.append(
                    AuditEvent(
                        time: now, principal: request.principal, act: .unblockPassUsed, connection: request.target.name)
                )
            }
            try ledger.forgetSignIns(before: now.addingTimeInterval(-Self.ledgerKept))
            return try ledger.begin(
                SignInEntry(
                    account: request.accounts[0], appID: request.target.appID, egress: request.target.egress,
                    purpose: request.purpose,
                    startedAt: now))
        }
        return PendingSignIn(number: number, request: request, admission: admission)
    }

    package func confirm(_ permit: PendingSignIn) async throws {
        if isValid(permit.admission) { return }
        // A pass is used up when the sign-in begins. If the lease expired since, the app counts as blocked again.
        _ = try await admit(
            permit.request.target.appID, alias: permit.request.target.name, purpose: permit.request.purpose
        ) { _ in }
    }

    package func finish(_ permit: PendingSignIn, _ outcome: SignInOutcome, token: AccessToken?) async throws {
        do { try await save(outcome, token, of: permit) } catch {
            let request = permit.request
            if outcome.kind != .unanswered {
                unsavedAnswers.add(.init(appID: request.target.appID, alias: request.target.name, event: nil))
            }
            throw error
        }
    }

    private func save(_ outcome: SignInOutcome, _ token: AccessToken?, of permit: PendingSignIn) async throws {
        let request = permit.request
        let now = surroundings.now()
        let randomBytes = surroundings.randomBytes
        var facts = ["purpose": request.purpose.rawValue]
        facts["tokenSHA256"] = token?.fingerprint
        let event = AuditEvent(
            time: now, principal: request.principal, act: .signedIn, connection: request.target.name,
            outcome: outcome.kind == .granted ? "done" : outcome.code, facts: facts)
        try await records.write { writing in
            try writing.writing.finish(permit.number, outcome)
            if request.purpose == .use, outcome.kind != .unanswered {
                let code = outcome.kind == .granted ? nil : outcome.code
                try writing.note(
                    ConnectionEvidence.SignIn(time: now, code: code), of: request.target.name, as: request.principal)
            }
            if let token {
                try writing.writing.forgetHeldTokens(firstSeenBefore: now.addingTimeInterval(-OutstandingToken.kept))
                // The org may return the same token again; its entry then stays as it is.
                if try !writing.writing.hasOutstandingToken(sha256: token.fingerprint) {
                    let held = try OutstandingToken(
                        token, appID: request.target.appID, alias: request.target.name, firstSeen: now,
                        ring: writing.ring,
                        randomBytes: randomBytes)
                    // A blocked app has a token only if it was blocked during the sign-in, or if this is the sign-in of
                    // an unblocking test. Such a test uses its token and revokes it. If the test is killed, the token
                    // is revoked when its time is up.
                    let isUnwanted = try writing.find(AppRecord.self, request.target.appID)?.value.block != nil
                    let due = request.pass == nil ? now : now.addingTimeInterval(Self.longestTest)
                    try writing.keep(isUnwanted ? held.toBeRevoked(due) : held)
                }
            }
            try writing.append(event)
        }
    }

    package func withdraw(_ permit: PendingSignIn) async {
        // If this fails, the entry has no outcome. It counts in the budget for an hour. For a day, a block reports it
        // as a sign-in that may have returned an unknown token.
        await surroundings.tolerating(.signInLedger) {
            try await records.write { writing in try writing.writing.withdraw(permit.number) }
        }
    }
}
