package import Foundation

/// A finished connection test. Stored and part of JSON; the property names must not change.
package struct TestRecord: Codable, Sendable, Equatable {
    /// 32 hexadecimal digits.
    package let id: String
    package let startedAt: Date
    /// Who ran it.
    let principal: Principal
    package let view: TestView
}

/// The latest tests of a connection. Stored; the property names must not change.
struct TestHistory: DispensableRecord, Equatable {
    static let kind = RecordKind.testHistory
    /// The number of tests that are stored; older ones are dropped.
    static let kept = 10

    let alias: String
    /// In the order in which they finished, the newest last.
    private(set) var runs: [TestRecord] = []

    var recordID: String { alias }

    init(alias: String) { self.alias = alias }

    mutating func add(_ run: TestRecord) {
        let sorted = (runs + [run]).enumerated().sorted {
            ($0.element.view.finishedAt, $0.offset) < ($1.element.view.finishedAt, $1.offset)
        }
        runs = sorted.map(\.element).suffix(Self.kept)
    }
}

extension CheckedWriting {
    /// Saves a finished test in the audit record, in the history and as evidence about the connection. Newer evidence is not
    /// replaced. If the connection was removed meanwhile, only the audit record gets the test.
    ///
    /// - Parameters:
    ///   - facts: Further facts for the audit record.
    ///   - now: The time of the event in the audit record.
    func saveTest(_ run: TestRecord, of alias: String, facts: [String: String] = [:], at now: Date) throws {
        var facts = facts
        facts["outcome"] = run.view.outcome.rawValue
        facts["test"] = run.id
        try append(
            AuditEvent(
                time: now, principal: run.principal, act: .connectionTested, connection: alias,
                outcome: run.view.cause?.code.rawValue ?? "done", facts: facts))
        // The connection may have been removed meanwhile.
        guard try find(ConnectionRecord.self, alias) != nil else { return }
        var history =
            try findOrDrop(TestHistory.self, of: alias, as: run.principal, at: now) ?? TestHistory(alias: alias)
        history.add(run)
        try save(history)
        var evidence =
            try findOrDrop(ConnectionEvidence.self, of: alias, as: run.principal, at: now)
            ?? ConnectionEvidence(alias: alias)
        evidence.note(ConnectionEvidence.Test(run), now: now)
        try save(evidence)
    }
}

extension ConnectionEvidence.Test {
    init(_ run: TestRecord) {
        self.init(
            runID: run.id, time: run.view.finishedAt, outcome: run.view.outcome, connects: run.view.connects,
            code: run.view.cause?.code.rawValue)
    }
}
