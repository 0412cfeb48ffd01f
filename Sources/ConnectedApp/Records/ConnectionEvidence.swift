package import Foundation

/// What was last seen of a connection: the end of its latest test, and the org's answer to its latest ordinary sign-in.
package struct ConnectionEvidence: DispensableRecord, Equatable {
    package static let kind = RecordKind.evidence

    package struct Test: Codable, Sendable, Equatable {
        /// Of the run in ``TestHistory``.
        package let runID: String
        package let time: Date
        package let outcome: TestOutcome
        /// Whether a sign-in worked and its token could read metadata, whatever else is to be mended.
        package let connects: Bool
        /// A cause's code; `nil` if nothing failed.
        package let code: String?
    }

    package struct SignIn: Codable, Sendable, Equatable {
        package let time: Date
        /// A cause's code; `nil` if a token was granted.
        package let code: String?

        package init(time: Date, code: String?) {
            self.time = time
            self.code = code
        }
    }

    /// The connection's.
    package let alias: String
    package var test: Test?
    package var signIn: SignIn?

    package var recordID: String { alias }

    package init(alias: String) { self.alias = alias }

    /// Takes the end of a test, unless a later one is known. A time in the future means that the clock was set back; it is
    /// ignored.
    package mutating func note(_ end: Test, now: Date) {
        if let test, test.time > end.time, test.time <= now { return }
        test = end
    }

    /// While the org keeps granting tokens, the time of the latest one is written this often, and not with each.
    private static let renewal: TimeInterval = 600

    /// - Parameter isEach: Whether each sign-in counts, since it is rare.
    /// - Returns: Whether there is something to write.
    package mutating func note(_ seen: SignIn, isEach: Bool = false) -> Bool {
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
    /// Records how the org answered an ordinary sign-in of a connection, or, with `isEach`, one that follows a change.
    func note(
        _ seen: ConnectionEvidence.SignIn, of alias: String, isEach: Bool = false, as principal: Principal
    ) throws {
        let known = try findOrDrop(ConnectionEvidence.self, of: alias, as: principal, at: seen.time)
        guard var evidence = try known ?? newEvidence(of: alias) else { return }
        if evidence.note(seen, isEach: isEach) { try save(evidence) }
    }

    /// `nil` if the connection was removed while it signed in.
    private func newEvidence(of alias: String) throws -> ConnectionEvidence? {
        try find(ConnectionRecord.self, alias) == nil ? nil : ConnectionEvidence(alias: alias)
    }

    /// What was seen of a connection that was changed or removed is no evidence any more.
    func forgetEvidence(of alias: String) throws {
        try drop(ConnectionEvidence.self, alias)
    }
}
