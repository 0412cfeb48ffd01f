internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Metrics for Prometheus")
struct MetricsTests {
    private static let secret = "0123456789abcdef0123456789abcdef"
    private static let me = Principal(.commandLine, name: "tester")

    private func token() throws -> MetricsToken { try MetricsToken(line: Array(Self.secret.utf8), source: "test") }

    private func read(_ client: SettingsClient) async throws -> TextFormatReader {
        let reply = try await client.get("/metrics", headers: [.authorization: "Bearer \(Self.secret)"])
        #expect(reply.status == 200)
        #expect(reply.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        return try TextFormatReader(reply.text)
    }

    private func value(_ reader: TextFormatReader, _ name: String, _ labels: [String: String] = [:]) -> Double? {
        reader.values[.init(name: "aprity_" + name, labels: labels)]
    }

    @Test("Each connection has its metrics, and they follow events", arguments: Wire.allCases)
    func figures(_ wire: Wire) async throws {
        let time = TestTime()
        let channel = SwitchedChannel(failure: NoticeFailure(.connectionRefused))
        let org = ScriptedOrg(now: { time.now })
        try await SettingsClient.run(
            wire, time: time, transport: org.transport, noticeChannels: [channel], metricsToken: token()
        ) { client in
            let view = try await client.addConnection()
            try await client.addConnection("second")
            let acme = ["connection": "acme"]
            let fresh = try await read(client)
            let end = view.certificate.notAfter
            #expect(value(fresh, "certificate_not_after_timestamp_seconds", acme) == end.timeIntervalSince1970)
            let due = try await client.world.service.rotations.view(of: "acme", as: Self.me).dueAt
            #expect(
                value(fresh, "rotation_due_timestamp_seconds", acme) == due.timeIntervalSince1970.rounded(.down))
            #expect(value(fresh, "rotation_state", ["connection": "acme", "state": "steady"]) == 1)
            #expect(value(fresh, "next_certificate_not_after_timestamp_seconds", acme) == nil)
            #expect(value(fresh, "connection_blocked", acme) == 0)
            #expect(value(fresh, "connections") == 2)
            #expect(value(fresh, "connections_unreadable") == 0)
            #expect(value(fresh, "notice_channels", ["channel": "mail"]) == 1)
            #expect(value(fresh, "notice_channels_failing", ["channel": "mail"]) == 0)
            #expect(Set(fresh.types.values) == ["gauge", "counter"])
            #expect(fresh.help.keys.count == fresh.types.keys.count)

            _ = try await client.world.service.diagnosis.test("acme", as: Self.me) { _ in }
            _ = try await client.world.service.rotations.begin(of: "acme", as: Self.me)
            _ = try await client.world.service.blocks.block("second", reason: "drill", as: Self.me)
            time.advance(by: .seconds(60))
            let later = try await read(client)
            let granted = value(later, "sign_ins_last_hour", ["connection": "acme", "result": "granted"])
            #expect((granted ?? 0) > 0)
            #expect(value(later, "sign_ins_last_hour", ["connection": "second", "result": "granted"]) == 0)
            #expect(value(later, "rotation_state", ["connection": "acme", "state": "prepared"]) == 1)
            #expect(value(later, "rotation_state", ["connection": "acme", "state": "steady"]) == 0)
            #expect(value(later, "next_certificate_not_after_timestamp_seconds", acme) != nil)
            #expect(value(later, "connection_blocked", ["connection": "second"]) == 1)

            time.advance(by: .seconds(310 * 86_400))
            try await client.world.service.notices.sendDue(over: [channel], as: Self.me)
            let failing = try await read(client)
            #expect(value(failing, "notice_channels_failing", ["channel": "mail"]) == 1)
            let waiting = ["acme", "second"].compactMap {
                value(failing, "notices", ["connection": $0, "state": "waiting"])
            }
            // Both apps have a notice that is due, but a channel that failed is not used again in the same run.
            #expect(waiting.reduce(0, +) == 1)
            #expect(value(failing, "sign_ins_last_hour", ["connection": "acme", "result": "granted"]) == 0)
        }
    }

    @Test("The metrics have no Consumer Key, user, host, address or secret; labels are aliases and fixed words")
    func discreet() async throws {
        let channel = SwitchedChannel(.webhook, "hooks.acme.example")
        try await SettingsClient.run(noticeChannels: [channel], metricsToken: token()) { client in
            try await client.addConnection()
            let text = try await client.get("/metrics", headers: [.authorization: "Bearer \(Self.secret)"]).text
            for word in ["3MVG9", "integration", "salesforce.com", "hooks", Self.secret, client.tokenText, "00D"] {
                #expect(!text.contains(word), "\(word)")
            }
            let fixed: Set = [
                "acme", "mail", "webhook", "steady", "generating", "prepared", "publishing", "proving", "retiring",
                "destroying", "granted", "refused", "unanswered", "pending", "sending", "sent", "waiting", "given_up",
                "page", "api", "metrics", "deadline", "idle", "limit",
            ]
            let words = fixed.union(Troubles.Place.allCases.map(\.rawValue))
            let reader = try TextFormatReader(text)
            #expect(reader.values.keys.allSatisfy { words.isSuperset(of: $0.labels.values) })
        }
    }

    @Test("The metrics need the start token or their own token, which opens nothing else; wrong ones lock nobody out")
    func access() async throws {
        try await SettingsClient.run(metricsToken: token()) { client in
            func status(_ path: String, _ token: String?) async throws -> Int {
                var headers: HTTPFields = [:]
                headers[.authorization] = token.map { "Bearer \($0)" }
                return try await client.get(path, headers: headers).status
            }
            #expect(try await status("/metrics", nil) == 401)
            #expect(try await status("/metrics", Self.secret) == 200)
            #expect(try await status("/metrics", client.tokenText) == 200)
            #expect(try await status("/api/v1/connections", Self.secret) == 401)
            try await client.signIn()
            #expect(try await status("/metrics", nil) == 401)
            for _ in 0..<10 { #expect(try await status("/metrics", "wrong") == 401) }
            #expect(try await status("/metrics", "wrong") == 429)
            #expect(try await status("/metrics", Self.secret) == 200)
            #expect(try await status("/metrics", client.tokenText) == 200)
            #expect(try await status("/api/v1/connections", client.tokenText) == 200)
        }
        try await SettingsClient.run { client in
            let reply = try await client.get("/metrics", headers: [.authorization: "Bearer "])
            #expect(reply.status == 401)
        }
        for short in ["", "short", "with a blank in the middle of it all", "ümlauts-are-not-what-a-header-has"] {
            #expect(throws: ConnectedAppError.self) { try MetricsToken(line: Array(short.utf8), source: "S") }
        }
        #expect(!"\(try token())".contains(Self.secret))
    }

    @Test("Wrong tokens are counted by entry point, even beyond the limit")
    func wrongTokens() async throws {
        try await SettingsClient.run(metricsToken: token()) { client in
            for _ in 0..<3 { _ = try await client.post("/sign-in", ["startToken": "guess"]) }
            for _ in 0..<12 { _ = try await client.get("/metrics", headers: [.authorization: "Bearer guess"]) }
            let reader = try await read(client)
            #expect(value(reader, "wrong_credentials_total", ["door": "page"]) == 3)
            #expect(value(reader, "wrong_credentials_total", ["door": "metrics"]) == 12)
            #expect(value(reader, "wrong_credentials_total", ["door": "api"]) == 0)
            #expect(reader.types["aprity_wrong_credentials_total"] == "counter")
        }
    }

    @Test("Tolerated failures are counted by place")
    func troubles() async throws {
        try await SettingsClient.run(metricsToken: token()) { client in
            client.world.surroundings.note(ConnectedAppError(.diskFull), at: .tokenRevocation)
            let reader = try await read(client)
            #expect(value(reader, "troubles_total", ["place": "token_revocation"]) == 1)
            #expect(value(reader, "troubles_total", ["place": "watch"]) == 0)
            #expect(reader.types["aprity_troubles_total"] == "counter")
        }
    }

    @Test("A failing follower of a change is counted")
    func follower() async throws {
        let world = try await TestWorld()
        let followers = ChangeFollowers(service: world.service, surroundings: world.surroundings)
        await followers.follow("ghost", as: Self.me)
        await followers.stop()
        #expect(world.surroundings.troubles.counts[.changeFollower] == 1)
    }

    @Test("The guide has every metric and every place of a failure")
    func documented() async throws {
        let guide = try String(contentsOfFile: "docs/guides/expiry-notices.md", encoding: .utf8)
        try await SettingsClient.run(metricsToken: token()) { client in
            try await client.addConnection()
            for name in try await read(client).types.keys { #expect(guide.contains("`\(name)"), "\(name)") }
        }
        for place in Troubles.Place.allCases { #expect(guide.contains("`\(place.rawValue)`"), "\(place.rawValue)") }
    }

    @Test("A process that cannot sign reports it")
    func ready() async throws {
        try await SettingsClient.run(metricsToken: token()) { client in
            try await client.addConnection()
            #expect(value(try await read(client), "ready") == 1)
            try await client.world.store.write { try $0.remove(RecordKey(.connection, "acme")) }
            #expect(try await client.get("/readyz").status == 503)
            let reader = try await read(client)
            #expect(value(reader, "ready") == 0)
            #expect(value(reader, "http_connections") != nil)
        }
    }

    @Test(
        "Without a token, a program gets a problem document whatever it accepts", arguments: ["*/*", "text/html", nil])
    func refusal(_ accept: String?) async throws {
        try await SettingsClient.run { client in
            var headers: HTTPFields = [:]
            headers[.accept] = accept
            let reply = try await client.get("/metrics", headers: headers)
            #expect(reply.status == 401)
            #expect(reply.headers[.contentType] == "application/problem+json")
            #expect(reply.members["code"] as? String == "signInRequired")
        }
    }

    @Test("An altered record hides no other connection, and is counted")
    func altered() async throws {
        try await SettingsClient.run(metricsToken: token()) { client in
            try await client.addConnection()
            try await client.addConnection("second")
            try await client.world.store.write { writing in
                let stored = try #require(try writing.record(RecordKey(.connection, "acme")))
                try writing.put(
                    StoredRecord(
                        key: stored.key, revision: stored.revision, body: stored.body + Data(" ".utf8),
                        masterKeyID: stored.masterKeyID, tag: stored.tag))
            }
            let reader = try await read(client)
            #expect(value(reader, "connections") == 1)
            #expect(value(reader, "connections_unreadable") == 1)
            #expect(value(reader, "connection_blocked", ["connection": "second"]) == 0)
        }
    }

    @Test("Labels and help texts with any characters survive a round trip")
    func escaping() throws {
        let hostile = ["\"", "\\", "\n", "a\\\"b\nc\\n", "}", "é东 =,{", "\\\\"]
        var text = Exposition()
        text.gauge("aprity_hostile", "back\\slash, \"quote\" and\nline", hostile.map { ([("label", $0)], 1) })
        text.gauge("aprity_empty", "None.", [])
        text.gauge("aprity_bare", "No labels.", [([], -5)])
        let reader = try TextFormatReader(text.text)
        #expect(Set(reader.values.keys.compactMap { $0.labels["label"] }) == Set(hostile))
        #expect(reader.help["aprity_hostile"] == "back\\slash, \"quote\" and\nline")
        #expect(reader.values[.init(name: "aprity_bare", labels: [:])] == -5)
        #expect(reader.types["aprity_empty"] == nil)
        for wrong in [
            "a 1\n", "# HELP a b\na 1\n", "# HELP a b\n# TYPE a gauge\na 1", "# HELP a b\n# TYPE a gauge\na 1\na 1\n",
            "# HELP a b\n# TYPE a gauge\na{x=\"\\t\"} 1\n", "# HELP a b\n# TYPE a gauge\na{x=\"1\",} 1\n",
        ] {
            #expect(throws: TextFormatReader.Complaint.self, "\(wrong)") { try TextFormatReader(wrong) }
        }
    }
}
