package import Foundation
internal import JWTBearer

extension Rotations {
    /// Takes the steps of a rotation that are due, until none is due or one sign-in was made.
    ///
    /// Several processes may call this at the same time. If a step was interrupted, the next call repeats it.
    ///
    /// - Returns: When to call again; `nil` if nothing is due until an admin acts, or if the app has no rotation.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`; `.recordChanged` if another process created the next key or gave
    ///   the rotation up meanwhile: call again; `.rotationRefused` after a bug; and the causes of the store and of key
    ///   stores. A refused or failed sign-in is not an error: it is recorded in ``RotationRecord/trouble``.
    @discardableResult
    package func advance(of alias: String, as principal: Principal) async throws -> Date? {
        while true {
            switch try await claimStep(of: alias) {
            case .waitForAdmin: return nil
            case .wait(let until): return until
            case .generate: try await createNextKey(of: alias, as: principal)
            case .conclude: try await apply(.proven, of: .conclude, to: alias, as: principal)
            case .beginDestruction:
                try await apply(.destructionBegan, of: .beginDestruction, to: alias, as: principal)
            case .destroy: try await destroyOld(of: alias, as: principal)
            case .probe(let id):
                try await probe(id, of: alias, as: principal)
                return try await nextStep(of: alias)
            }
        }
    }

    /// Returns the aliases of connections whose rotation is under way, one for each app. Apps with altered records are
    /// left out.
    func underWay(as principal: Principal) async throws -> [String] {
        try await records.read { reading in
            let appIDs = try reading.intact(RotationRecord.self).map(\.value)
                .filter { $0.rotation.state.name != .steady }.map(\.appID)
            guard !appIDs.isEmpty else { return [] }
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
            return appIDs.compactMap { id in connections.first { $0.appID == id }?.alias.description }
        }
    }

    // MARK: Steps

    /// Returns the step that is due. A probe is recorded as started, so that no other process sends it too.
    private func claimStep(of alias: String) async throws -> Rotation.Step {
        let now = surroundings.now()
        return try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            guard var record = found.rotation else { return .waitForAdmin }
            if found.app.value.block?.compromise != nil, record.rotation.state.keepsOld(after: now) {
                try record.apply(.oldCompromised, at: now, by: Principal(.schedule, name: "compromise"))
                try writing.save(record)
            }
            let step = record.step(at: now, isBlocked: !found.app.value.allowsRotationSignIn)
            if case .probe = step {
                record.lastProbe = now
                record.probes += 1
                try writing.save(record)
            }
            return step
        }
    }

    /// Returns when the next step is due; `nil` if none is until an admin acts.
    private func nextStep(of alias: String) async throws -> Date? {
        let now = surroundings.now()
        return try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            guard let record = found.rotation else { return nil }
            switch record.step(at: now, isBlocked: !found.app.value.allowsRotationSignIn) {
            case .waitForAdmin: return nil
            case .wait(let until): return until
            case .generate, .conclude, .beginDestruction, .destroy, .probe: return now
            }
        }
    }

    /// Applies the event of a step that needs no answer from the org.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused` if the step is due but the state does not allow its
    ///   event. That is a bug, and repeating the step at once would never end.
    private func apply(
        _ event: Rotation.Event, of step: Rotation.Step, to alias: String, as principal: Principal
    ) async throws {
        try await changes.change(of: alias, as: principal, act: nil) { record, _, now in
            // If the step is no longer due, another process was faster.
            guard record.step(at: now, isBlocked: false) == step else { return }
            try record.apply(event, at: now, by: principal)
        }
    }

    /// Creates the next key and its certificate, if the rotation is in the state `generating`.
    ///
    /// - Throws: ``ConnectedAppError``: `.recordChanged` if another process was faster or the rotation was given up
    ///   meanwhile, and the causes of key stores. The new key is destroyed in these cases.
    func createNextKey(of alias: String, as principal: Principal) async throws {
        let found = try await records.read { reading in try FoundConnection(alias, reading) }
        guard let record = found.rotation, case .generating(_, let next) = record.rotation.state else { return }
        let made = try await newCredentials.make(
            KeyPurpose(appID: record.appID, credentialID: next), .next, in: record.keyStore, size: record.keySize,
            days: record.certificateDays, alias: alias)
        let now = surroundings.now()
        try await newCredentials.destroyingKeyOnError((made.key, made.purpose)) {
            try await records.write { writing in
                let found = try FoundConnection(alias, writing)
                // The rotation may have been given up meanwhile, and another one begun.
                guard let former = found.rotation,
                    former.rotation.state == .generating(active: former.rotation.state.active, next: next)
                else { throw ConnectedAppError(.recordChanged, subject: alias) }
                var record = former
                try record.apply(.nextCreated, at: now, by: principal)
                try writing.save(made)
                try RotationTransaction(
                    found: found, former: former, writing: writing, now: now, principal: principal
                ).save(record, as: nil)
            }
        }
        // Another process may have died after it created the key and before it saved the key's record.
        await newCredentials.destroyStrays(beside: made.key, made.purpose)
    }

    /// Destroys the old key and then its record. If it is interrupted in between, both are done again.
    private func destroyOld(of alias: String, as principal: Principal) async throws {
        let old = try await records.read { reading -> CredentialRecord? in
            guard case .destroying(_, let old) = try FoundConnection(alias, reading).rotation?.rotation.state else {
                return nil
            }
            return try reading.find(CredentialRecord.self, old)?.value
        }
        if let old {
            await newCredentials.destroyStrays(beside: old.key, old.purpose)
            try await keys.destroy(old.key, purpose: old.purpose)
        }
        let now = surroundings.now()
        try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            guard let former = found.rotation, case .destroying(_, let id) = former.rotation.state else { return }
            var record = former
            try record.apply(.destroyed, at: now, by: principal)
            record.otherApp = nil
            if let credential = try writing.find(CredentialRecord.self, id)?.value { try writing.remove(credential) }
            try RotationTransaction(
                found: found, former: former, writing: writing, now: now, principal: principal
            ).save(record, as: .keyDestroyed)
        }
    }

    // MARK: Probes

    /// Signs in once with one key, over a new connection, and records the answer.
    private func probe(_ credentialID: String, of alias: String, as principal: Principal) async throws {
        let candidates = try await targets.all(alias)
        guard let found = candidates.first(where: { $0.credentialID == credentialID }) else { return }
        let isCompromised = found.block?.compromise != nil
        let target = isCompromised ? found.unblocked : found
        var trouble: String?
        var event: Rotation.Event?
        do {
            let granted = try await transports.withFreshConnections(
                authoritiesPEM: target.certificateAuthoritiesPEM, allowedHosts: target.allowedHosts
            ) { transport in try await attempt(target, over: transport, as: principal) }
            try await targets.pin(alias, to: granted.organizationID, principal)
            event = .accepted(credentialID)
        } catch let error as ConnectedAppError {
            if error.cause.isAboutTheKey(target, among: candidates) { event = .refused(credentialID) }
            trouble = error.cause.rawValue
        }
        if isCompromised {
            // Because the app is blocked, the sign-in only recorded its token for revocation.
            await surroundings.tolerating(.tokenRevocation) { try await revocation.revokeAll(of: target.appID) }
        }
        let (answer, problem) = (event, trouble)
        try await changes.change(of: alias, as: principal, act: nil) { record, _, now in
            record.trouble = problem
            guard let answer else { return }
            if case .refused = answer { record.probesRefused += 1 }
            record.applyIfPossible(answer, at: now, by: principal)
        }
    }

    /// Signs in once.
    ///
    /// - Throws: ``ConnectedAppError``, with the org's refusal or another cause.
    private func attempt(_ target: Target, over transport: any HTTPTransport, as principal: Principal) async throws
        -> GrantedToken
    {
        let identity = try target.identity()
        do {
            let attempt = try await targets.signIn(as: principal, over: transport).attempt(
                identity, purpose: .rotation)
            let token = try SignIn.conclusion(attempt, at: target.loginHost).get()
            return try SignIn.checked(token, for: target)
        } catch let failure as TransportFailure {
            throw ConnectedAppError(failure, host: target.loginHost)
        }
    }

    // MARK: In a running server

    /// Advances every rotation when it is due, until the task is cancelled. Keeps a token alive for each rotation that
    /// is under way, so that callers need few sign-ins. Also destroys keys that could not be destroyed before.
    package func runAdvancing() async {
        let principal = Principal(.schedule, name: "rotation")
        var due = Due()
        // Checks every few seconds instead of sleeping until a date, because machines suspend and clocks are corrected.
        await Schedule(place: .rotation, pause: .seconds(5), surroundings: surroundings).run(after: .seconds(5)) {
            try await advanceDue(&due, as: principal)
        }
    }

    /// When to check the rotations again: at the date, or when the records have another revision.
    private struct Due {
        /// The revision of the records at the last check.
        var revision = -1
        var date = Date.distantPast
    }

    private func advanceDue(_ due: inout Due, as principal: Principal) async throws {
        // First, because another process may advance a rotation without these answers. This process cannot, because
        // each of its changes includes them.
        await surroundings.tolerating(.rotationEvidence) { try await saveAnswers(as: principal) }
        let revision = try await records.read { $0.revision }
        guard revision != due.revision || surroundings.now() >= due.date else { return }
        due = Due(revision: revision, date: .distantFuture)
        do { try await keyDestruction.destroy(as: principal) } catch {
            surroundings.note(error, at: .keyDestruction)
            due.date = surroundings.now().addingTimeInterval(60)
        }
        for alias in try await underWay(as: principal) {
            do {
                if let next = try await advance(of: alias, as: principal) { due.date = min(due.date, next) }
            } catch {
                surroundings.note(error, at: .rotation, ["connection": alias])
                due.date = min(due.date, surroundings.now().addingTimeInterval(60))
            }
            await tokens.refreshIdleToken(of: alias, as: principal)
            due.date = min(due.date, surroundings.now().addingTimeInterval(300))
        }
    }

    /// Saves answers of orgs that could not be saved when they came. Call it before the process exits.
    ///
    /// - Throws: ``ConnectedAppError`` if they still cannot be saved.
    package func saveAnswers(as principal: Principal) async throws { try await changes.saveAnswers(as: principal) }
}

extension RotationRecord {
    /// Returns the next step. In place of a probe, it is a wait of a minute if no probe can be sent: because the app is
    /// blocked, or because the second app has no Consumer Key yet.
    func step(at now: Date, isBlocked: Bool) -> Rotation.Step {
        let step = rotation.step(at: now, lastProbe: lastProbe)
        guard case .probe = step, isBlocked || (otherApp != nil && otherApp?.consumerKey == nil) else { return step }
        return .wait(until: now.addingTimeInterval(60))
    }
}
