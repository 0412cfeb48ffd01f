import Foundation
import Testing

@testable import OrgSimulator

@Suite("Propagation of a change")
struct PropagationTests {
    private let start = Date(timeIntervalSince1970: 1_790_000_000)
    private let id = Propagation.AppID(org: "O", app: "A")

    private func app(_ label: String) -> App {
        var app = App(name: "App")
        app.label = label
        return app
    }

    @Test("A server uses the newest version in force on it, whatever the order of the times")
    func newest() {
        var propagation = Propagation()
        propagation.record(app("1"), of: id, change: "created", effectiveTimes: [start, start], at: start)
        propagation.record(app("2"), of: id, change: "label", effectiveTimes: [start + 500, start + 100], at: start)
        propagation.record(app("3"), of: id, change: "label", effectiveTimes: [start + 200, start + 300], at: start)
        func seen(_ server: Int, _ seconds: Double) -> String? {
            propagation.app(id, on: server, at: start + seconds)?.label
        }
        #expect([seen(0, 0), seen(0, 200), seen(0, 500)] == ["1", "3", "3"])
        #expect([seen(1, 99), seen(1, 100), seen(1, 300)] == ["1", "2", "3"])
        #expect(propagation.app(id, on: 0, at: start - 1) == nil)
    }

    @Test("A deleted app disappears from each server at its own time")
    func deletion() {
        var propagation = Propagation()
        propagation.record(app("1"), of: id, change: "created", effectiveTimes: [start, start], at: start)
        propagation.record(nil, of: id, change: "deleted", effectiveTimes: [start + 10, start + 20], at: start)
        #expect(propagation.apps(of: "O", on: 0, at: start + 10).isEmpty)
        #expect(propagation.apps(of: "O", on: 1, at: start + 10).count == 1)
    }

    @Test("Versions that no server uses any more are dropped")
    func settled() {
        var propagation = Propagation()
        for number in 1...5 {
            let time = start + Double(number)
            propagation.record(app("\(number)"), of: id, change: "label", effectiveTimes: [time, time], at: time)
        }
        #expect(propagation.versions[id]?.count == 1)
        #expect(propagation.versions[id]?.last?.revision == 5)
    }

    @Test("Changes take 2 to 10 minutes and creations up to 30, with a different time for each server")
    func windows() {
        var random = SeededRandom(seed: 7)
        let switches = Switches()
        for _ in 0..<500 {
            let edit = switches.effectiveTimes(creation: false, at: start, using: &random)
            #expect(edit.count == 8)
            #expect(Set(edit).count == 8)
            #expect(edit.allSatisfy { (120...600).contains($0.timeIntervalSince(start)) })
            let creation = switches.effectiveTimes(creation: true, at: start, using: &random)
            #expect(creation.allSatisfy { (120...1_800).contains($0.timeIntervalSince(start)) })
        }
    }

    @Test("Two simulators with the same seed choose the same times")
    func seeded() {
        var first = SeededRandom(seed: 7)
        var second = SeededRandom(seed: 7)
        let switches = Switches()
        #expect(
            switches.effectiveTimes(creation: false, at: start, using: &first)
                == switches.effectiveTimes(creation: false, at: start, using: &second))
    }

    /// Signs in twelve times with each key, on servers chosen at random, and returns how often each got a token.
    private func granted(_ org: TestOrg, _ request: TokenCase) async throws -> [String: Int] {
        var granted: [String: Int] = [:]
        for key in ["first", "second"] {
            var signed = request
            signed.key = key
            let assertion = try await signed.assertion()
            for _ in 0..<24 where await org.signIn(signed, assertion: assertion).status == 200 {
                granted[key, default: 0] += 1
            }
        }
        return granted
    }

    @Test("After a change of certificate, servers accept the old or the new one; after ten minutes, only the new one")
    func certificateChange() async throws {
        var request = try TokenCase()
        request.state.switches.serverSelection = .request
        let org = try TestOrg(request.state)
        #expect(try await granted(org, request) == ["first": 24])
        let pem = try TestFiles.text("second.crt").replacing("\n", with: "\\n")
        try await org.save(
            #"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Aprity","certificatePEM":"\#(pem)"}]}]}"#)
        await org.simulation.adjustClock { clock, wall in clock.step(by: 119, wall: wall) }
        #expect(try await granted(org, request) == ["first": 24])
        let change = try #require(await org.simulation.propagationView().pending.first)
        #expect(change.app == "Aprity")
        #expect(change.change == "certificatePEM")
        #expect(change.inForceOn == 0)
        #expect(change.servers == 8)

        await org.simulation.adjustClock { clock, wall in clock.step(by: 241, wall: wall) }
        let middle = try await granted(org, request)
        try #require((1..<24).contains(middle["first"] ?? 0))
        #expect((1..<24).contains(middle["second"] ?? 0))

        await org.simulation.adjustClock { clock, wall in clock.step(by: 240, wall: wall) }
        #expect(try await granted(org, request) == ["second": 24])
        #expect(await org.simulation.propagationView().pending.isEmpty)
    }

    @Test("With the switch instant, a change is in force at once")
    func instant() async throws {
        var request = try TokenCase()
        request.state.switches.propagation = .instant
        let org = try TestOrg(request.state)
        try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Aprity","blocked":true}]}]}"#)
        #expect(
            await org.signIn(request, assertion: try await request.assertion()).refusal.hasPrefix("OAUTH_APP_BLOCKED"))
    }

    @Test("A change to users is in force at once")
    func users() async throws {
        let request = try TokenCase()
        let org = try TestOrg(request.state)
        try await org.save(
            #"{"orgs":[{"name":"Harbour Bikes","users":[{"username":"\#(TokenCase.username)","permissionSets":[]}]}]}"#)
        #expect(
            await org.signIn(request, assertion: try await request.assertion()).refusal.hasPrefix("invalid_app_access"))
    }

    @Test("All requests of a connection reach the same server")
    func connection() async throws {
        final class Connection {}
        let connections = (0..<20).map { _ in Connection() }
        let org = try TestOrg(.harbourBikes)
        var servers: Set<Int> = []
        for connection in connections {
            let server = await org.simulation.server(for: ObjectIdentifier(connection))
            #expect(await org.simulation.server(for: ObjectIdentifier(connection)) == server)
            servers.insert(server)
        }
        #expect(servers.count > 1)
    }
}
