internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("The audit record on the page")
struct AuditPageTests {
    @Test("An entry is a sentence: who did what to which connection")
    func sentence() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let page = try await client.get("/audit?connection=acme").text
            #expect(
                page.contains(
                    "tester, on the command line, added the connection <a href=\"/connections/acme\">acme</a>."))
        }
    }

    @Test(
        "The filters select by connection, by who, by act and by day, the last day included",
        arguments: [
            ("connection=acme", 1), ("connection=nobody", 0), ("who=TESTER", 2), ("who=commandline", 2), ("who=zoe", 0),
            ("act=connectionAdded", 2), ("act=appBlocked", 0), ("act=nonsense", 4), ("from=2026-11-24", 2),
            ("until=2026-11-23", 2), ("from=2026-11-23&until=2026-11-24", 4), ("from=x", 4),
        ])
    func filters(_ query: String, _ count: Int) async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.addConnection("acme")
            try await client.signIn()
            time.advance(by: .seconds(86_400))
            try await client.addConnection("beta")
            try await client.signIn()
            let page = try await client.get("/audit?" + query).text
            #expect(page.matches(of: #/<li id="entry-/#).count == count)
        }
    }

    @Test("The hundred newest entries are shown, and a link leads to the older ones")
    func paging() async throws {
        try await SettingsClient.run { client in
            for _ in 0..<100 {
                try await client.world.store.append(
                    AuditEvent(
                        time: client.world.surroundings.now(), principal: Principal(.api, name: "script"),
                        act: .tokenHandedOut, connection: "acme"))
            }
            try await client.signIn()
            let first = try await client.get("/audit").text
            #expect(first.matches(of: #/<li id="entry-/#).count == 100)
            let older = try #require(first.firstMatch(of: #/href="(/audit\?before=[0-9]+)" rel="next"/#)).1
            let second = try await client.get(String(older)).text
            #expect(second.matches(of: #/<li id="entry-/#).count == 1)
            #expect(!second.contains("rel=\"next\""))
        }
    }

    @Test("The export has every entry as a line, the oldest first", arguments: Wire.allCases)
    func export(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection()
            try await client.signIn()
            let reply = try await client.get("/audit/export")
            #expect(reply.status == 200)
            #expect(reply.headers[.contentDisposition] == "attachment; filename=\"aprity-audit.jsonl\"")
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            let acts = try reply.text.split(separator: "\n").map {
                try decoder.decode(AuditRecordView.self, from: Data($0.utf8)).act
            }
            #expect(acts == [.connectionAdded, .settingsSignIn])
        }
    }
}
