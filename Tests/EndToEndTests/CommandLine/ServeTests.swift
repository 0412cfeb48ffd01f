internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Subprocess
internal import SystemPackage
internal import Testing

/// The built server, next to another server and under attack.
@Suite("serve")
struct ServeTests {
    private func content(_ ready: AprityProcess.Ready) throws -> String {
        try String(contentsOfFile: try #require(ready.startTokenFile), encoding: .utf8)
    }

    /// Returns the status of a request with the start token.
    private func call(
        _ method: HTTPMethod, _ path: String, _ ready: AprityProcess.Ready, json: String? = nil,
        client: HTTPClient = .shared
    ) async throws -> UInt {
        var request = HTTPClientRequest(url: ready.url + "/api/v1" + path)
        request.method = method
        request.headers.add(
            name: "Authorization", value: "Bearer " + (try content(ready).trimmingCharacters(in: .newlines)))
        if let json {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: json))
        }
        let answer = try await client.execute(request, timeout: .seconds(20))
        _ = try await answer.body.collect(upTo: 1 << 20)
        return answer.status.code
    }

    /// Runs `serve` with a descriptor limit. Its log goes to the file `serve.log` in the home.
    private func serving(
        _ aprity: AprityProcess, limit: String, _ body: (AprityProcess.Ready) async throws -> Void
    ) async throws {
        let environment = aprity.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        let (_, status) = try await AprityProcess.server(
            "/bin/sh",
            [
                "-c", "\(limit); exec \"$0\" serve --port 0 2>\"$1\"", AprityProcess.binary,
                aprity.path("serve.log"),
            ],
            environment: .custom(Dictionary(uniqueKeysWithValues: environment)),
            ready: { try? JSONDecoder().decode(AprityProcess.Ready.self, from: Data($0.utf8)) }, body)
        #expect(status == 143)
    }

    /// Opens connections that send a text and then nothing more.
    private func connections(_ count: Int, to ready: AprityProcess.Ready, sending text: String) async throws
        -> [any Channel]
    {
        let port = try #require(URL(string: ready.url)?.port)
        var channels: [any Channel] = []
        for _ in 0..<count {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            channel.writeAndFlush(
                ByteBuffer(string: text.replacingOccurrences(of: "HOST", with: "127.0.0.1:\(port)")), promise: nil)
            channels.append(channel)
        }
        return channels
    }

    private func close(_ channels: [any Channel]) async throws {
        for channel in channels where channel.isActive { channel.close(promise: nil) }
        for channel in channels { try await channel.closeFuture.get() }
    }

    @Test("With 200 descriptors and 400 slow sign-ins, the token's holder can still block a connection")
    func starved() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "acme", "--login-host", "http://127.0.0.1:9", "--username", "i@acme.example",
        ])
        try await serving(aprity, limit: "ulimit -n 200") { ready in
            let slow = try await connections(
                400, to: ready,
                sending: "POST /sign-in HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 60\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\nstartToken=")
            let begin = ContinuousClock.now
            #expect(try await call(.PUT, "/connections/acme/block", ready, json: #"{"reason": "drill"}"#) == 200)
            #expect(ContinuousClock.now - begin < .seconds(5))
            #expect(try await call(.GET, "/audit", ready) == 200)
            try await close(slow)
        }
        let log = try String(contentsOfFile: aprity.path("serve.log"), encoding: .utf8)
        // The log has the page's address and the stop, and nothing about the connections.
        #expect(log.split(separator: "\n").count == 2, "\(log)")
        #expect(log.hasPrefix("The Settings page is at"))
    }

    @Test("A low soft descriptor limit is raised as far as the system allows")
    func lowSoftLimit() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await serving(aprity, limit: "ulimit -S -n 64") { ready in
            let token = try content(ready).trimmingCharacters(in: .newlines)
            let kept = try await connections(
                90, to: ready,
                sending: "GET /api/v1/connections HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer \(token)\r\n\r\n")
            #expect(try await call(.GET, "/connections", ready) == 200)
            #expect(kept.allSatisfy { $0.isActive })
            try await close(kept)
        }
    }

    @Test("A second server on the store has its own token file; both tokens work, and each server removes its own")
    func second() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.serving(["serve", "--port", "0"]) { first in
            let before = try content(first)
            try await aprity.serving(["serve", "--port", "0"]) { second in
                let port = try #require(URL(string: second.url)?.port)
                #expect(second.startTokenFile?.hasSuffix("/start-token-\(port)") == true)
                #expect(try content(second) != before)
                #expect(try await call(.GET, "/connections", second) == 200)
                #expect(try await call(.GET, "/connections", first) == 200)
            }
            #expect(try content(first) == before)
            #expect(try await call(.GET, "/connections", first) == 200)
        }
        #expect(try tokenFiles(aprity) == [])
    }

    @Test("A server whose port is taken reports it, and does not change the other one's token file")
    func portTaken() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.serving(["serve", "--port", "0"]) { first in
            let before = try content(first)
            let port = try #require(URL(string: first.url)?.port)
            let outcome = try await aprity.run("serve", "--port", "\(port)")
            #expect(outcome.status == 73)
            #expect(outcome.stderr.contains("\(port)"))
            #expect(outcome.stdout == "")
            #expect(try content(first) == before)
            #expect(try tokenFiles(aprity).count == 1)
            #expect(try await call(.GET, "/connections", first) == 200)
        }
    }

    @Test("An embedded org whose port is taken reports it, and the option to choose another port")
    func simulatorPortTaken() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.serving(["serve", "--port", "0"]) { first in
            let port = try #require(URL(string: first.url)?.port)
            let outcome = try await aprity.run("simulator", "--port", "0", "--management-port", "\(port)")
            #expect(outcome.status == 73)
            #expect(
                outcome.stderr.contains(
                    "Port \(port) (the management API) is not available: another program listens on it."))
            #expect(outcome.stderr.contains("--management-port"))
            #expect(outcome.stdout == "")
        }
    }

    @Test("The token file of a killed server is replaced by the next server")
    func killed() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let outcome = try await aprity.whileRunning(["serve", "--port", "0"]) { running in
            // Not the draft, which has another name for a moment.
            try await AprityProcess.until { try tokenFiles(aprity) == ["start-token"] }
            try running.send(.kill)
        }
        #expect(outcome.status == -SIGKILL)
        #expect(try tokenFiles(aprity) == ["start-token"])
        try await aprity.serving(["serve", "--port", "0"]) { next in
            #expect(next.startTokenFile?.hasSuffix("/start-token") == true)
            let status = try await call(.GET, "/connections", next)
            #expect(status == 200)
        }
        #expect(try tokenFiles(aprity) == [])
    }

    private func tokenFiles(_ aprity: AprityProcess) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: aprity.path("data/aprity"))
            .filter { $0.hasPrefix("start-token") && $0 != "start-token.lock" }.sorted()
    }
}
