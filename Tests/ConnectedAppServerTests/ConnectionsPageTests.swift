internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("The list of connections")
struct ConnectionsPageTests {
    private static let tester = Principal(.commandLine, name: "tester")

    @Test("Without a connection, the page offers the set-up")
    func empty() async throws {
        try await SettingsClient.run { client in
            try await client.signIn()
            let page = try await client.get("/connections").text
            #expect(page.contains("id=\"first-run\""))
            #expect(page.contains("href=\"/add-connection\""))
        }
    }

    @Test("All apps are blocked at once, after a confirmation")
    func blockAll() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("acme")
            try await client.addConnection("other", consumerKey: "3MVG9another")
            try await client.signIn()
            var fields = ["formToken": try await client.formToken(), "reason": "drill", "confirmation": "all"]
            let refused = try await client.post("/block", fields)
            #expect(refused.status == 400)
            #expect(try await client.world.service.blocks.view(of: "acme", as: Self.tester) == nil)
            fields["confirmation"] = "all apps"
            #expect(try await client.post("/block", fields).headers[.location] == "/connections")
            for alias in ["acme", "other"] {
                let block = try await client.world.service.blocks.view(of: alias, as: Self.tester)
                #expect(block?.reason == "drill")
            }
        }
    }

    @Test("Each count is a link to exactly the connections that it counts")
    func counts() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.addConnection("old")
            time.advance(by: .seconds(340 * 86_400))
            try await client.addConnection("new", consumerKey: nil)
            try await client.signIn()
            let expected = [
                "needs-action": ["new", "old"], "ends-soon": ["old"], "unused": ["old"], "reach-too-wide": [],
            ]
            for (filter, aliases) in expected {
                let page = try await client.get("/connections?show=\(filter)").text
                #expect(Self.rows(of: page) == aliases, "\(filter)")
                #expect(page.contains("<strong>\(aliases.count)</strong>"), "\(filter)")
                #expect(page.contains("aria-current=\"true\""), "\(filter)")
            }
        }
    }

    @Test("A connection that was never used counts as unused seven days after it was added")
    func newConnection() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.addConnection("acme")
            try await client.signIn()
            func unused() async throws -> [String] {
                try await Self.rows(of: client.get("/connections?show=unused").text)
            }
            time.advance(by: .seconds(7 * 86_400))
            try await client.signIn()
            #expect(try await unused() == [])
            time.advance(by: .seconds(1))
            #expect(try await unused() == ["acme"])
        }
    }

    @Test("A connection that never signed in was never used, and a blocked one is said not to need action")
    func neverUsedAndBlocked() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("acme", consumerKey: nil)
            try await client.signIn()
            let before = try await client.get("/connections").text
            #expect(before.contains("<td data-label=\"Last used\">never</td>"))
            #expect(!before.contains("id=\"blocked-hint\""))
            _ = try await client.api(.put, "/connections/acme/block", json: #"{"reason":"drill"}"#)
            let after = try await client.get("/connections").text
            #expect(after.contains("id=\"blocked-hint\""))
            #expect(after.contains("<strong>0</strong> <span>need action</span>"))
        }
    }

    @Test("If the test before unblocking finds no Consumer Key, the page says so once and links to the form")
    func unblockWithoutKey() async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now })
        try await SettingsClient.run(time: time, transport: org.transport) { client in
            try await client.addConnection("second", consumerKey: nil)
            try await client.signIn()
            _ = try await client.api(.put, "/connections/second/block", json: #"{"reason":"drill"}"#)
            let formToken = try await client.formToken()
            let reply = try await client.post("/connections/second/unblock", ["formToken": formToken])
            #expect(reply.text.contains("id=\"repair\" href=\"/connections/second#consumer-key-form\""))
            #expect(!reply.text.contains("second: second:"))
            #expect(!reply.text.contains("aprity connection set"))
            #expect(reply.text.contains("id=\"consumer-key-form\""))
        }
    }

    @Test("The connections that need action are above the list, the most urgent first, with the next step")
    func urgent() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.addConnection("old")
            time.advance(by: .seconds(340 * 86_400))
            try await client.addConnection("new", consumerKey: nil)
            try await client.signIn()
            let page = try await client.get("/connections").text
            let urgent = try #require(page.firstMatch(of: #/<ul class="urgent">(?s)(.*?)</ul>/#)).1
            let positions = ["old", "new"].compactMap { urgent.range(of: "<strong>\($0)</strong>")?.lowerBound }
            #expect(positions.count == 2)
            #expect(positions == positions.sorted())
            #expect(urgent.contains("href=\"/connections/old/rotation\">Rotate the certificate</a>"))
            #expect(urgent.contains("href=\"/connections/new/set-up\">Continue the set-up</a>"))
        }
    }

    @Test(
        "A search finds parts of the name, the user and the host in any case",
        arguments: [
            ("BET", ["beta"]), ("integration@", ["acme", "beta"]), ("my.salesforce", ["acme", "beta"]), ("zzz", []),
        ])
    func search(_ text: String, _ aliases: [String]) async throws {
        try await SettingsClient.run { client in
            for alias in ["beta", "acme"] { try await client.addConnection(alias) }
            try await client.signIn()
            let page = try await client.get("/connections?search=\(text)").text
            #expect(Self.rows(of: page) == aliases)
            #expect(page.contains("\(aliases.count) of 2 connections"))
        }
    }

    @Test("The list is sorted by a column of the address, and unknown values of the address are ignored")
    func sorting() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time) { client in
            try await client.addConnection("zulu")
            time.advance(by: .seconds(86_400))
            try await client.addConnection("acme")
            try await client.signIn()
            #expect(try await Self.rows(of: client.get("/connections").text) == ["acme", "zulu"])
            let sorted = try await client.get("/connections?sort=certificate").text
            #expect(Self.rows(of: sorted) == ["zulu", "acme"])
            #expect(sorted.contains("aria-sort=\"ascending\"><a href=\"/connections?sort=certificate\">Certificate"))
            let ignored = try await client.get("/connections?sort=x&show=y&page=z")
            #expect(ignored.status == 200)
            #expect(Self.rows(of: ignored.text) == ["acme", "zulu"])
        }
    }

    @Test("More than fifty connections are on several pages, and a page after the last one is the last one")
    func paging() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("c000")
            for number in 1...50 {
                _ = try await client.world.service.connections.add(
                    .test("c\(String(format: "%03d", number))", consumerKey: nil, sameAppAs: "c000"), as: Self.tester)
            }
            try await client.signIn()
            let first = try await client.get("/connections").text
            #expect(Self.rows(of: first).count == 50)
            #expect(first.contains("rel=\"next\""))
            #expect(!first.contains("rel=\"prev\""))
            for page in ["2", "9"] {
                let second = try await client.get("/connections?page=\(page)").text
                #expect(Self.rows(of: second) == ["c050"])
                #expect(second.contains("Page 2 of 2"))
            }
        }
    }

    @Test("A search that contains markup is shown as text")
    func markup() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            try await client.signIn()
            let page = try await client.get("/connections?search=%3Cscript%3E").text
            #expect(page.contains("value=\"&lt;script&gt;\""))
            #expect(!page.contains("<script>"))
        }
    }

    /// The aliases in the table, in order.
    private static func rows(of page: String) -> [String] {
        page.matches(of: #/<th scope="row" data-label="Connection"><a href="[^"]*">([^<]*)</a>/#).map { String($0.1) }
    }
}
