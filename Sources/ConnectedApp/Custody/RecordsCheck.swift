internal import Foundation

/// Finds records that were put back to an earlier state: the audit record and its checkpoints name a later one.
///
/// Records prove themselves one by one, and an older state of all of them is as well proven as the newest. What is
/// outside them shows the difference. The whole home put back, together with all checkpoints, shows nothing here; see the
/// threat model.
struct RecordsCheck {
    /// The last checkpoint outside the store.
    let exported: AuditCheckpoint?

    /// How many of the newest audit records are read. Nearly every record names a state.
    private static let depth = 1000

    /// The newest state of the records that anything but the register itself names.
    func newestRecorded(_ reading: any AuditReading) throws -> RecordsPosition? {
        let stored = try reading.lastCheckpointLine().flatMap { SignedCheckpoint.read($0)?.checkpoint }
        return [stored?.records, exported?.records, try Self.newestInAudit(reading)].compactMap { $0 }.max()
    }

    private static func newestInAudit(_ reading: any AuditReading) throws -> RecordsPosition? {
        if let newest = try reading.auditRecords(AuditSelection(limit: 1)).first?.event().records { return newest }
        return try reading.auditRecords(AuditSelection(limit: depth)).lazy.compactMap { try? $0.event().records }.first
    }

    /// The same by the audit record alone, which costs little: for each sign-in and each hand-out.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost`.
    static func checkAudit(_ position: RecordsPosition, _ reading: any AuditReading) throws {
        try compare(position, try newestInAudit(reading))
    }

    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost`.
    func check(_ position: RecordsPosition, _ reading: any AuditReading) throws {
        try Self.compare(position, try newestRecorded(reading))
    }

    private static func compare(_ position: RecordsPosition, _ newest: RecordsPosition?) throws {
        guard let newest, position < newest else { return }
        throw ConnectedAppError(
            .blockMayBeLost,
            detail:
                "The records are at state \(position), and the audit record knows state \(newest): they were put "
                + "back. A block may be lost, so nothing is signed.",
            evidence: ["records": "\(position)", "audit": "\(newest)"])
    }
}

extension AppService {
    /// Compares the records with what was recorded of them. To be called when a process starts.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost`.
    package func checkRecords() async throws {
        let check = RecordsCheck(exported: gate.exportedCheckpoint())
        try await records.read { reading in try check.check(reading.position, reading.reading) }
    }
}

extension CheckedWriting {
    /// Goes on from records that were put back, in the transaction that blocks every app: from here on they are the newest.
    func acceptRecords(_ check: RecordsCheck, as principal: Principal, at now: Date) throws {
        let found = position
        guard let newest = try check.newestRecorded(writing), found < newest else { return }
        beginGeneration(after: newest)
        try append(
            AuditEvent(
                time: now, principal: principal, act: .recordsPutBack, connection: nil,
                facts: ["found": "\(found)", "recorded": "\(newest)"]))
    }
}
