internal import Foundation

extension Blocks {

    /// Reports that a connection's key may be compromised. Blocks its app, and begins a rotation to replace the key.
    ///
    /// Tokens are revoked last: as long as the org accepts the key, whoever has it can sign in again. If the key was
    /// reported before, continues where that stopped.
    ///
    /// - Parameters:
    ///   - reason: The reason of the block; see ``Block/checkedReason(_:)``.
    ///   - replacement: The settings of the rotation.
    /// - Throws: What ``block(_:reason:as:onProgress:)`` throws, and the causes of beginning or advancing a rotation.
    package func reportCompromise(
        of alias: String, reason: String, replacement: NewRotation = NewRotation(), as principal: Principal
    ) async throws -> CompromiseView {
        let reason = try Block.checkedReason(reason)
        // Recorded as soon as the order is on disk, so that an unblocking in progress cannot lift the block, and again
        // below in case the store was locked at that time.
        _ = try await block(
            alias, reason: reason, as: principal,
            afterOrder: { try await recordCompromise(of: alias, reason: reason, as: principal) })
        try await recordCompromise(of: alias, reason: reason, as: principal)
        return try await continueCompromise(of: alias, replacement: replacement, as: principal)
    }

    /// Records which key is compromised, unless a report is recorded already. Blocks the app again if an unblocking
    /// lifted the block meanwhile.
    func recordCompromise(of alias: String, reason: String, as principal: Principal) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            var app = found.app.value
            guard app.block?.compromise == nil else { return }
            app.block = app.block?.orderedAgain() ?? Block(reason: reason, principal: principal, orderedAt: now)
            let compromise = Compromise(
                credentialID: app.activeCredentialID,
                certificateSHA256: try found.credential.value.certificate().sha256, toldAt: now, reason: reason)
            app.block?.compromise = compromise
            try writing.save(app)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .credentialCompromised, connection: alias,
                    facts: [
                        "app": app.id, "reason": reason, "credential": compromise.credentialID,
                        "sha256": compromise.certificateSHA256,
                    ]))
        }
    }

    /// Records a fact that only an admin can know, and continues. A fact that is confirmed again keeps its first time;
    /// each rotation needs its own confirmation of the upload.
    ///
    /// - Throws: ``ConnectedAppError``: `.compromiseNotReported`, `.rotationRefused` if the fact comes too early, and
    ///   what ``confirmUpload(of:consumerKey:as:)`` throws.
    package func confirm(_ fact: CompromiseFact, of alias: String, as principal: Principal) async throws
        -> CompromiseView
    {
        switch fact {
        case .uploaded(let consumerKey):
            if try await rotationAwaitsUpload(of: alias) {
                _ = try await rotations.confirmUpload(of: alias, consumerKey: consumerKey, as: principal)
            }
            let begunAt = try await records.read { try FoundConnection(alias, $0).rotation?.begunAt }
            try await changeCompromise(of: alias, .uploaded, principal) { compromise, now in
                if !compromise.isUploaded(since: begunAt) { compromise.uploadedAt = now }
            }
        case .blockedInSalesforce:
            try await changeCompromise(of: alias, .blockedInSalesforce, principal) { compromise, now in
                compromise.blockedInOrgAt = compromise.blockedInOrgAt ?? now
            }
        case .revokedInSalesforce:
            _ = try await continueCompromise(of: alias, as: principal)
            try await changeCompromise(of: alias, .revokedInSalesforce, principal) { compromise, now in
                guard compromise.replacedAt != nil else {
                    throw ConnectedAppError(
                        .rotationRefused, connection: alias,
                        detail:
                            "The org may still accept the former key, so whoever has it can sign in again. Revoke the tokens "
                            + "after the next key has replaced it everywhere.")
                }
                compromise.revokedInOrgAt = compromise.revokedInOrgAt ?? now
            }
        }
        return try await continueCompromise(of: alias, as: principal)
    }

    /// Withdraws the report of a compromised key. The app stays blocked until somebody unblocks it, and the rotation
    /// continues.
    ///
    /// - Throws: ``ConnectedAppError`` with `.compromiseNotReported`.
    package func withdrawCompromise(of alias: String, as principal: Principal) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            var app = try FoundConnection(alias, writing).app.value
            guard app.block?.compromise != nil else {
                throw ConnectedAppError(.compromiseNotReported, connection: alias)
            }
            app.block?.compromise = nil
            try writing.save(app)
            try writing.append(
                AuditEvent(time: now, principal: principal, act: .compromiseWithdrawn, connection: alias))
        }
    }

    /// Takes the steps that are possible now, with one sign-in at most, and returns the progress.
    ///
    /// - Throws: ``ConnectedAppError``: `.compromiseNotReported`, and the causes of beginning or advancing a rotation.
    package func continueCompromise(
        of alias: String, replacement: NewRotation = NewRotation(), as principal: Principal
    ) async throws -> CompromiseView {
        if try await needsRotation(alias) {
            _ = try await rotations.begin(replacement, of: alias, as: principal)
        } else {
            try await rotations.advance(of: alias, as: principal)
        }
        if try await isReplaced(alias) {
            try await changeCompromise(of: alias, .replaced, principal) { compromise, now in
                compromise.replacedAt = compromise.replacedAt ?? now
            }
        }
        try await revokeDueTokens()
        return try await compromise(of: alias, as: principal)
    }

    /// Returns the progress, from the store alone.
    ///
    /// - Parameter reader: Where the steps are shown.
    /// - Throws: ``ConnectedAppError`` with `.compromiseNotReported`.
    package func compromise(
        of alias: String, reader: GuideMedium = .commandLine, as principal: Principal
    ) async throws -> CompromiseView {
        let now = surroundings.now()
        let thirtyDays: TimeInterval = 30 * 86_400
        return try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            guard let block = try Self.view(of: found, reading, now: now),
                let compromise = found.app.value.block?.compromise
            else { throw ConnectedAppError(.compromiseNotReported, connection: alias) }
            let rotation = try Rotations.view(of: found, reading, reader: reader, now: now)
            let since = compromise.toldAt.addingTimeInterval(-thirtyDays)
            let signIns = try reading.reading.signIns(since: since).filter { $0.appID == found.app.value.id }
            return CompromiseView(
                found, compromise, block: block, rotation: rotation, signIns: signIns, reader: reader, now: now)
        }
    }

    // MARK: Parts

    /// Checks that the app may be unblocked: its key was not reported as compromised, or another key has replaced it.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused`.
    func checkIsReplaced(_ alias: String) async throws {
        try await records.read { reading in try Self.checkIsReplaced(alias, reading) }
    }

    static func checkIsReplaced(_ alias: String, _ reading: some CheckedRecords) throws {
        let found = try FoundConnection(alias, reading)
        guard found.app.value.block?.compromise != nil, !found.isReplaced else { return }
        throw ConnectedAppError(
            .rotationRefused, connection: alias,
            detail: "The app's key was reported as compromised, and no other key is in use everywhere yet.",
            remedy: "Run `aprity credential compromise \(alias)` to see the next step.",
            remedyOnPage: "The page about the compromised key shows the next step.")
    }

    /// Whether the compromised key is still active and no rotation is under way.
    private func needsRotation(_ alias: String) async throws -> Bool {
        try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            guard let compromise = found.app.value.block?.compromise else {
                throw ConnectedAppError(.compromiseNotReported, connection: alias)
            }
            return found.isSteady && found.app.value.activeCredentialID == compromise.credentialID
        }
    }

    /// Checks that the app is blocked in Salesforce, so that the upload of the next certificate comes after that.
    ///
    /// - Returns: Whether the upload must be confirmed to the rotation too; `false` if another key is active already.
    /// - Throws: ``ConnectedAppError`` with `.compromiseNotReported`, or with `.rotationRefused` if the app is not
    ///   blocked in Salesforce yet.
    private func rotationAwaitsUpload(of alias: String) async throws -> Bool {
        try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            guard let compromise = found.app.value.block?.compromise else {
                throw ConnectedAppError(.compromiseNotReported, connection: alias)
            }
            guard compromise.blockedInOrgAt != nil else {
                throw ConnectedAppError(
                    .rotationRefused, connection: alias,
                    detail: "First block the app in Salesforce: until then, whoever has the key can sign in.",
                    remedy: "Block the app in Salesforce, then run `aprity credential compromise \(alias) "
                        + "--blocked-in-salesforce`.",
                    remedyOnPage: "Block the app in Salesforce, then confirm it on the page about the compromised key.")
            }
            return found.rotationState.next != nil || found.app.value.activeCredentialID == compromise.credentialID
        }
    }

    private func isReplaced(_ alias: String) async throws -> Bool {
        try await records.read { reading in try FoundConnection(alias, reading).isReplaced }
    }

    /// Changes the report, and records the progress in the audit record. Writes nothing if nothing changes.
    private func changeCompromise(
        of alias: String, _ progress: CompromiseProgress, _ principal: Principal,
        _ change: @escaping @Sendable (inout Compromise, Date) throws -> Void
    ) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            var app = try FoundConnection(alias, writing).app.value
            guard var compromise = app.block?.compromise else {
                throw ConnectedAppError(.compromiseNotReported, connection: alias)
            }
            try change(&compromise, now)
            guard compromise != app.block?.compromise else { return }
            app.block?.compromise = compromise
            try writing.save(app)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .compromiseProgressed, connection: alias,
                    facts: ["app": app.id, "fact": progress.rawValue]))
        }
    }
}

/// A step in the replacement of a compromised key. The raw values are stored in the audit record.
private enum CompromiseProgress: String {
    case blockedInSalesforce, uploaded, revokedInSalesforce, replaced
}
