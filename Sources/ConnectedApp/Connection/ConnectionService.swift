internal import Foundation

/// A service that works on connections. Its targets give it access to the records, the gate, the keys, the transports
/// and the surroundings.
protocol ConnectionService: Sendable {
    var targets: Targets { get }
}

extension ConnectionService {
    var records: SealedRecords { targets.records }
    var gate: LeasedGate { targets.gate }
    var keys: any KeyStore { targets.keys }
    var transports: any TransportSource { targets.transports }
    var surroundings: Surroundings { targets.surroundings }

    /// Appends an event to the audit record in a separate transaction. Throws the causes of a failing store.
    func record(
        _ act: AuditEvent.Act, _ alias: String?, _ principal: Principal, outcome: String = "done",
        facts: [String: String] = [:]
    ) async throws {
        try await records.record(act, alias, principal, outcome: outcome, facts: facts, at: surroundings.now())
    }
}
