internal import Foundation

/// The latest evidence about a connection: the result of its latest test, and the org's answer to its latest ordinary
/// sign-in. Stored as a record; the names of properties must not change.
struct ConnectionEvidence: DispensableRecord, Equatable {
    static let kind = RecordKind.evidence

    /// The result of a connection test.
    struct Test: Codable, Sendable, Equatable {
        /// The id of the run in ``TestHistory``.
        let runID: String
        let time: Date
        let outcome: TestOutcome
        /// Whether a sign-in worked and its token could read metadata, even if something else is wrong.
        let connects: Bool
        /// The raw value of a ``Cause``; `nil` if nothing failed.
        package let code: String?
    }

    /// The org's answer to a sign-in.
    struct SignIn: Codable, Sendable, Equatable {
        let time: Date
        /// The raw value of a ``Cause``; `nil` if the org issued a token.
        let code: String?
    }

    /// The alias of the connection.
    let alias: String
    /// The latest test; `nil` if there was none since the connection was changed.
    var test: Test?
    /// The latest sign-in that was recorded; `nil` if there was none since the connection was changed.
    var signIn: SignIn?

    var recordID: String { alias }

    /// When the org last accepted a sign-in; `nil` if it did not since the connection was changed.
    var acceptedAt: Date? {
        let answers = [
            test.flatMap { $0.connects ? $0.time : nil }, signIn.flatMap { $0.code == nil ? $0.time : nil },
        ]
        return answers.compactMap(\.self).max()
    }

    init(alias: String) { self.alias = alias }

    /// Records the result of a test, unless a later one is known. A known result with a future time is replaced,
    /// because the clock was set back.
    mutating func note(_ end: Test, now: Date) {
        if let test, test.time > end.time, test.time <= now { return }
        test = end
    }

    /// In seconds. While the org gives the same answer to every sign-in, only one sign-in in this time is recorded.
    private static let renewal: TimeInterval = 600

    /// Records the org's answer to a sign-in. Does nothing if the same answer was recorded less than ten minutes before
    /// and no test came in between.
    ///
    /// - Parameter isEach: Whether to record every sign-in, because such sign-ins are rare.
    /// - Returns: Whether the evidence changed and must be saved.
    mutating func note(_ seen: SignIn, isEach: Bool = false) -> Bool {
        if !isEach, let signIn, signIn.code == seen.code, seen.time.timeIntervalSince(signIn.time) < Self.renewal,
            test.map({ $0.time <= signIn.time }) ?? true
        {
            return false
        }
        signIn = seen
        return true
    }
}

extension CheckedWriting {
    /// Saves how the org answered an ordinary sign-in of a connection. Saves nothing if the connection was removed
    /// meanwhile.
    ///
    /// - Parameter isEach: Whether to record every sign-in, as for those that follow a change.
    func note(
        _ seen: ConnectionEvidence.SignIn, of alias: String, isEach: Bool = false, as principal: Principal
    ) throws {
        let known = try findOrDrop(ConnectionEvidence.self, of: alias, as: principal, at: seen.time)
        guard var evidence = try known ?? newEvidence(of: alias) else { return }
        if evidence.note(seen, isEach: isEach) { try save(evidence) }
    }

    /// - Returns: `nil` if the connection was removed while it signed in.
    private func newEvidence(of alias: String) throws -> ConnectionEvidence? {
        try find(ConnectionRecord.self, alias) == nil ? nil : ConnectionEvidence(alias: alias)
    }

    /// Removes the evidence about a connection that was changed or removed.
    func forgetEvidence(of alias: String) throws {
        try drop(ConnectionEvidence.self, alias)
    }
}
