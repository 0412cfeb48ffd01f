internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// The connection tests of this process. Tests that ended with a verdict are in the store's history too.
actor TestRuns {
    /// How many ended runs are kept in memory; the oldest are dropped first. At most one test per connection runs.
    static let kept = 100

    private let service: AppService
    private let surroundings: Surroundings
    private var runs: [TestRun] = []
    private var tasks: [String: Task<Void, Never>] = [:]

    init(service: AppService, surroundings: Surroundings) {
        self.service = service
        self.surroundings = surroundings
    }

    /// Starts a test, or returns the connection's running one: a second test at the same time would only use another
    /// sign-in.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    func start(_ alias: String, as principal: Principal) async throws -> TestRun {
        _ = try await service.connections.named(alias, as: principal)
        if let running = runs.first(where: { $0.alias == alias && $0.isRunning }) { return running }
        let run = TestRun(
            id: surroundings.randomBytes(16).hex, alias: alias, startedAt: surroundings.now())
        forgetOldest()
        runs.append(run)
        tasks[run.id] = Task { await self.perform(run, principal) }
        return run
    }

    /// Returns a test from memory or from the history.
    ///
    /// - Throws: ``ServerRefusal`` with `.notFound`, or ``ConnectedAppError`` with `.unknownAlias`.
    func find(_ id: String, of alias: String, as principal: Principal) async throws -> TestRun {
        if let run = runs.first(where: { $0.id == id && $0.alias == alias }) { return run }
        if let record = try await service.diagnosis.testRecord(id, of: alias, as: principal) { return TestRun(record) }
        throw ServerRefusal(
            .notFound,
            detail:
                "This test is not known any more. The latest ten of a connection are kept, and those that could not "
                + "begin or could not be saved only until the server is restarted.")
    }

    /// Cancels all tests and waits until they have ended.
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

    private func forgetOldest() {
        let ended = runs.filter { !$0.isRunning }
        let forgotten = Set(ended.prefix(max(0, ended.count - Self.kept + 1)).map(\.id))
        runs.removeAll { forgotten.contains($0.id) }
    }
}
