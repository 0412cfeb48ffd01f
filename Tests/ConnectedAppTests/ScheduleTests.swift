import ConnectedAppTesting
import Foundation
import Logging
import Testing

@testable import ConnectedApp

@Suite("Repeated work", .timeLimit(.minutes(1)))
struct ScheduleTests {
    @Test("Repeated work continues after any failure, logs each new cause, and ends when it is cancelled")
    func goesOn() async {
        let (time, lines) = (TestTime(), LoggedLines())
        var surroundings = Surroundings.test(time)
        surroundings.troubles = Troubles(logger: lines.logger())
        let failures: [(any Error)?] = [
            FailingStore.ForeignError(), FailingStore.ForeignError(), nil, ConnectedAppError(.diskFull), nil,
        ]
        let schedule = Schedule(place: .watch, pause: .seconds(1), surroundings: surroundings)
        let task = Task {
            var rest = failures[...]
            await schedule.run(after: .seconds(5)) { if let failure = rest.removeFirst() { throw failure } }
        }
        await time.sleepers()
        time.advance(by: .seconds(4))
        #expect(surroundings.troubles.counts[.watch] == 0)
        for _ in failures {
            time.advance(by: .seconds(1))
            await time.sleepers()
        }
        #expect(surroundings.troubles.counts[.watch] == 3)
        #expect(lines.all.count == 2)
        task.cancel()
        await task.value
    }

    private static let me = Principal(.commandLine, name: "me")

    /// A process whose store fails on demand, with an error that is not aprity's.
    private func process(_ time: TestTime) async throws -> (AppService, FailingStore) {
        let world = try await TestWorld(time: time)
        let store = FailingStore(world.store, failure: FailingStore.ForeignError())
        let records = SealedRecords(store: store, ring: world.records.ring)
        let service = AppService(
            records: records,
            gate: LeasedGate(
                records: records, orders: world.orders, surroundings: world.surroundings, name: "other"),
            audit: world.store, keys: world.service.targets.keys,
            transports: OneTransport(ScriptedTransport.untouchable),
            surroundings: world.surroundings, pullFolder: "/nonexistent")
        return (service, store)
    }

    enum Loop: CaseIterable {
        case watch, rotations, checkpoints, appCheck, notices, pulls

        var place: Troubles.Place {
            switch self {
            case .watch: .watch
            case .rotations: .rotation
            case .checkpoints: .auditCheckpoint
            case .appCheck: .appCheck
            case .notices: .notices
            case .pulls: .pull
            }
        }

        func run(_ service: AppService) async {
            switch self {
            case .watch: await service.blocks.runWatch()
            case .rotations: await service.rotations.runAdvancing()
            case .checkpoints: await service.audit.runCheckpoints()
            case .appCheck: await service.appCheck.runDailyChecks { _ in }
            case .notices: await service.notices.runSending(over: [SilentChannel()]) { _ in }
            case .pulls: await service.pulls.run { _ in }
            }
        }
    }

    private struct SilentChannel: NoticeChannel {
        let address = NoticeAddress(.webhook, "example.org")
        func send(_ notice: Notice, at now: Date) async throws(NoticeFailure) {}
    }

    @Test(
        "An error that is not aprity's is counted, and ends none of a server's loops",
        arguments: Loop.allCases.filter { $0 != .checkpoints })
    func foreignError(_ loop: Loop) async throws {
        let time = TestTime()
        let (service, store) = try await process(time)
        store.failReads()
        let task = Task { await loop.run(service) }
        await time.sleepers()
        for _ in 0..<3 {
            time.advance(by: .seconds(3600))
            await time.sleepers()
        }
        #expect(service.blocks.surroundings.troubles.counts[loop.place] == 1)
        task.cancel()
        await task.value
    }

    @Test("A schedule that ends on its own ends the server, with an error")
    func served() async throws {
        let forever: @Sendable () async throws -> Void = {
            // Nothing is written to it, so it ends when its task is cancelled.
            for await _ in AsyncStream<Void>.makeStream().stream {}
            try Task.checkCancellation()
        }
        let error = await thrownByAwaiting { try await serving(forever, beside: [{}]) }
        #expect(error?.cause == .internalError)
        try await serving({}, beside: [{ try? await forever() }])
        let task = Task { try await serving(forever, beside: [{ try? await forever() }]) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
