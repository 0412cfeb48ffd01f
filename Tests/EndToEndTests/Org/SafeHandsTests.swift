internal import AsyncHTTPClient
internal import ConnectedAppSQLite
internal import ConnectedAppTesting
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Subprocess
internal import SystemPackage
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppHTTP

/// Block, budget and tokens by the built program, judged by the requests that the embedded org received.
@Suite("Safe hands")
struct SafeHandsTests {
    /// What these tests use.
    private struct World {
        /// A store with one connection, which reaches the org through the relay.
        let aprity: AprityProcess
        let org: ManagedOrg
        let relay: Relay

        func signIns() async throws -> Int {
            try await org.history().count { $0["operation"] as? String == "token" }
        }

        /// Whether the org's API accepts the token.
        func accepts(_ token: String) async throws -> Bool {
            _ = try aprity.write("Authorization: Bearer \(token)", to: "header")
            let status = try await ForeignProgram(in: aprity.home).succeed(
                "curl",
                [
                    "--silent", "--proxy", "http://127.0.0.1:\(relay.port)", "--cacert", "ca.crt", "--header",
                    "@header",
                    "--output", "/dev/null", "--write-out", "%{http_code}", org.url + "/services/data/v67.0/limits",
                ])
            return status == "200"
        }
    }

    /// Runs the body with an org behind TLS, and a relay in front of its proxy.
    private func withWorld(_ body: (World) async throws -> Void) async throws {
        let host = try AprityProcess()
        let command = [
            "simulator", "--port", "0", "--management-port", "0", "--make-ca", host.path("ca"), "--proxy-port", "0",
        ]
        try await host.serving(command) { ready in
            let org = ManagedOrg(url: "https://harbour-bikes.my.salesforce.com", management: ready.managementURL ?? "")
            try await org.save(["switches": ["propagation": "instant"]])
            let relay = try await Relay(to: try #require(URL(string: ready.proxyURL ?? "")?.port))
            let aprity = try AprityProcess(environment: ["HTTPS_PROXY": "http://127.0.0.1:\(relay.port)"])
            try FileManager.default.copyItem(atPath: host.path("ca/ca.crt"), toPath: aprity.path("ca.crt"))
            try await aprity.connect(to: org, caFile: "ca.crt")
            try await body(World(aprity: aprity, org: org, relay: relay))
            try await relay.close()
        }
    }

    private struct BlockedApp: Decodable {
        struct Fact: Decodable {
            let id: String
            let isTrue: Bool
        }

        let facts: [Fact]
        let tokensLeft: Int

        var areTrue: Set<String> { Set(facts.filter(\.isTrue).map(\.id)) }
    }

    private func block(_ aprity: AprityProcess) async throws -> (status: Int32, BlockedApp) {
        let outcome = try await aprity.run("block", "bikes", "--reason", "drill", "--json")
        let views = try JSONDecoder().decode([BlockedApp].self, from: Data(outcome.stdout.utf8))
        return (outcome.status, try #require(views.first))
    }

    @Test("The four facts of a block, with callers, a stopped process, a crashed process, and an unreachable org")
    func race() async throws {
        try await withWorld { world in
            let (aprity, relay, clock) = (world.aprity, world.relay, ContinuousClock())
            let handedOut = try await aprity.succeed(["token", "bikes"]).trimmingCharacters(in: .newlines)
            try await self.crashHoldingToken(world)
            let before = try await world.signIns()

            // One process is stopped after it signed and before it sent.
            relay.set(.holdHello)
            let stopped = try await aprity.whileRunning(["token", "bikes"]) { program in
                await relay.waitUntilHolding()
                try program.send(.suspend)
                relay.set(.closed)
                let asked = clock.now
                let (status, view) = try await self.block(aprity)
                let took = asked.duration(to: clock.now)
                // The org is unreachable, and an unrecorded token may exist.
                #expect(status == 75)
                #expect(view.areTrue == ["noNewSignature", "noNewHandOut"])
                #expect(view.tokensLeft == 1)
                #expect(took >= .seconds(5))
                let acknowledged = clock.now
                relay.set(.open)
                try program.send(.resume)
                print("Block acknowledged after \(took) with a process stopped that had leave for 5 s;")
                if let last = relay.lastByteOut {
                    print("last byte to the org \(last.duration(to: acknowledged)) before that.")
                }
            }
            #expect(stopped.status == 77, "\(stopped.stderr)")
            #expect(try await world.signIns() == before, "what was signed before the block is not sent after it")

            // The org is reachable again: a process that never had the token revokes it.
            #expect(try await world.accepts(handedOut))
            let (status, view) = try await self.block(aprity)
            #expect(status == 75)
            #expect(view.areTrue == ["noNewSignature", "noNewHandOut", "knownTokensDead"])
            #expect(try await !world.accepts(handedOut))
            #expect(try await world.signIns() == before)
            #expect(try await aprity.run("audit", "verify").status == 0)
        }
    }

    /// Kills a process after the org has granted it a token that nobody received.
    private func crashHoldingToken(_ world: World) async throws {
        let before = try await world.signIns()
        world.relay.set(.holdReplies)
        let killed = try await world.aprity.whileRunning(["token", "bikes"]) { program in
            while try await world.signIns() == before {}
            try program.send(.kill)
        }
        #expect(killed.status == -SIGKILL)
        world.relay.set(.open)
    }

    @Test("Parallel callers get tokens until the block is acknowledged, and none afterwards")
    func callers() async throws {
        try await withWorld { world in
            let aprity = world.aprity
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                let tool = try Caller(serve)
                #expect(try await tool.status(of: "/api/v1/connections/bikes/metadata/types") == 200)
                let callers = Task {
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<8 {
                            group.addTask {
                                var calls = 0
                                while try await tool.status(of: "/api/v1/connections/bikes/metadata/types") == 200 {
                                    calls += 1
                                }
                                return calls
                            }
                        }
                        return try await group.reduce(0, +)
                    }
                }
                let clock = ContinuousClock()
                let asked = clock.now
                let (status, view) = try await self.block(aprity)
                let took = asked.duration(to: clock.now)
                #expect(status == 0, "\(view.facts)")
                #expect(view.areTrue.count == 4, "\(view.facts)")
                let seen = try await world.org.history().count
                let calls = try await callers.value
                #expect(try await tool.status(of: "/api/v1/connections/bikes/metadata/types") == 403)
                // Only requests that were in progress when the block was acknowledged (a call is two requests), and no
                // sign-in.
                #expect(try await world.org.history().count <= seen + 16)
                #expect(try await world.signIns() == 1)
                print("Block acknowledged after \(took) with 8 callers, after \(calls) calls of theirs.")
            }
        }
    }

    @Test("Unblocking needs a working connection, and nobody gets its token")
    func unblock() async throws {
        try await withWorld { world in
            let aprity = world.aprity
            #expect(try await aprity.run("unblock", "bikes").status == 64)
            _ = try await self.block(aprity)
            #expect(try await aprity.run("test", "bikes").status == 77)
            world.relay.set(.closed)
            #expect(try await aprity.run("unblock", "bikes").status == 69)
            #expect(try await aprity.run("token", "bikes").status == 77)
            world.relay.set(.open)
            let before = try await world.signIns()
            let unblocked = try await aprity.run("unblock", "bikes", "--json")
            #expect(unblocked.status == 0, "\(unblocked.stderr)")
            #expect(try unblocked.json()["isUnblocked"] as? Bool == true)
            #expect(!unblocked.stdout.contains("00D0"))
            #expect(try await world.signIns() == before + 1)
            #expect(try await aprity.run("token", "bikes").status == 0)
            let acts = try await aprity.succeed(["audit", "list"])
            for act in ["appBlocked", "blockProgressed", "unblockPassIssued", "unblockPassUsed", "appUnblocked"] {
                #expect(acts.contains(act), "\(act)")
            }
        }
    }

    @Test("Ten thousand callers with a cold cache, on two connections with one app and user, cause one sign-in")
    func coldBurst() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await aprity.succeed(["token", "bikes"])
            try await aprity.succeed([
                "connection", "add", "--allow-tokens", "same", "--login-host", org.url, "--username",
                ManagedOrg.integrationUser,
                "--same-app-as", "bikes",
            ])
            try await aprity.succeed(["token", "same"])
            let before = try await org.history().count { $0["operation"] as? String == "token" }
            let transports = NetworkTransports(proxy: .none)
            let service = try Self.service(in: aprity, transports)
            let me = Principal(.api, name: "burst")
            let clock = ContinuousClock()
            let start = clock.now
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<10_000 {
                    group.addTask {
                        try await service.tokens.accessToken(for: number.isMultiple(of: 2) ? "bikes" : "same", as: me)
                            .accessTokenSHA256
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            await transports.close()
            let after = try await org.history().count { $0["operation"] as? String == "token" }
            #expect(after == before + 1)
            #expect(tokens.count == 1)
            let records = try await service.audit.records(act: .tokenHandedOut, limit: 20_000, as: me)
            #expect(records.count { $0.principal == "api:burst" } == 10_000)
            print(
                "10,000 cold callers: \(after - before) sign-in, all answered after \(start.duration(to: clock.now)).")
        }
    }

    /// Returns a service on the program's store, in this process.
    private static func service(in aprity: AprityProcess, _ transports: NetworkTransports) throws -> AppService {
        let start = ContinuousClock.now
        let surroundings = Surroundings(
            now: { Date() }, uptime: { start.duration(to: .now) }, sleep: { _ in },
            randomBytes: { count in (0..<count).map { _ in UInt8.random(in: 0...255) } })
        let store = try SQLiteStore(path: aprity.path("data/aprity/aprity.sqlite"), mayCreate: false)
        let ring = try MasterKeyFile.located(nil, environment: aprity.environment).read()
        var builder = ServiceBuilder(store, ring: ring, surroundings: surroundings)
        builder.orders = BlockOrderFile(
            path: aprity.path("data/aprity/block-order"), ring: ring, surroundings: surroundings)
        builder.keys = SealedKeyStore(ring: ring, surroundings: surroundings)
        builder.transports = transports
        return builder.service()
    }

    // MARK: An attacker who can write the store's file

    @Test("A changed login host, a removed block and a restored old row are rejected, with the record's name")
    func tampered() async throws {
        let listener = try SilentHost()
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            func edit(_ sql: String) async throws -> String {
                try await ForeignProgram(in: aprity.home).succeed("sqlite3", ["data/aprity/aprity.sqlite", sql])
            }
            func refused(_ record: String) async throws {
                for command in [["token", "bikes"], ["metadata", "types", "bikes"], ["unblock", "bikes"]] {
                    let outcome = try await aprity.run(command + ["--json"])
                    #expect(outcome.status == 77, "\(command): \(outcome.stderr)")
                    let problem = try outcome.json()
                    #expect(problem["code"] as? String == "recordAltered")
                    #expect((problem["evidence"] as? [String: String])?["record"]?.hasPrefix(record) == true)
                }
            }
            let old = try await edit(
                "SELECT quote(body) || '|' || quote(tag) || '|' || revision FROM record WHERE kind = 'app'"
            )
            .trimmingCharacters(in: .newlines).split(separator: "|").map(String.init)
            _ = try await edit(
                "UPDATE record SET body = CAST(replace(body, '\(org.url)', 'http://127.0.0.1:\(listener.port)') AS BLOB) "
                    + "WHERE kind = 'connection'")
            try await refused("connection bikes")
            #expect(!listener.hasBeenCalled, "the listener gets 0 bytes")
            _ = try await edit(
                "UPDATE record SET body = CAST(replace(body, 'http://127.0.0.1:\(listener.port)', '\(org.url)') AS BLOB) "
                    + "WHERE kind = 'connection'")
            _ = try await self.block(aprity)
            _ = try await edit(
                "UPDATE record SET body = CAST(json_remove(CAST(body AS TEXT), '$.block') AS BLOB) WHERE kind = 'app'")
            try await refused("app ")
            _ = try await edit(
                "UPDATE record SET body = \(old[0]), tag = \(old[1]), revision = \(old[2]) WHERE kind = 'app'")
            try await refused("app ")
        }
    }

    @Test("Two hundred processes that crash in a loop stay within the user's budget")
    func crashLoop() async throws {
        let host = try SilentHost()
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "silent", "--login-host", "http://127.0.0.1:\(host.port)",
            "--username",
            "u@acme.example", "--consumer-key", "3MVG9.consumer_key",
        ])
        try await aprity.succeed(["budget", "set", "silent", "--per-hour", "40", "--reserve", "4"])
        var (crashed, refused) = (0, 0)
        for _ in 0..<200 {
            let ended = try await aprity.whileRunning(["token", "silent"]) { program in
                guard let caller = host.caller(or: program) else { return }
                try program.send(.kill)
                close(caller)
            }
            if ended.status == -SIGKILL { crashed += 1 } else if ended.status == 75 { refused += 1 }
        }
        #expect(crashed + refused == 200)
        #expect(crashed <= 36, "\(crashed)")
        #expect(crashed > 20, "\(crashed)")
        let budget = try await aprity.run("budget", "silent", "--json").json()
        #expect(budget["nextAt"] is String)
        let shown = try await aprity.run("budget", "silent").stdout
        #expect(shown.contains("Refused in the last ten minutes, connecting directly: 0 of "), "\(shown)")
        let shares = try #require(budget["shares"] as? [[String: Any]])
        let use = try #require(shares.first { $0["purpose"] as? String == "use" })
        #expect(use["used"] as? Int == use["limit"] as? Int)
        print(
            "200 crashing processes signed in \(use["used"] ?? "?") times, with \(use["limit"] ?? "?") an hour for use."
        )
    }
}

/// A program that reads through the API of `aprity serve`.
private struct Caller: Sendable {
    private let url: String
    private let token: String

    init(_ serve: AprityProcess.Ready) throws {
        url = serve.url
        token = try String(contentsOfFile: serve.startTokenFile ?? "", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }

    func status(of path: String) async throws -> UInt {
        var request = HTTPClientRequest(url: url + path)
        request.headers.add(name: "Authorization", value: "Bearer " + token)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        _ = try await response.body.collect(upTo: 16 << 20)
        return response.status.code
    }
}
