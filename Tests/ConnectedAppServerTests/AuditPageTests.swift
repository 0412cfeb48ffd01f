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

    /// The sentences of the page's entries, the newest first, without tags.
    private func sentences(_ client: SettingsClient, _ query: String = "") async throws -> [String] {
        try await client.get("/audit" + query).text.matches(of: #/<span class="break">(.*?)</span>/#).map {
            String($0.output.1).replacing(#/<[^>]*>/#, with: "")
        }
    }

    @Test("A refused sign-in says that it was refused and whom it names, but never what may be a password")
    func refusedSignIns() async throws {
        try await SettingsClient.run { client in
            try await client.addAccount("alice")
            _ = try await client.signIn(as: " Alice", password: "wrong horse battery")
            _ = try await client.signIn(as: "hunter2hunter2", password: "x")
            _ = try await client.post("/sign-in", ["startToken": "guess"])
            try await client.signIn()
            let tried = "Somebody tried to sign in to the Settings page"
            #expect(
                try await Array(sentences(client).dropFirst().prefix(3)) == [
                    "\(tried) with a wrong start token, and was refused.",
                    "\(tried) with a name that no account has, and was refused.",
                    "\(tried) as alice, and was refused.",
                ])
            let events = try await client.world.store.events(limit: 9).filter { $0.outcome == "refused" }
            #expect(
                events.map(\.facts) == [
                    ["method": "startToken"], ["method": "password", "accountExists": "false"],
                    ["method": "password", "account": "alice"],
                ])
            #expect(!(try await client.get("/audit/export").text.contains("hunter2")))
        }
    }

    @Test("A sign-in with the start token is recorded as one, also in entries of earlier versions")
    func startToken() async throws {
        try await SettingsClient.run { client in
            try await client.world.store.append(
                AuditEvent(
                    time: client.world.surroundings.now(),
                    principal: Principal(.settingsPage, name: "session 0a1b2c3d"), act: .settingsSignIn,
                    connection: nil))
            try await client.signIn()
            let shown = try await sentences(client)
            #expect(
                shown.first?.wholeMatch(
                    of:
                        #/The start token \(session [0-9a-f]{8}\) signed in to the Settings page\./#
                )
                    != nil)
            #expect(
                shown.last
                    == "The start token (session 0a1b2c3d) signed in to the Settings page.")
            #expect(try await sentences(client, "?who=start+token").count == 1)
        }
    }

    @Test("An entry without a connection is a whole sentence, whatever was done", arguments: AuditEvent.Act.allCases)
    func wholeSentences(_ act: AuditEvent.Act) async throws {
        let words = act.predicateAlone.split(separator: " ")
        let open = ["of", "for", "through", "about", "by", "compromised", "unblocking", "to", "the"]
        #expect(!open.contains(String(words.last ?? "")) || act.predicateAlone.hasSuffix("as compromised"))
        #expect(!act.predicateAlone.contains("the connection"))
    }

    @Test("An entry about an account or an API token names it")
    func namedSubjects() async throws {
        try await SettingsClient.run { client in
            _ = try await client.addAccount("alice")
            _ = try await client.addToken("dashboard")
            try await client.signIn()
            let page = try await client.get("/audit").text
            #expect(page.contains(" added the account alice."))
            #expect(page.contains(" added the API token dashboard."))
        }
    }

    @Test("An entry about a removed connection has no link")
    func removedConnection() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("acme")
            try await client.addConnection("gone")
            try await client.world.service.connections.remove("gone", as: Principal(.commandLine, name: "tester"))
            try await client.signIn()
            let page = try await client.get("/audit").text
            #expect(page.contains("added the connection gone."))
            #expect(!page.contains("href=\"/connections/gone\""))
            #expect(page.contains("added the connection <a href=\"/connections/acme\">acme</a>."))
        }
    }

    @Test("The acts are in groups, each act once, and the known connections and accounts are suggested")
    func suggestions() async throws {
        #expect(AuditActGroup.allCases.flatMap(\.acts).count == AuditEvent.Act.allCases.count)
        #expect(Set(AuditEvent.Act.allCases.map(\.title)).count == AuditEvent.Act.allCases.count)
        try await SettingsClient.run { client in
            try await client.addConnection("acme")
            try await client.addAccount("zoe", .user)
            try await client.signIn()
            let page = try await client.get("/audit?act=appBlocked").text
            #expect(
                page.contains(
                    "<optgroup label=\"Blocks and compromised keys\"><option value=\"appBlocked\" selected>Block<"))
            #expect(page.contains("<datalist id=\"known-connections\"><option value=\"acme\">"))
            #expect(page.contains("<option value=\"zoe\">zoe</option>"))
            client.cookie = nil
            _ = try await client.signIn(as: "zoe")
            #expect(!(try await client.get("/audit?who=nobody").text.contains("<option value=\"zoe\">")))
        }
    }

    @Test("The page is shown even if the register of the store was altered")
    func alteredRegister() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection("acme")
            try await client.signIn()
            try await client.world.corrupt(.register, "all")
            #expect(try await client.get("/audit").text.contains("added the connection"))
        }
    }

    @Test("Characters that turn the direction of text are escaped in the export, which is still the same JSON")
    func bidirectional() async throws {
        try await SettingsClient.run { client in
            let reason = "a\u{202E}b\u{2066}c\u{E0001}d\u{7F}"
            try await client.world.store.append(
                AuditEvent(
                    time: client.world.surroundings.now(), principal: Principal(.api, name: "script"),
                    act: .appBlocked, connection: "acme", facts: ["reason": reason]))
            try await client.signIn()
            let text = try await client.get("/audit/export").text
            let line = try #require(text.split(separator: "\n").first)
            #expect(line.contains(#"a\u202eb\u2066c\udb40\udc01d\u007f"#))
            #expect(!text.unicodeScalars.contains { $0.isHidden && $0 != "\n" })
            let members = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect((members?["facts"] as? [String: String])?["reason"] == reason)
        }
    }
}
