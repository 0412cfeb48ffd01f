public import Foundation
internal import JWTBearer

extension Rotations {
    /// Does what a rotation asks for now, one step after the other, up to one sign-in.
    ///
    /// - Returns: When to ask again; `nil` where nothing comes by itself.
    @discardableResult
    public func advance(of alias: String, as principal: Principal) async throws -> Date? {
        while true {
            switch try await claimStep(of: alias) {
            case .rest: return nil
            case .wait(let until): return until
            case .generate: try await makeNext(of: alias, as: principal)
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

    /// Connections whose rotation is under way, one for each app.
    public func underWay(as principal: Principal) async throws -> [String] {
        try await records.read { reading in
            let appIDs = try reading.intact(RotationRecord.self).map(\.value)
                .filter { $0.rotation.state.name != .steady }.map(\.appID)
            guard !appIDs.isEmpty else { return [] }
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
            return appIDs.compactMap { id in connections.first { $0.appID == id }?.alias.description }
        }
    }

    // MARK: Steps

    /// What is to be done now. A probe is written down as begun, so that no other process makes it too.
    private func claimStep(of alias: String) async throws -> Rotation.Step {
        let now = surroundings.now()
        return try await records.write { writing in
            let found = try Found(alias, writing)
            guard var record = found.rotation else { return .rest }
            if found.app.value.block?.compromise != nil, record.rotation.state.keepsOld(after: now) {
                try record.apply(.oldCompromised, at: now, by: Principal(.schedule, name: "compromise"))
                try writing.save(record)
            }
            let step = record.step(at: now, isBlocked: !found.app.value.letsRotationSignIn)
            if case .probe = step {
                record.lastProbe = now
                record.probes += 1
                try writing.save(record)
            }
            return step
        }
    }

    private func nextStep(of alias: String) async throws -> Date? {
        let now = surroundings.now()
        return try await records.read { reading in
            let found = try Found(alias, reading)
            guard let record = found.rotation else { return nil }
            switch record.step(at: now, isBlocked: !found.app.value.letsRotationSignIn) {
            case .rest: return nil
            case .wait(let until): return until
            case .generate, .conclude, .beginDestruction, .destroy, .probe: return now
            }
        }
    }

    /// Applies the event of a step that asks nobody.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused` if the step is due and the machine refuses its event. That is a
    ///   mistake of ours, and trying again at once would never end.
    private func apply(
        _ event: Rotation.Event, of step: Rotation.Step, to alias: String, as principal: Principal
    ) async throws {
        try await changes.change(of: alias, as: principal, act: nil) { record, _, now in
            // Another process was quicker.
            guard record.step(at: now, isBlocked: false) == step else { return }
            try record.apply(event, at: now, by: principal)
        }
    }

    /// Makes the key that is written down as being made. Where another process was quicker, this one's goes.
    func makeNext(of alias: String, as principal: Principal) async throws {
        let found = try await records.read { reading in try Found(alias, reading) }
        guard let record = found.rotation, case .generating(_, let next) = record.rotation.state else { return }
        let made = try await newCredentials.make(
            KeyPurpose(appID: record.appID, credentialID: next), .next, in: record.keyStore, size: record.keySize,
            days: record.certificateDays, alias: alias)
        let now = surroundings.now()
        try await newCredentials.keepingKey((made.key, made.purpose)) {
            try await records.write { writing in
                let found = try Found(alias, writing)
                // Given up meanwhile, or even begun anew.
                guard let former = found.rotation,
                    former.rotation.state == .generating(active: former.rotation.state.active, next: next)
                else { throw ConnectedAppError(.recordChanged, subject: alias) }
                var record = former
                try record.apply(.made, at: now, by: principal)
                try writing.save(made)
                try RotationTransaction(
                    found: found, former: former, writing: writing, now: now, principal: principal
                ).save(record, as: nil)
            }
        }
        // Of a process that died after it had made the key and before it kept it.
        await newCredentials.destroyStrays(beside: made.key, made.purpose)
    }

    /// The key goes first, its record after: what is interrupted between is done again.
    private func destroyOld(of alias: String, as principal: Principal) async throws {
        let old = try await records.read { reading -> CredentialRecord? in
            guard case .destroying(_, let old) = try Found(alias, reading).rotation?.rotation.state else {
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
            let found = try Found(alias, writing)
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

    /// One sign-in with one key, over a connection of its own.
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
            // The sign-in itself left its token to be revoked, since the app is blocked.
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

    /// Advances every rotation when it is due, and keeps a token alive for each, so that the change needs few sign-ins. Returns
    /// only if it is cancelled.
    public func keepAdvancing() async {
        let principal = Principal(.schedule, name: "rotation")
        var due = Due()
        // Asked anew every few seconds, and not slept to a date: machines suspend, and clocks are corrected.
        await Schedule(place: .rotation, pause: .seconds(5), surroundings: surroundings).run(after: .seconds(5)) {
            try await advanceDue(&due, as: principal)
        }
    }

    /// When to look at the rotations again: at a date, or when the records have changed.
    private struct Due {
        var revision = -1
        var date = Date.distantPast
    }

    private func advanceDue(_ due: inout Due, as principal: Principal) async throws {
        // First, so that another process cannot go on without them for long. This one cannot at all.
        await surroundings.tolerating(.rotationEvidence) { try await saveAnswers(as: principal) }
        let revision = try await records.read { $0.revision }
        guard revision != due.revision || surroundings.now() >= due.date else { return }
        due = Due(revision: revision, date: .distantFuture)
        do { try await doomedKeys.destroy(as: principal) } catch {
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
            await tokens.keepAlive(of: alias, as: principal)
            due.date = min(due.date, surroundings.now().addingTimeInterval(300))
        }
    }

    /// Saves answers of orgs that could not be saved when they came. To be called before a process ends.
    ///
    /// - Throws: ``ConnectedAppError`` if they still cannot be saved.
    package func saveAnswers(as principal: Principal) async throws { try await changes.saveAnswers(as: principal) }
}

extension RotationRecord {
    /// A blocked app signs nothing; what needs no signature goes on.
    func step(at now: Date, isBlocked: Bool) -> Rotation.Step {
        let step = rotation.step(at: now, lastProbe: lastProbe)
        guard case .probe = step, isBlocked || (otherApp != nil && otherApp?.consumerKey == nil) else { return step }
        return .wait(until: now.addingTimeInterval(60))
    }
}
