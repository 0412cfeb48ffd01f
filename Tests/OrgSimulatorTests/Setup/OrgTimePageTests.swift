import Foundation
import Testing

@testable import OrgSimulator

@Suite("Org Time")
struct OrgTimePageTests {
    private static let path = SetupPlace.orgTime.path

    /// A client whose app is being blocked on one server after the other.
    private func spreading() async throws -> SetupClient {
        let client = try SetupClient { state in
            state.orgs[0].apps = [try App.approved()]
            state.orgs[0].apps[0].label = "Reader <1>"
        }
        let id = try await client.app.id
        #expect(await client.post(SetupPlace.externalClientAppsUsage.path(id, "block")).status == 303)
        return client
    }

    private func moments(_ client: SetupClient) async -> [Date] {
        let simulation = client.org.simulation
        return await simulation.propagation.pending(at: simulation.orgTime).flatMap(\.version.effectiveTimes)
    }

    @Test("The page shows the time, and for each pending change when the next and the last server receive it")
    func shows() async throws {
        let client = try await spreading()
        let moments = await moments(client)
        let (next, last) = (try #require(moments.min()), try #require(moments.max()))
        let page = await client.get(Self.path).text
        let now = await client.org.simulation.orgTime
        #expect(page.contains("<time id=\"org-time\">\(now.formatted(.iso8601))</time>"))
        #expect(page.contains("<td>Reader &lt;1&gt;</td><td><code>blocked</code></td><td>0 of 8 servers</td>"))
        for moment in [next, last] {
            let span = OrgTimePage.span(moment.timeIntervalSince(now))
            #expect(
                page.contains(
                    "<td><time class=\"when\">\(moment.formatted(.iso8601))</time><small class=\"when\">in \(span)</small></td>"
                ))
        }
    }

    @Test("A deleted app is listed until every server has removed it")
    func deleted() async throws {
        let client = try SetupClient { $0.orgs[0].apps = [try App.approved()] }
        _ = await client.post(SetupPlace.externalClientApps.path(try await client.app.id, "delete"))
        #expect(await client.get(Self.path).text.contains("<td>Aprity</td><td><code>deleted</code></td>"))
        #expect(await client.org.simulation.propagationView().pending.map(\.app) == ["Aprity"])
    }

    @Test("Time can be advanced by a button, by minutes, and until every change is in force")
    func moves() async throws {
        let client = try await spreading()
        let simulation = client.org.simulation
        var expected = await simulation.orgTime
        for (field, seconds) in [(("step", "60"), 60.0), (("minutes", "1.5"), 90)] {
            let answer = await client.post(Self.path, [field])
            #expect(answer.status == 303)
            #expect(answer.location == Self.path + "?notice=moved")
            expected += seconds
            #expect(await simulation.orgTime == expected)
        }
        let last = try #require(await moments(client).max())
        #expect(await client.post(Self.path, [("settle", "1")]).status == 303)
        #expect(await simulation.orgTime == last)
        let page = await client.get(Self.path).text
        #expect(page.contains("Every change of this org is in force on every server."))
        #expect(!page.contains("name=\"settle\""))
    }

    @Test("The clock can be stopped, started and sped up")
    func runs() async throws {
        let client = try SetupClient()
        let simulation = client.org.simulation
        #expect(await client.post(Self.path, [("frozen", "true")]).status == 303)
        #expect(await simulation.clock.isFrozen)
        #expect(await client.get(Self.path).text.contains("Let It Run"))
        #expect(await client.post(Self.path, [("frozen", "false")]).status == 303)
        #expect(await !simulation.clock.isFrozen)
        #expect(await client.post(Self.path, [("speed", "60.0")]).status == 303)
        #expect(await simulation.clock.speed == 60)
    }

    @Test(
        "Invalid input is rejected, and the clock is unchanged",
        arguments: [
            (("minutes", "-1"), "Minutes must be a number above 0 and at most 100000000."),
            (("minutes", "soon"), "Minutes must be a number above 0 and at most 100000000."),
            (("minutes", "0"), "Minutes must be a number above 0 and at most 100000000."),
            (("minutes", "NaN"), "Minutes must be a number above 0 and at most 100000000."),
            (("minutes", "1e9"), "Minutes must be a number above 0 and at most 100000000."),
            (("speed", "0"), "speed must be above 0 and at most 1000000."),
            (("step", "x"), "Give step, speed or frozen."),
            (("settle", "1"), "every change is already in force on every server."),
        ])
    func refused(_ field: (String, String), _ sentence: String) async throws {
        let client = try SetupClient()
        let before = await client.org.simulation.clock
        let answer = await client.post(Self.path, [field])
        #expect(answer.status == 400)
        #expect(answer.problem == "Org time was not changed: \(sentence)")
        #expect(await client.org.simulation.clock == before)
    }

    @Test(
        "A duration is shown in its two largest units",
        arguments: [
            (0, "0 s"), (0.2, "1 s"), (60, "1 min"), (400, "6 min 40 s"), (3_601, "1 h"), (90_060, "1 d 1 h"),
        ] as [(Double, String)])
    func span(_ seconds: Double, _ text: String) {
        #expect(OrgTimePage.span(seconds) == text)
    }

    @Test("Setup Home links to this page and to the mail")
    func home() async throws {
        let client = try SetupClient()
        await client.org.simulation.setManagementURL(at: "http://127.0.0.1:7413")
        let page = await client.get(SetupPlace.home.path).text
        #expect(page.contains("<a href=\"\(Self.path)\">Org Time</a> shows when"))
        #expect(page.contains("<a href=\"http://127.0.0.1:7413/mail\" target=\"_blank\" rel=\"noopener\">"))
    }
}
