import ConnectedAppTesting
import Foundation
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("Daily app check")
struct DailyAppCheckTests {
    private static let me = Principal(.commandLine, name: "me")

    @Test("An app whose approval was altered does not prevent the check of the others")
    func altered() async throws {
        let time = TestTime()
        let world = try await TestWorld(time: time, transport: ScriptedOrg { time.now }.transport)
        for alias in ["acme", "second"] {
            _ = try await world.service.connections.add(
                .test(alias, username: "\(alias)@acme.example", consumerKey: "3MVG9.consumer_key.\(alias)"), as: Self.me
            )
            _ = try await world.service.diagnosis.test(alias, as: Self.me) { _ in }
            _ = try await world.service.appCheck.check(of: alias, as: Self.me)
        }
        let appID = try await world.service.targets.preferred("acme").appID
        let key = RecordKey(.approvedApp, appID)
        let stored = try #require(try await world.store.read { try $0.record(key) })
        try await world.store.write { writing in
            try writing.put(
                StoredRecord(
                    key: key, revision: stored.revision, body: Data("{}".utf8), masterKeyID: stored.masterKeyID,
                    tag: stored.tag))
        }
        time.advance(by: .seconds(90_000))
        try await world.service.appCheck.checkDueApps(as: Self.me) { _ in }
        let checks = try await world.store.events(limit: 100).filter { $0.act == .appChecked }
        #expect(checks.map(\.connection).filter { $0 == "second" }.count == 2)
    }

    @Test("A running server reads each app once a day, however many connections share it, and shows differences")
    func daily() async throws {
        let time = TestTime()
        var org = ScriptedOrg { time.now }
        org.scope = "api web"
        let world = try await TestWorld(time: time, transport: org.transport)
        for (alias, other) in [("acme", nil), ("second", "acme")] as [(String, String?)] {
            _ = try await world.service.connections.add(
                .test(
                    alias, username: "\(alias)@acme.example",
                    consumerKey: other == nil ? "3MVG9.consumer_key" : nil, sameAppAs: other), as: Self.me)
            _ = try await world.service.diagnosis.test(alias, as: Self.me) { _ in }
        }
        let drifted = Mutex<[String]>([])
        let checking = Task {
            await world.service.appCheck.runDailyChecks { view in drifted.withLock { $0.append(view.connection) } }
        }
        defer { checking.cancel() }
        await time.sleepers(atLeast: 1)
        #expect(drifted.withLock { $0 } == [])
        time.advance(by: .seconds(600))
        await time.sleepers(atLeast: 1)
        #expect(drifted.withLock { $0 } == ["acme"])
        let warnings = try await world.service.connections.named("second", as: Self.me).warnings
        #expect(warnings.contains { $0.contains("OAuth scopes: Api, RefreshToken, Web") })
        for hours in 1...24 {
            time.advance(by: .seconds(3600))
            await time.sleepers(atLeast: 1)
            #expect(drifted.withLock { $0.count } == (hours == 24 ? 2 : 1), "after \(hours) hours")
        }
        let checks = try await world.store.events(limit: 100).filter { $0.act == .appChecked }
        #expect(checks.count == 2)
        #expect(checks.allSatisfy { $0.principal.channel == .schedule })
    }
}
