internal import Foundation
internal import JWTBearer

extension Diagnosis {
    /// Records that the app was changed in Salesforce just now. Until the change's deadline, tests report `waiting` for
    /// failures that the change can cause. This replaces an earlier reported change and its answers.
    ///
    /// - Parameter isNewApp: Whether the app was created just now. `nil` lets aprity decide: an app is new for 30
    ///   minutes after its Consumer Key was set, and for 30 minutes after each change that was reported while it was new.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    package func reportChange(
        of alias: String, isNewApp: Bool? = nil, as principal: Principal
    ) async throws -> ChangeWatchView {
        let now = surroundings.now()
        try await records.write { writing in
            var app = try FoundConnection(alias, writing).app.value
            switch isNewApp {
            case true?: app.changes(.newApp, at: now)
            case false?: (app.changedAt, app.changeKind) = (now, .edit)
            case nil: app.changes(.edit, at: now)
            }
            let isNew = app.changeKind == .newApp
            try writing.save(app)
            try writing.save(ChangeWatch(appID: app.id, toldAt: now, isNewApp: isNew))
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .changeTold, connection: alias,
                    facts: ["newApp": String(isNew)]))
        }
        return try await change(of: alias, as: principal)
    }

    /// Returns what is stored about the last reported change. It does not ask the org.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, or with `.notWatched` if no change was reported.
    package func change(of alias: String, as principal: Principal) async throws -> ChangeWatchView {
        let now = surroundings.now()
        return try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            guard let watch = try reading.find(ChangeWatch.self, found.app.value.id)?.value else {
                throw ConnectedAppError(.notWatched, connection: alias)
            }
            let history = try reading.find(SpreadHistory.self, found.connection.value.orgName)?.value
            return ChangeWatchView(alias, watch, history, now: now)
        }
    }

    /// Returns the names of connections whose last reported change may still be spreading, one for each app, so that a process
    /// can continue to follow these changes after a restart.
    package func changesUnderWay(as principal: Principal) async throws -> [String] {
        let now = surroundings.now()
        return try await records.read { reading in
            var seen: Set<String> = []
            return try reading.intact(ConnectionRecord.self).map(\.value).compactMap { connection in
                guard seen.insert(connection.appID).inserted,
                    let watch = surroundings.tolerating(
                        .changeFollower, ["connection": connection.alias.description],
                        { try reading.find(ChangeWatch.self, connection.appID)?.value }) ?? nil,
                    watch.nextAnswer(at: now) != nil
                else { return nil }
                return connection.alias.description
            }
        }
    }

    /// Follows the last reported change: signs in repeatedly, each time over a new network connection, until the answers agree
    /// or the wait is over. This takes minutes. Each answer is saved, so that another process, or this one after a restart, can
    /// continue.
    ///
    /// - Parameter onAnswer: Called at the start and after each answer.
    /// - Returns: The state after the last answer. A failed or overdue change is not an error.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`; `.notWatched` if no change was reported; or the reason why aprity
    ///   could not ask the org, such as `.blocked` or `.signInBudgetUsed`. `CancellationError` if the task is cancelled; the
    ///   answers until then are saved.
    package func followChange(
        of alias: String, as principal: Principal, onAnswer: @Sendable (ChangeWatchView) -> Void = { _ in }
    ) async throws -> ChangeWatchView {
        var view = try await change(of: alias, as: principal)
        onAnswer(view)
        while let next = view.nextAnswerAt {
            let wait = next.timeIntervalSince(surroundings.now())
            if wait > 0 { try await surroundings.sleep(.milliseconds(Int(bounding: (wait * 1000).rounded(.up)))) }
            let code = try await answer(of: alias, as: principal)
            try await save(
                ChangeWatch.Answer(time: surroundings.now(), code: code), of: alias, toldAt: view.toldAt, as: principal)
            view = try await change(of: alias, as: principal)
            onAnswer(view)
        }
        try await record(
            .changeFollowed, alias, principal, outcome: view.outcome.rawValue,
            facts: ["signIns": String(view.answers.count)])
        return view
    }

    /// Signs in once, over a new network connection.
    ///
    /// - Returns: The code of the cause of the failure; `nil` for a good answer: a token whose scopes are not
    ///   shown, or are `api` and no others than `refresh_token` and `offline_access`.
    /// - Throws: ``ConnectedAppError`` if aprity did not ask the org, for instance because the app is blocked or the budget of
    ///   sign-ins is used up.
    private func answer(of alias: String, as principal: Principal) async throws -> String? {
        let target = try await targets.preferred(alias)
        let identity = try target.identity()
        do {
            let attempt = try await transports.withFreshConnections(
                authoritiesPEM: target.certificateAuthoritiesPEM, allowedHosts: target.allowedHosts
            ) { transport in
                try await targets.signIn(as: principal, over: transport).attempt(identity, purpose: .diagnosis)
            }
            let token = try SignIn.conclusion(attempt, at: target.loginHost).get()
            let granted = try SignIn.checked(token, for: target)
            try await targets.pin(alias, to: granted.organizationID, principal)
            let isExact =
                token.scope == nil || token.scopes.subtracting(["refresh_token", "offline_access"]) == ["api"]
            return isExact ? nil : Cause.scopesDiffer.rawValue
        } catch let error as ConnectedAppError {
            // Other causes kept aprity from asking the org, so they are not an answer.
            guard [.reaching, .refused, .granted].contains(error.cause.entry.chapter) else { throw error }
            return error.cause.rawValue
        } catch let failure as TransportFailure {
            return ConnectedAppError(failure, host: target.loginHost).cause.rawValue
        }
    }

    private func save(
        _ answer: ChangeWatch.Answer, of alias: String, toldAt: Date, as principal: Principal
    ) async throws {
        try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            // If another change was reported meanwhile, this answer belongs to the previous one.
            guard var watch = try writing.find(ChangeWatch.self, found.app.value.id)?.value, watch.toldAt == toldAt
            else { return }
            let wasAgreed = watch.spreadSeconds != nil
            watch.record(answer)
            try writing.save(watch)
            try writing.note(
                ConnectionEvidence.SignIn(time: answer.time, code: answer.code), of: alias, isEach: true, as: principal)
            guard !wasAgreed, let seconds = watch.spreadSeconds else { return }
            let place = found.connection.value.orgName
            var history = try writing.find(SpreadHistory.self, place)?.value ?? SpreadHistory(place: place)
            history.add(seconds)
            try writing.save(history)
        }
    }
}
