internal import Foundation
internal import JWTBearer
internal import Synchronization

/// Finds out why a connection works or does not: tests, reports, and changes that spread.
package struct Diagnosis: ConnectionService {
    let targets: Targets
    let sources: TokenSources
    let changes: RotationChanges
    let appChecks: AppChecks

    /// Tests the connection and saves the test in the history. If the connection is not pinned to an org yet, a granted token
    /// pins it.
    ///
    /// - Parameters:
    ///   - id: The test's id in the history, 32 hexadecimal digits; `nil` creates one.
    ///   - onStep: Called after each step.
    ///   - onUnsaved: Called with the error if the test has a verdict but could not be saved in the history.
    /// - Throws: ``ConnectedAppError`` if the test could not start, for instance with `.unknownAlias` or `.recordAltered`;
    ///   `CancellationError` if it was interrupted.
    package func test(
        _ alias: String, id: String? = nil, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void,
        onUnsaved: @Sendable (any Error) -> Void = { _ in }
    ) async throws -> TestView {
        let startedAt = surroundings.now()
        let view = try await testOfLikeliestKey(alias, as: principal, onStep: onStep)
        let record = TestRecord(
            id: id ?? surroundings.randomHex(bytes: 16), startedAt: startedAt, principal: principal, view: view)
        do { try await save(record, of: alias) } catch let error as CancellationError {
            throw error
        } catch {
            surroundings.note(error, at: .testHistory, ["connection": alias, "test": record.id])
            onUnsaved(error)
        }
        return view
    }

    /// Tests with the key that the org is most likely to accept. During a rotation, if the org refuses that key, tests again
    /// with the other one.
    ///
    /// - Parameter onStep: Called for each step of the test that counts. If the first of two possible tests counts, it is
    ///   called for all steps at once, when that test has ended.
    func testOfLikeliestKey(
        _ alias: String, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void
    ) async throws -> TestView {
        let candidates = try await targets.all(alias)
        guard let first = candidates.first else { throw ConnectedAppError(.internalError) }
        guard let other = candidates.dropFirst().first else {
            return try await connectionTest(of: first, as: principal).run(onStep: onStep)
        }
        let steps = Mutex<[TestView.Step]>([])
        let view = try await connectionTest(of: first, as: principal).run { step in steps.withLock { $0.append(step) } }
        if let cause = view.cause?.code, cause.isAboutTheKey(first, among: candidates) {
            await changes.recordAnswer(.refused(first.credentialID), of: first, as: principal)
            let otherView = try await connectionTest(of: other, as: principal).run(onStep: onStep)
            if otherView.cause == nil {
                await changes.recordAnswer(.accepted(other.credentialID), of: other, as: principal)
            }
            return otherView
        }
        if view.cause == nil { await changes.recordAnswer(.accepted(first.credentialID), of: first, as: principal) }
        steps.withLock { $0 }.forEach(onStep)
        return view
    }

    // MARK: The latest tests

    /// Returns the latest tests of a connection, the newest first; at most ``TestHistory/kept``.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    package func tests(of alias: String, as principal: Principal) async throws -> [TestRecord] {
        try await records.read { reading in
            _ = try FoundConnection(alias, reading)
            return try Self.tests(of: alias, reading)
        }
    }

    static func tests(of alias: String, _ reading: CheckedReading) throws -> [TestRecord] {
        try reading.intactOrNone(TestHistory.self, alias)?.runs.reversed() ?? []
    }

    /// Returns a test by its id.
    ///
    /// - Returns: `nil` if the test is not among the latest ones.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    public func testRecord(_ id: String, of alias: String, as principal: Principal) async throws -> TestRecord? {
        try await tests(of: alias, as: principal).first { $0.id == id }
    }

    /// Saves a finished test, and its outcome as evidence about the connection.
    func save(_ run: TestRecord, of alias: String) async throws {
        let now = surroundings.now()
        try await records.write { writing in try writing.saveTest(run, of: alias, at: now) }
    }
}
