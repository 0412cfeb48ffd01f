internal import Foundation

extension SealedRecords {
    /// Adds an event to the audit record, in a transaction of its own.
    ///
    /// - Parameters:
    ///   - alias: The connection that the event is about; `nil` if it is about none.
    ///   - outcome: `done`, or a cause's code.
    ///   - facts: Facts by name, without secrets.
    func record(
        _ act: AuditEvent.Act, _ alias: String?, _ principal: Principal, outcome: String = "done",
        facts: [String: String] = [:], at now: Date
    ) async throws {
        let event = AuditEvent(
            time: now, principal: principal, act: act, connection: alias, outcome: outcome, facts: facts)
        try await write { try $0.append(event) }
    }
}
