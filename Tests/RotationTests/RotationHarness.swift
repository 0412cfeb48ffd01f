import ConnectedAppTesting
import Foundation
import JWTBearer

@testable import ConnectedApp
@testable import OrgSimulator

/// Runs one rotation in an embedded org, with parallel callers, an admin, and the rotation's own work, all on one
/// clock.
final class RotationHarness {
    struct Result {
        var calls = 0
        /// Calls that failed although every server that was asked trusted one of aprity's keys.
        var failures: [String] = []
        /// Calls that failed at a server that trusted none of aprity's keys.
        var foreign = 0
        /// Calls that were not sent, because the org had refused too many.
        var paused = 0
        /// Calls that failed because the org repeatedly answered "not now" or the connection was lost.
        var unavailable = 0
        var answeredByOld = 0
        var answeredByNew = 0
        var refused = 0
        var probes = 0
        var probesRefused = 0
        var seconds = 0.0
        var problems: [String] = []
    }

    private static let alias = "acme"
    private static let callers = 3
    private let principal = Principal(.demo, name: "harness")
    private let scenario: RotationScenario
    private let clock = HarnessClock()
    private let simulation: OrgSimulation
    private let connections: OrgConnections
    /// The server, which does the steps of the rotation and reads metadata.
    private let service: AppService
    /// Creates another process, which has no token and so signs in.
    private let makeProcess: @Sendable () -> AppService
    private let dice: Dice
    private var result = Result()
    private var oldName = ""
    private var nextName = ""

    /// - Parameter triesOtherKey: `false` proves that the harness detects failures.
    init(_ scenario: RotationScenario, triesOtherKey: Bool = true) async throws {
        self.scenario = scenario
        dice = Dice(seed: scenario.seed &+ 77)
        let clock = clock
        var state = SimulatorState.harbourBikes
        state.random.seed = scenario.seed
        state.switches.adverse = scenario.isAdverse
        // Longer than the pauses of a sign-in's attempts. They advance the clock for a parallel sign-in too, whose session
        // must not expire before its token is checked.
        state.switches.sessionTimeoutSeconds = 60
        state.switches.signatureMismatch = scenario.refusesAsInvalidAssertion ? .invalidAssertion : .invalidClient
        state.orgs[0].apps = [Self.app]
        simulation = try OrgSimulation(seed: state, wall: { clock.now })
        connections = OrgConnections(simulation, dice: Dice(seed: scenario.seed &+ 5))
        let surroundings = clock.surroundings(seed: scenario.seed)
        var builder = ServiceBuilder(MemoryStore(), ring: try MasterKeyRing.test(), surroundings: surroundings)
        builder.transports = connections
        builder.triesOtherKey = triesOtherKey
        _ = try await builder.records.initialise()
        makeProcess = { [builder] in
            builder.process("\(surroundings.randomBytes(4))", surroundings).service()
        }
        service = makeProcess()
    }

    private static let app = App.ofAprity()
    private static let secondApp = App.ofAprity(
        named: "aprity 2", consumerKey: "3MVG9HarbourBikesSecondKeyForTheTests")

    // MARK: The course of a rotation

    func run() async throws -> Result {
        let old = try await connect()
        _ = try await service.connections.add(.toHarbourBikes("other"), as: principal)
        let foreignPEM = try await service.certificates.current(of: "other", as: principal).pem
        let begun = clock.now
        _ = try await service.rotations.begin(
            .init(inSecondApp: scenario.upload == .secondApp), of: Self.alias, as: principal)
        let next = try await service.certificates.next(of: Self.alias, as: principal).pem
        nextName = PEMName.of(next)
        try await live(for: scenario.firstAfter)
        switch scenario.upload {
        case .toldThenSaved:
            try await tell()
            try await live(for: scenario.secondAfter)
            try await save(next)
        case .savedThenTold:
            try await save(next)
            try await live(for: scenario.secondAfter)
            try await tell()
        case .neverTold: try await save(next)
        case .secondApp:
            try await save(next, in: Self.secondApp)
            try await live(for: scenario.secondAfter)
            _ = try await service.rotations.confirmUpload(
                of: Self.alias, consumerKey: Self.secondApp.consumerKey, as: principal)
        case .formerPutBack:
            try await save(next)
            try await live(for: scenario.secondAfter)
            try await save(old)
            try await live(for: dice.seconds(30...1_500))
            try await save(next)
        case .foreignFirst:
            try await tell()
            try await save(foreignPEM)
            try await live(for: scenario.secondAfter)
            try await save(next)
        case .rolledBack:
            try await save(next)
            try await tell()
            try await live(for: scenario.secondAfter)
            // Not before enough requests were answered by servers that know the certificate.
            let end = clock.now.addingTimeInterval(1_800)
            while connections.witness.counted.byTrusted[nextName] ?? 0 < 25, clock.now < end { try await tick() }
            try await save(old)
            _ = try? await service.rotations.rollBack(of: Self.alias, as: principal)
        }
        try await liveUntil(.retiring, atMost: 4 * 3_600)
        result.seconds = clock.now.timeIntervalSince(begun)
        if scenario.upload == .secondApp { try await live(for: 1_500) }
        await noteCounts()
        if scenario.upload == .secondApp { try await change(Self.app, [("$remove", .bool(true))]) }
        try await retire()
        return result
    }

    /// Installs the first certificate everywhere, and signs in once, which pins the org.
    private func connect() async throws -> String {
        _ = try await service.connections.add(
            .toHarbourBikes(Self.alias, consumerKey: App.testKey), as: principal)
        let pem = try await service.certificates.current(of: Self.alias, as: principal).pem
        oldName = PEMName.of(pem)
        try await save(pem)
        clock.advance(by: 3_600)
        try await call()
        connections.witness.drain()
        return pem
    }

    private func tell() async throws { _ = try? await service.rotations.confirmUpload(of: Self.alias, as: principal) }

    /// Saves the certificate in the app as an admin does, or creates a second app with it.
    private func save(_ pem: String, in app: App = RotationHarness.app) async throws {
        let isNew = app.name != Self.app.name
        try await change(
            app,
            [("certificatePEM", .string(pem))]
                + (isNew
                    ? [
                        ("consumerKey", .string(app.consumerKey)), ("scopes", .strings(app.scopes)),
                        ("permittedUsers", .string(app.permittedUsers.rawValue)),
                        ("permissionSets", .strings(app.permissionSets)),
                    ] : []))
    }

    private func change(_ app: App, _ members: [(String, JSONValue)]) async throws {
        guard let org = await simulation.document().orgs.first else { return }
        try await simulation.save(SetupChange.record("apps", ("name", app.name), of: org, members))
    }

    // MARK: Advancing time

    private func live(for seconds: TimeInterval) async throws {
        let end = clock.now.addingTimeInterval(seconds)
        while clock.now < end { try await tick() }
    }

    private func liveUntil(_ state: RotationStateName, atMost seconds: TimeInterval) async throws {
        let end = clock.now.addingTimeInterval(seconds)
        while clock.now < end {
            try await tick()
            if try await service.rotations.view(of: Self.alias, as: principal).state == state { return }
        }
        let view = try await service.rotations.view(of: Self.alias, as: principal)
        result.problems.append("never \(state), but \(view.state): \(view.warnings)")
    }

    /// Advances some seconds: the callers send requests in parallel, and the rotation does its due steps.
    private func tick() async throws {
        clock.advance(by: dice.seconds(6...14))
        try await call()
        // Sometimes another process does the step, like a second server or one after a restart.
        let server = dice.happens(0.7) ? service : makeProcess()
        try await server.rotations.advance(of: Self.alias, as: principal)
        connections.witness.drain()
    }

    /// Sends requests in parallel, from a new process that must sign in or from the server with an expired session.
    private func call() async throws {
        let (process, principal) = (makeProcess(), principal)
        let reader = dice.happens(0.1) ? service : nil
        let failures = await withTaskGroup(of: (Int, ConnectedAppError)?.self) { group in
            for number in 0..<Self.callers {
                group.addTask {
                    do {
                        try await Caller.$number.withValue(number) {
                            if let reader {
                                _ = try await reader.metadata.types(of: Self.alias, as: principal)
                            } else {
                                _ = try await process.tokens.accessToken(for: Self.alias, as: principal)
                            }
                        }
                        return nil
                    } catch {
                        return (
                            number,
                            error as? ConnectedAppError ?? ConnectedAppError(.internalError, detail: "\(error)")
                        )
                    }
                }
            }
            var failures: [Int: ConnectedAppError] = [:]
            for await case (let number, let error)? in group { failures[number] = error }
            return failures
        }
        result.calls += Self.callers
        guard !failures.isEmpty else { return }
        try await judge(failures)
    }

    private func judge(_ failures: [Int: ConnectedAppError]) async throws {
        let held = try await heldNames()
        let answers = connections.witness.drain()
        for (number, failure) in failures {
            let own = answers.filter { $0.caller == number }
            // A caller that waited for another caller's sign-in shares its answer.
            judge(
                failure, by: own.isEmpty ? answers.filter { $0.caller.map { failures[$0] != nil } ?? false } : own, held
            )
        }
    }

    private func judge(_ failure: ConnectedAppError, by asked: [SignInWitness.Answer], _ held: Set<String>) {
        let answered = asked.filter { !$0.isFault }.map(\.trusted)
        if asked.isEmpty {
            result.paused += 1
        } else if asked.count >= 3, asked.suffix(3).allSatisfy(\.isFault) {
            result.unavailable += 1
        } else if answered.last.map({ !$0.isDisjoint(with: held) }) ?? false {
            // The call failed at a server that trusts one of aprity's keys. After a lost connection, another server may
            // have been next.
            let story = asked.map {
                ($0.isFault ? "fault at " : "") + $0.trusted.map(name).sorted().joined(separator: "+")
            }
            result.failures.append("\(clock.now.ISO8601Format()) \(failure) at \(story)")
        } else {
            result.foreign += 1
        }
    }

    private func name(_ trusted: String) -> String {
        trusted == oldName ? "old" : trusted == nextName ? "next" : "foreign"
    }

    private func heldNames() async throws -> Set<String> {
        let view = try await service.rotations.view(of: Self.alias, as: principal)
        var held: Set = [PEMName.of(try await service.certificates.current(of: Self.alias, as: principal).pem)]
        if view.other != nil { held.formUnion([oldName, nextName]) }
        return held
    }

    private func noteCounts() async {
        let counted = connections.witness.counted
        result.answeredByOld = counted.byTrusted[oldName] ?? 0
        result.answeredByNew = counted.byTrusted[nextName] ?? 0
        result.refused = counted.refused
        if let view = try? await service.rotations.view(of: Self.alias, as: principal) {
            result.probes = view.evidence?.probes ?? 0
            result.probesRefused = view.evidence?.probesRefused ?? 0
        }
    }

    /// The former key's last day. It is destroyed only when no server accepts it.
    private func retire() async throws {
        let end = clock.now.addingTimeInterval(4 * 86_400)
        while clock.now < end {
            clock.advance(by: clock.now.addingTimeInterval(86_400) > end ? 60 : dice.seconds(1_800...5_400))
            try await call()
            for _ in 0..<30 {
                guard let next = try await service.rotations.advance(of: Self.alias, as: principal),
                    next.timeIntervalSince(clock.now) < 60
                else { break }
                clock.advance(by: max(next.timeIntervalSince(clock.now), 0))
            }
            connections.witness.drain()
            let view = try await service.rotations.view(of: Self.alias, as: principal)
            guard view.state != .steady else {
                let remaining = PEMName.of(try await service.certificates.current(of: Self.alias, as: principal).pem)
                let inForce = await simulation.certificatesInForce()
                if inForce != [remaining] { result.problems.append("a key that a server accepts was destroyed") }
                return
            }
        }
        let view = try await service.rotations.view(of: Self.alias, as: principal)
        result.problems.append("never steady, but \(view.state): \(view.warnings)")
    }
}
