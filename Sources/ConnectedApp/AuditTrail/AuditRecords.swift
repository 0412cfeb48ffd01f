internal import Foundation

/// Reads, verifies and exports the audit record, signs its checkpoints, and records Settings sign-ins.
package struct AuditRecords: Sendable {
    let records: SealedRecords
    let log: any AuditLog
    /// `nil` if no checkpoints are signed.
    let trail: AuditTrail?
    let surroundings: Surroundings

    /// Whether checkpoints are signed, so that the record can be verified.
    package var signsCheckpoints: Bool { trail != nil }

    /// The newest records, the newest first.
    ///
    /// - Parameters:
    ///   - connection: Only records about this connection; `nil`: all, including those about no connection.
    ///   - act: Only records of this act; `nil`: all.
    ///   - limit: The maximum number of records; older ones are left out.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias` if there is neither such a connection nor a record about one,
    ///   `.storeDamaged` if a record cannot be decoded, and a failing store's causes.
    package func records(
        connection: String? = nil, act: AuditEvent.Act? = nil, limit: Int, as principal: Principal
    ) async throws -> [AuditRecordView] {
        let selection = AuditSelection(connection: connection, act: act, limit: limit)
        let (found, isKnown) = try await records.store.read { reading in
            let found = try reading.auditRecords(selection).map { try AuditRecordView($0) }
            guard let connection, found.isEmpty else { return (found, true) }
            // A removed connection still has records.
            let any = AuditSelection(connection: connection, act: nil, limit: 1)
            let isKnown = try !reading.auditRecords(any).isEmpty
            return (found, isKnown)
        }
        if let connection, !isKnown {
            _ = try await records.read { try FoundConnection(connection, $0) }
        }
        return found
    }

    /// Passes all records to `take`, the oldest first, up to 1,000 at a time. Each portion is read in a transaction of
    /// its own.
    ///
    /// - Throws: ``ConnectedAppError``: `.storeDamaged` if a record cannot be decoded, and a failing store's causes;
    ///   and what `take` throws.
    package func export(as principal: Principal, _ take: ([AuditRecordView]) throws -> Void) async throws {
        var number: Int64 = 0
        while let last = try await portion(after: number, as: principal, take) { number = last }
    }

    /// Passes up to 1,000 records with a greater number to `take`, the oldest first.
    ///
    /// - Returns: The number of the last of them; `nil` if there is none, and then `take` is not called.
    /// - Throws: As ``export(as:_:)``.
    package func portion(
        after number: Int64, as principal: Principal, _ take: ([AuditRecordView]) throws -> Void
    ) async throws -> Int64? {
        let portion = try await records.store.read { reading in
            try reading.auditRecords(after: number, limit: 1000).map { try AuditRecordView($0) }
        }
        guard let last = portion.last else { return nil }
        try take(portion)
        return last.number
    }

    /// The selected records as sentences, the newest first.
    ///
    /// - Throws: ``ConnectedAppError`` with `.storeDamaged` if a record cannot be decoded, and a failing store's causes.
    package func entries(_ selection: AuditSelection, as principal: Principal) async throws -> [AuditEntry] {
        try await records.store.read { try $0.auditRecords(selection).map { try AuditEntry($0) } }
    }

    /// The names of the present connections and accounts, each sorted, from the register alone.
    ///
    /// - Returns: `nil` if the register was altered or cannot be read. The audit record is shown without it.
    package func knownNames(as principal: Principal) async -> (connections: [String], accounts: [String])? {
        await surroundings.tolerating(.access) {
            try await records.read { reading in
                let connections = try reading.register.entries(of: .connection)
                return (
                    connections.map { KnownRecord<ConnectionRecord>.id(in: $0.name) },
                    try reading.ids(of: AccountRecord.self)
                )
            }
        }
    }

    /// Compares the audit record with the signed checkpoints. Findings are part of the result and do not throw.
    /// If the store's records cannot be read or authenticated, that is a finding.
    ///
    /// - Parameters:
    ///   - file: A checkpoint file to use instead of the configured one, such as a copy from another machine. It must
    ///     exist.
    ///   - publicKey: A key to use instead of the configured one, in 64 hexadecimal digits.
    /// - Throws: ``ConnectedAppError`` with `.notInitialised` if no checkpoints are signed, `.usage` if the key is
    ///   malformed, and what reading file, key and store throws.
    package func verify(file: String? = nil, publicKey: String? = nil, as principal: Principal) async throws
        -> AuditVerificationView
    {
        guard let trail else { throw ConnectedAppError(.notInitialised) }
        let found: RecordsFound
        do { found = .read(try await records.storedState()) } catch let error as ConnectedAppError {
            found = .unreadable(error.description)
        }
        return try await trail.verify(
            file: file, publicKey: publicKey.map { try AuditPublicKey(hex: $0) }, records: found)
    }

    /// Signs the records since the last checkpoint, and exports the checkpoints that are not exported yet. Does nothing
    /// if this service signs no checkpoints.
    ///
    /// - Returns: The errors of the steps that failed. The next call tries these steps again.
    /// - Throws: `CancellationError` only.
    package func checkpoint() async throws -> [ConnectedAppError] {
        guard let trail else { return [] }
        // Sign the audit record even if the store's records cannot be read or were rolled back.
        let history = await surroundings.tolerating(.auditCheckpoint) { try await records.read { $0.historyID } }
        return try await trail.checkpoint(history: history ?? nil)
    }

    /// Signs a checkpoint every minute until the task is cancelled. Runs separately from ``Blocks/runWatch()``, so
    /// that a webhook that does not respond cannot delay a block.
    package func runCheckpoints() async {
        await Schedule(place: .auditCheckpoint, pause: .seconds(60), surroundings: surroundings).run {
            for trouble in try await checkpoint() { surroundings.note(trouble, at: .auditCheckpoint) }
        }
    }

    /// Records a sign-in to the Settings page that was refused.
    ///
    /// - Parameter outcome: `refused`, or the code of the cause.
    package func recordRefusedSettingsSignIn(_ signIn: SettingsSignIn, outcome: String = "refused") async throws {
        try await recordSettingsSignIn(as: .unknownOnSettingsPage, outcome: outcome, facts: signIn.facts)
    }

    /// Records a sign-in to the Settings page.
    ///
    /// - Parameter outcome: `done`, `tried` if it was a trial, or why it was refused.
    package func recordSettingsSignIn(
        as principal: Principal, outcome: String, facts: [String: String] = [:]
    ) async throws {
        try await record(.settingsSignIn, as: principal, outcome: outcome, facts: facts)
    }

    /// Records that somebody ended their session on the Settings page.
    package func recordSettingsSignOut(as principal: Principal) async throws {
        try await record(.settingsSignOut, as: principal, outcome: "done", facts: [:])
    }

    /// Records the start or the end of a session on the Settings page.
    ///
    /// The event reports the state of the store, as other events do. To detect a rollback, ``RecordsCheck`` reads only
    /// the newest 1,000 events. If none of them reported a state, it would find nothing. If the records were rolled back
    /// or altered, the event is recorded without a state, so that a sign-in still succeeds.
    private func record(
        _ act: AuditEvent.Act, as principal: Principal, outcome: String, facts: [String: String]
    ) async throws {
        do {
            try await records.record(act, nil, principal, outcome: outcome, facts: facts, at: surroundings.now())
        } catch let error as ConnectedAppError
            where error.cause == .blockMayBeLost || error.cause == .recordAltered
        {
            // Its purpose may be to block the app.
            try await log.append(
                AuditEvent(
                    time: surroundings.now(), principal: principal, act: act, connection: nil,
                    outcome: outcome, facts: facts))
        }
    }
}
