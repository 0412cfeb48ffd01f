import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("The state of a connection as it is shown")
struct ConnectionStateTests {
    private static let me = Principal(.commandLine, name: "me")

    /// A connection `prod` whose org can be replaced.
    private struct World {
        let time = TestTime()
        let world: TestWorld
        private let answers: Answers

        private final class Answers: Sendable {
            let org: Mutex<ScriptedOrg>
            init(_ org: ScriptedOrg) { self.org = Mutex(org) }
        }

        init() async throws {
            let time = time
            let answers = Answers(ScriptedOrg { time.now })
            self.answers = answers
            let transport = ScriptedTransport { request in
                let response = try await answers.org.withLock { $0 }.transport.send(request, within: .answer)
                return try await ScriptedAnswer(response)
            }
            world = try await TestWorld.connected(time: time, transport: transport)
        }

        func change(_ change: (inout ScriptedOrg) -> Void) { answers.org.withLock { change(&$0) } }
        func state() async throws -> ConnectionStateView {
            try await world.service.connections.named("prod", as: me).state
        }

        @discardableResult
        func test() async throws -> TestView { try await world.service.diagnosis.test("prod", as: me) { _ in } }

        /// Advances the time until no change spreads any more.
        func wait() { time.advance(by: .seconds(3600)) }
    }

    @Test(
        "An altered record of evidence disables nothing, is reported, and is started again",
        arguments: RecordDamage.allCases)
    func alteredMemory(_ damage: RecordDamage) async throws {
        let world = try await World()
        world.wait()
        try await world.test()
        for kind in [RecordKind.evidence, .testHistory] {
            try await damage.apply(to: kind, "prod", in: world.world)
        }
        let service = world.world.service
        let view = try #require(try await service.connections.all(as: Self.me).first)
        #expect(view.state.code == .untested)
        #expect(view.warnings.count { $0.contains("outside aprity") } == 2)
        #expect(try await service.diagnosis.tests(of: "prod", as: Self.me).isEmpty)
        _ = try await service.tokens.accessToken(for: "prod", as: Self.me)
        try await world.test()
        #expect(try await service.diagnosis.tests(of: "prod", as: Self.me).count == 1)
        #expect(try await service.connections.named("prod", as: Self.me).warnings.isEmpty)
        let dropped = try await world.world.store.events(AuditSelection(act: .recordDropped, limit: 9))
        #expect(Set(dropped.compactMap { $0.facts["record"] }) == ["evidence prod", "testHistory prod"])
        for kind in [RecordKind.evidence, .testHistory] {
            try await damage.apply(to: kind, "prod", in: world.world)
        }
        var changes = ConnectionChanges()
        changes.username = "j@acme.example"
        _ = try await service.connections.change("prod", changes, as: Self.me)
        try await service.connections.remove("prod", as: Self.me)
        #expect(try await service.connections.all(as: Self.me).isEmpty)
    }

    @Test("Of two tests the one that ended later is the latest evidence, whichever is recorded last")
    func laterEnd() async throws {
        let world = try await World()
        world.wait()
        let older = try await world.test()
        world.wait()
        world.change { $0 = $0.refusing("invalid_grant", "inactive user") }
        try await world.test()
        let before = try await world.state()
        let run = TestRecord(
            id: String(repeating: "0", count: 32), startedAt: older.finishedAt, principal: Self.me, view: older)
        try await world.world.records.write { try $0.saveTest(run, of: "prod", at: world.time.now) }
        #expect(try await world.state() == before)
        let ends = try await world.world.service.diagnosis.tests(of: "prod", as: Self.me).map(\.view.finishedAt)
        #expect(ends.count == 3)
        #expect(ends == ends.sorted(by: >))
    }

    @Test("A connection that was never tested says so")
    func untested() async throws {
        let state = try await World().state()
        #expect(state.code == .untested)
        #expect(state.seenAt == nil)
    }

    @Test("After a passed test, the connection works, as of the end of the test")
    func works() async throws {
        let world = try await World()
        world.wait()
        let view = try await world.test()
        let state = try await world.state()
        #expect(state.code == .works)
        #expect(state.seenAt == view.finishedAt)
        let tests = try await world.world.service.diagnosis.tests(of: "prod", as: Self.me)
        #expect(state.testID == tests.first?.id)
    }

    @Test("After a failed test, the connection fails with the cause, even if it worked before")
    func fails() async throws {
        let world = try await World()
        try await world.test()
        world.wait()
        world.change { $0 = $0.refusing("invalid_client", "invalid client credentials") }
        try await world.test()
        let state = try await world.state()
        #expect(state.code == .fails)
        #expect(state.cause == .signatureRefused)
    }

    @Test("A failure that a spreading change explains counts as waiting, until the change should have spread")
    func waiting() async throws {
        let world = try await World()
        world.change { $0 = $0.refusing("invalid_client", "invalid client credentials") }
        try await world.test()
        let state = try await world.state()
        #expect(state.code == .waiting)
        #expect(state.waitingUntil == world.time.now.addingTimeInterval(1800))
        world.wait()
        #expect(try await world.state().code == .fails)
    }

    @Test("While a new app spreads, the set-up needs action until a sign-in has worked; later waiting does not")
    func unfinishedSetUp() async throws {
        let world = try await World()
        func list() async throws -> (needsAction: Int?, urgent: [String]) {
            let list = try await world.world.service.overviews.list(ConnectionQuery(), as: Self.me)
            return (list.counts[.needsAction], list.urgent.map(\.alias))
        }
        world.change { $0 = $0.refusing("invalid_client", "invalid client credentials") }
        try await world.test()
        #expect(try await world.state().code == .waiting)
        #expect(try await list().needsAction == 1)
        #expect(try await list().urgent == ["prod"])
        let time = world.time
        world.change { $0 = ScriptedOrg { time.now } }
        try await world.test()
        #expect(try await list().needsAction == 0)
        world.change { $0 = $0.refusing("invalid_client", "invalid client credentials") }
        try await world.test()
        #expect(try await world.state().code == .waiting)
        #expect(try await list().needsAction == 0)
    }

    @Test("A block in the org does not count as waiting for a new app")
    func blockedInOrg() async throws {
        let world = try await World()
        world.change { $0 = $0.refusing("OAUTH_APP_BLOCKED", "this app is blocked by admin") }
        #expect(try await world.test().outcome == .fails)
        #expect(try await world.state().code == .fails)
    }

    @Test("An ordinary sign-in is newer evidence than a test before it, both ways")
    func signIn() async throws {
        let world = try await World()
        world.wait()
        world.change { $0 = $0.refusing("invalid_client", "invalid client credentials") }
        try await world.test()
        world.wait()
        world.change { $0.tokenAnswer = nil }
        _ = try await world.world.service.tokens.accessToken(for: "prod", as: Self.me)
        #expect(try await world.state().code == .works)
        #expect(try await world.state().seenAt == world.time.now)
    }

    @Test("A refused sign-in is a failure, though the last test passed")
    func refusedSignIn() async throws {
        let world = try await World()
        world.wait()
        try await world.test()
        world.wait()
        world.change { $0 = $0.refusing("invalid_grant", "inactive user") }
        _ = await thrownByAwaiting { try await world.world.service.tokens.accessToken(for: "prod", as: Self.me) }
        let state = try await world.state()
        #expect(state.code == .fails)
        #expect(state.cause == .userInactive)
        #expect(state.testID == nil)
    }

    @Test("A surplus scope stays reported, however often sign-ins work")
    func differs() async throws {
        let world = try await World()
        world.wait()
        world.change { $0.scope = "api web" }
        try await world.test()
        world.wait()
        _ = try await world.world.service.tokens.accessToken(for: "prod", as: Self.me)
        let state = try await world.state()
        #expect(state.code == .differs)
        #expect(state.cause == .scopesDiffer)
        #expect(state.seenAt == world.time.now)
    }

    @Test("A change of the connection, or a reported change of its app, invalidates earlier evidence")
    func changed() async throws {
        let world = try await World()
        try await world.test()
        world.wait()
        var changes = ConnectionChanges()
        changes.username = "other@acme.example"
        _ = try await world.world.service.connections.change("prod", changes, as: Self.me)
        #expect(try await world.state().code == .untested)
        try await world.test()
        #expect(try await world.state().code == .works)
        world.wait()
        _ = try await world.world.service.diagnosis.reportChange(of: "prod", as: Self.me)
        #expect(try await world.state().code == .untested)
    }

    @Test("The state shows that the next certificate must be uploaded, unless there is a failure")
    func rotation() async throws {
        let world = try await World()
        world.wait()
        try await world.test()
        _ = try await world.world.service.rotations.begin(of: "prod", as: Self.me)
        #expect(try await world.state().code == .uploadAwaited)
        world.change { $0 = $0.refusing("invalid_grant", "inactive user") }
        try await world.test()
        #expect(try await world.state().code == .fails)
    }

    @Test("A block, a missing Consumer Key and a certificate that expires soon are shown")
    func others() async throws {
        let world = try await World()
        let service = world.world.service
        _ = try await service.connections.add(
            .test("draft", loginHost: "https://b.my.salesforce.com", consumerKey: nil), as: Self.me)
        #expect(try await service.connections.named("draft", as: Self.me).state.code == .consumerKeyMissing)
        _ = try await service.connections.add(
            .test(
                "short", loginHost: "https://c.my.salesforce.com", consumerKey: "3MVG9.other_key", certificateDays: 10),
            as: Self.me)
        #expect(try await service.connections.named("short", as: Self.me).state.code == .certificateEndsSoon)
        _ = try await service.blocks.block("prod", reason: "drill", as: Self.me)
        #expect(try await world.state().code == .blocked)
    }

    // MARK: History

    @Test("The latest ten tests are stored, the newest first, with their principals")
    func history() async throws {
        let world = try await World()
        for _ in 0..<12 {
            world.time.advance(by: .seconds(60))
            try await world.test()
        }
        let tests = try await world.world.service.diagnosis.tests(of: "prod", as: Self.me)
        #expect(tests.count == 10)
        #expect(tests.first?.view.finishedAt == world.time.now)
        #expect(tests.map(\.view.finishedAt) == tests.map(\.view.finishedAt).sorted(by: >))
        #expect(tests.allSatisfy { $0.principal == Self.me })
        #expect(Set(tests.map(\.id)).count == 10)
    }

    @Test("A past test is shown as it was; removing the connection removes its tests")
    func removed() async throws {
        let world = try await World()
        let service = world.world.service
        let view = try await world.test()
        let id = try #require(try await service.diagnosis.tests(of: "prod", as: Self.me).first?.id)
        #expect(try await service.diagnosis.testRecord(id, of: "prod", as: Self.me)?.view == view)
        try await service.connections.remove("prod", as: Self.me)
        let kinds = try await world.world.store.read { reading in
            try (reading.records(of: .evidence) + reading.records(of: .testHistory)).map(\.key.kind)
        }
        #expect(kinds == [])
    }
}
