public import Foundation

/// A connection test that has ended.
public struct TestRecord: Codable, Sendable, Equatable {
    /// 32 hexadecimal digits.
    public let id: String
    public let startedAt: Date
    /// Who ran it.
    public let principal: Principal
    public let view: TestView

    package init(id: String, startedAt: Date, principal: Principal, view: TestView) {
        self.id = id
        self.startedAt = startedAt
        self.principal = principal
        self.view = view
    }
}

/// The latest tests of a connection.
package struct TestHistory: RecordValue, Equatable {
    package static let kind = RecordKind.testHistory
    /// Older ones are dropped.
    package static let kept = 10

    package let alias: String
    /// The newest last.
    package private(set) var runs: [TestRecord] = []

    package var recordID: String { alias }

    package init(alias: String) { self.alias = alias }

    package mutating func add(_ run: TestRecord) { runs = (runs + [run]).suffix(Self.kept) }
}

extension AppService {
    /// The latest tests of a connection, the newest first; at most ``TestHistory/kept``.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    public func tests(of alias: String, as principal: Principal) async throws -> [TestRecord] {
        try await records.read { reading in
            _ = try Self.found(alias, reading)
            return try reading.find(TestHistory.self, alias)?.value.runs.reversed() ?? []
        }
    }

    /// - Returns: `nil` if the test is not among the latest ones.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    public func test(_ id: String, of alias: String, as principal: Principal) async throws -> TestRecord? {
        try await tests(of: alias, as: principal).first { $0.id == id }
    }

    /// Records a test that has ended, and that its end is the latest evidence of the connection.
    func keep(_ run: TestRecord, of alias: String, facts: [String: String] = [:]) async throws {
        var facts = facts
        facts["outcome"] = run.view.outcome.rawValue
        facts["test"] = run.id
        let event = AuditEvent(
            time: surroundings.now(), principal: run.principal, act: .connectionTested, connection: alias,
            outcome: run.view.cause?.code.rawValue ?? "done", facts: facts)
        try await records.write { writing in
            try writing.append(event)
            // It may have been removed meanwhile.
            guard try writing.find(ConnectionRecord.self, alias) != nil else { return }
            var history = try writing.find(TestHistory.self, alias)?.value ?? TestHistory(alias: alias)
            history.add(run)
            try writing.save(history)
            var evidence =
                try writing.find(ConnectionEvidence.self, alias)?.value ?? ConnectionEvidence(alias: alias)
            evidence.test = ConnectionEvidence.Test(run)
            try writing.save(evidence)
        }
    }
}
