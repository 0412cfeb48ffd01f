internal import Foundation

/// Detects records that were rolled back: the audit record or a checkpoint names a later state.
///
/// Each record is authenticated individually, and an old set of records is as authentic as the newest. So only
/// something outside the records can show that they are old. If the whole home and all checkpoints are rolled back
/// together, this check finds nothing; see the threat model.
struct RecordsCheck {
    /// Returns the last checkpoint of a history outside the store; `nil` if there is none. See
    /// ``CheckedReading/historyID``.
    let exported: @Sendable (_ historyID: String) -> AuditCheckpoint?

    /// How many of the newest audit records are searched for one that names a state. Nearly every record does.
    private static let depth = 1000

    /// Returns the newest state of the records that the audit record or a checkpoint names; `nil` if none is named.
    ///
    /// - Parameter historyID: That of the store; `nil` ignores the checkpoints outside it.
    func newestRecorded(_ reading: any AuditReading, _ historyID: String?) throws -> RecordsPosition? {
        let stored = try reading.lastCheckpointLine().flatMap { SignedCheckpoint.read($0)?.checkpoint }
        let outside = historyID.flatMap { exported($0) }
        return [stored?.records, outside?.records, try Self.newestInAudit(reading)].compactMap { $0 }.max()
    }

    private static func newestInAudit(_ reading: any AuditReading) throws -> RecordsPosition? {
        if let newest = try reading.auditRecords(AuditSelection(limit: 1)).first?.position { return newest }
        return try reading.auditRecords(AuditSelection(limit: depth)).lazy.compactMap(\.position).first
    }

    /// Compares the records' position with the audit record only. This is fast enough for each sign-in and each token
    /// that is handed out.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if the records were rolled back.
    static func checkAudit(_ position: RecordsPosition, _ reading: any AuditReading) throws {
        try compare(position, try newestInAudit(reading))
    }

    /// Compares the records' position with the audit record and with checkpoints, inside the store and outside.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if the records were rolled back.
    func check(_ position: RecordsPosition, _ historyID: String?, _ reading: any AuditReading) throws {
        try Self.compare(position, try newestRecorded(reading, historyID))
    }

    private static func compare(_ position: RecordsPosition, _ newest: RecordsPosition?) throws {
        guard let newest, position < newest else { return }
        throw ConnectedAppError(
            .blockMayBeLost,
            detail:
                "The records are at state \(position), but the audit record or a checkpoint names state \(newest): the records were "
                + "rolled back. A block may be lost, so aprity signs nothing.",
            evidence: ["records": "\(position)", "audit": "\(newest)"])
    }
}

extension CheckedReading {
    /// Checks that the audit record names no later state of the records, before a record grants somebody access.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost`.
    func checkIsNewest() throws { try RecordsCheck.checkAudit(position, reading) }
}

extension CheckedWriting {
    /// Accepts records that were rolled back, and begins a new generation. Call it only in the transaction that blocks
    /// every app, because a block may be lost.
    ///
    /// - Parameter historyID: A new random one, for the new generation.
    /// - Returns: Whether the records were rolled back. If not, nothing is changed.
    func acceptRolledBackRecords(
        _ check: RecordsCheck, historyID: String, as principal: Principal, at now: Date
    ) throws -> Bool {
        let found = position
        guard let newest = try check.newestRecorded(writing, self.historyID), found < newest else { return false }
        beginGeneration(after: newest, historyID: historyID)
        try append(
            AuditEvent(
                time: now, principal: principal, act: .recordsPutBack, connection: nil,
                facts: ["found": "\(found)", "recorded": "\(newest)"]))
        return true
    }
}
