internal import Foundation

/// The audit record: read, verified, and brought out of the store.
public struct AuditRecords: Sendable {
    let records: SealedRecords
    let log: any AuditLog
    /// `nil` where nobody signs checkpoints.
    let trail: AuditTrail?
    let surroundings: Surroundings

    /// The newest records of the audit trail.
    ///
    /// - Parameters:
    ///   - connection: Only those about this connection.
    ///   - act: Only those of this act.
    public func records(
        connection: String? = nil, act: AuditEvent.Act? = nil, limit: Int, as principal: Principal
    ) async throws -> [AuditRecordView] {
        let selection = AuditSelection(connection: connection, act: act, limit: limit)
        return try await records.store.read { reading in
            try reading.auditRecords(selection).map { try AuditRecordView($0) }
        }
    }

    /// Every record, oldest first, a portion at a time.
    public func export(as principal: Principal, _ take: ([AuditRecordView]) throws -> Void) async throws {
        var number: Int64 = 0
        while true {
            let after = number
            let portion = try await records.store.read { reading in
                try reading.auditRecords(after: after, limit: 1000).map { try AuditRecordView($0) }
            }
            guard let last = portion.last else { return }
            try take(portion)
            number = last.number
        }
    }

    /// Holds the audit record against the signed checkpoints.
    ///
    /// - Parameters:
    ///   - file: Another file of checkpoints than the configured one, such as a copy from another machine.
    ///   - publicKey: 64 hexadecimal digits; another key than the configured one.
    public func verify(file: String? = nil, publicKey: String? = nil, as principal: Principal) async throws
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

    /// Signs what has come since the last checkpoint, and brings it out of the store.
    ///
    /// - Returns: What could not be brought out.
    public func checkpoint() async throws -> [ConnectedAppError] {
        guard let trail else { return [] }
        // Records that cannot be read, or were rolled back, keep nobody from signing what happened.
        let history = await surroundings.tolerating(.auditCheckpoint) { try await records.read { $0.historyID } }
        return try await trail.checkpoint(history: history ?? nil)
    }

    /// Signs a checkpoint of the audit record every minute, until it is cancelled. Beside the watch: a receiver of
    /// checkpoints that does not answer must hold up no block.
    public func keepCheckpoints() async {
        await Schedule(place: .auditCheckpoint, pause: .seconds(60), surroundings: surroundings).run {
            for trouble in try await checkpoint() { surroundings.note(trouble, at: .auditCheckpoint) }
        }
    }

    /// Records a sign-in to the Settings page, with the state of the records like every other event: many events without one
    /// would hide that the records were rolled back.
    package func recordSettingsSignIn(as principal: Principal, outcome: String) async throws {
        do {
            try await records.record(
                .settingsSignIn, nil, principal, outcome: outcome, at: surroundings.now())
        } catch let error as ConnectedAppError
            where error.cause == .blockMayBeLost || error.cause == .recordAltered
        {
            // Whoever comes to block the app must get in.
            try await log.append(
                AuditEvent(
                    time: surroundings.now(), principal: principal, act: .settingsSignIn, connection: nil,
                    outcome: outcome))
        }
    }
}
