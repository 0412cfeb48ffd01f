internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// The connection tests of this process. A test with a verdict is also in the store's history, unless it could not be
/// saved there.
actor TestRuns {
    /// How many ended tests are kept in memory; the oldest are dropped first. Running tests do not count: there is at
    /// most one per connection.
    static let maximumEnded = 100

    private let service: AppService
    private let surroundings: Surroundings
    /// The oldest first.
    private var runs: [TestRun] = []
    /// The running tests, by the test's ID.
    private var tasks: [String: Task<Void, Never>] = [:]

    init(service: AppService, surroundings: Surroundings) {
        self.service = service
        self.surroundings = surroundings
    }

    /// Starts a test in the background. If the connection's test is already running, returns that one, because a second
    /// test would only use another sign-in.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    func start(_ alias: String, as principal: Principal) async throws -> TestRun {
        _ = try await service.connections.named(alias, as: principal)
        if let running = runs.first(where: { $0.alias == alias && $0.isRunning }) { return running }
        let run = TestRun(
            id: surroundings.randomBytes(16).hex, alias: alias, startedAt: surroundings.now())
        dropOldest()
        runs.append(run)
        tasks[run.id] = Task { await self.perform(run, principal) }
        return run
    }

    /// Returns a test from memory or from the history.
    ///
    /// - Throws: ``ServerRefusal`` with `.notFound` if the connection has no such test, or ``ConnectedAppError`` with
    ///   `.unknownAlias`.
    func find(_ id: String, of alias: String, as principal: Principal) async throws -> TestRun {
        if let run = runs.first(where: { $0.id == id && $0.alias == alias }) { return run }
        if let record = try await service.diagnosis.testRecord(id, of: alias, as: principal) { return TestRun(record) }
        throw ServerRefusal(
            .notFound,
            detail:
                "There is no such test, or it is no longer kept. The latest ten tests of a connection are kept. A test "
                + "that could not begin or could not be saved is kept until the server restarts at most.")
    }

    /// Cancels the running tests, and waits until they have ended. A test that is started later is not cancelled.
    func stop() async {
        let tasks = Array(tasks.values)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func perform(_ run: TestRun, _ principal: Principal) async {
        let unsaved = Mutex<ConnectedAppError?>(nil)
        do {
            let view = try await service.diagnosis.test(
                run.alias, id: run.id, as: principal, onStep: { run.add($0) },
                onUnsaved: { error in unsaved.withLock { $0 = Self.shown(error) } })
            run.end(.finished(view, unsaved: unsaved.withLock { $0 }))
        } catch is CancellationError {
            run.end(.interrupted)
        } catch {
            run.end(.failed(Self.shown(error)))
        }
        tasks[run.id] = nil
    }

    private static func shown(_ error: any Error) -> ConnectedAppError {
        error as? ConnectedAppError ?? ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"])
    }

    private func dropOldest() {
        let ended = runs.filter { !$0.isRunning }
        let forgotten = Set(ended.prefix(max(0, ended.count - Self.maximumEnded + 1)).map(\.id))
        runs.removeAll { forgotten.contains($0.id) }
    }
}
