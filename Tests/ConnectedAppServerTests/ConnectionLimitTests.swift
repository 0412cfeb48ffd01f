internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1
internal import ServiceLifecycle
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

/// With a clock that the tests advance.
@Suite("Deadlines of a connection")
struct ConnectionDeadlineTests {
    private let connections = OpenConnections(maximum: 10)
    private let limits = ConnectionLimits(maximum: 10)

    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(
            handler: ConnectionDeadlines(limits: limits, connections: connections) {
                $0.contains(name: "Authorization")
            })
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.read()
        return channel
    }

    private func receive(_ part: HTTPServerRequestPart, on channel: EmbeddedChannel) throws {
        try channel.writeInbound(part)
        channel.read()
    }

    private func head(_ headers: HTTPHeaders = [:]) -> HTTPServerRequestPart {
        .head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/sign-in", headers: headers))
    }

    private let body = HTTPServerRequestPart.body(ByteBuffer(string: "x"))

    private func answer(on channel: EmbeddedChannel) throws {
        try channel.writeOutbound(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok)))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }

    /// Whether the connection is open just before the deadline and closed at the deadline.
    private func isClosed(_ channel: EmbeddedChannel, after limit: Duration) -> Bool {
        channel.embeddedEventLoop.advanceTime(by: TimeAmount(limit - .milliseconds(1)))
        guard channel.isActive else { return false }
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        return !channel.isActive
    }

    @Test("A connection without a request head is closed")
    func head() throws {
        let channel = try channel()
        #expect(isClosed(channel, after: limits.head))
        #expect(connections.drops(for: .deadline) == 1)
        #expect(connections.count == 0)
    }

    @Test(
        "A connection with an incomplete body is closed, and slow bytes do not extend its deadline",
        arguments: [true, false])
    func body(isTrusted: Bool) throws {
        let channel = try channel()
        try receive(head(isTrusted ? ["Authorization": "x"] : [:]), on: channel)
        for _ in 0..<19 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            try receive(body, on: channel)
        }
        #expect(isClosed(channel, after: .seconds(1)))
    }

    @Test("A body is not late while the server does not read")
    func serverIsBehind() throws {
        let channel = try channel()
        try receive(head(), on: channel)
        try channel.writeInbound(body)
        channel.embeddedEventLoop.advanceTime(by: .seconds(300))
        #expect(channel.isActive)
        channel.read()
        channel.embeddedEventLoop.advanceTime(by: .seconds(20))
        #expect(!channel.isActive)
    }

    @Test("Without a credential, a response that the client does not read is aborted")
    func unreadAnswer() throws {
        let channel = try channel()
        try receive(head(), on: channel)
        try receive(.end(nil), on: channel)
        #expect(isClosed(channel, after: limits.answer))
    }

    @Test("With a valid credential, a response has no deadline")
    func longAnswer() throws {
        let channel = try channel()
        try receive(head(["Authorization": "x"]), on: channel)
        try receive(.end(nil), on: channel)
        channel.embeddedEventLoop.advanceTime(by: .hours(48))
        #expect(channel.isActive)
    }

    @Test("A connection may be idle for a limited time between two requests", arguments: [true, false])
    func idle(isTrusted: Bool) throws {
        let channel = try channel()
        for _ in 0..<3 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            try receive(head(isTrusted ? ["Authorization": "x"] : [:]), on: channel)
            try receive(.end(nil), on: channel)
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            try answer(on: channel)
        }
        #expect(isClosed(channel, after: limits.idle))
        #expect(connections.drops(for: .idle) == 1)
        #expect(connections.drops(for: .deadline) == 0)
    }

    @Test("A request that is answered early must still complete its body in time")
    func earlyAnswer() throws {
        let channel = try channel()
        try receive(head(), on: channel)
        try answer(on: channel)
        #expect(isClosed(channel, after: limits.body))
    }

    @Test("The maximum depends on the descriptor limit, within bounds")
    func maximum() {
        #expect(ConnectionLimits(descriptors: 1 << 20).maximum == 512)
        #expect(ConnectionLimits(descriptors: 0).maximum == 16)
        let some = ConnectionLimits(descriptors: 300 + 3 * System.coreCount).maximum
        #expect(some == 220)
    }
}

/// Over sockets, with many idle connections.
@Suite("A server under a connection flood")
struct StarvedServerTests {
    private let limits = ConnectionLimits(maximum: 8)

    private func flood(_ client: SettingsClient, _ count: Int = 40) async throws -> [RawClient] {
        var clients: [RawClient] = []
        for _ in 0..<count {
            clients.append(
                try await RawClient(port: client.port, sending: RawClient.signIn(client.port)))
        }
        return clients
    }

    private func get(_ path: String, _ client: SettingsClient, _ header: String) -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(client.authority)\r\n\(header)\r\n\r\n"
    }

    @Test("The oldest connections without a credential are closed, so the right bearer can block a connection")
    func flooded() async throws {
        let logged = LoggedLines()
        try await SettingsClient.run(.socket, limits: limits, logged: logged) { client in
            try await client.addConnection()
            let slow = try await flood(client)
            let block = try await client.api(.put, "/connections/acme/block", json: #"{"reason": "drill"}"#)
            #expect(block.status == 200)
            for old in slow.prefix(32) { try await old.end() }
            #expect(client.connections.count <= 8)
            #expect(client.connections.drops(for: .limit) >= 32)
            let metrics = try await client.get("/metrics", headers: [.authorization: "Bearer \(client.tokenText)"])
            #expect(metrics.text.contains("aprity_http_connections_dropped_total{reason=\"limit\"}"))
            for one in slow where one.isOpen { try await one.close() }
        }
        #expect(logged.all == [])
    }

    @Test("A connection with the start token or a session survives a flood of others")
    func trusted() async throws {
        try await SettingsClient.run(.socket, limits: limits) { client in
            try await client.signIn()
            let headers = [
                "Authorization: Bearer \(client.tokenText)", "Cookie: \(client.cookieName)=\(client.cookie ?? "")",
            ]
            let paths = ["/api/v1/connections", "/connections"]
            var kept: [RawClient] = []
            for (header, path) in zip(headers, paths) {
                let one = try await RawClient(port: client.port, sending: get(path, client, header))
                _ = try await one.answer(with: "200 OK")
                kept.append(one)
            }
            let form = "startToken=\(client.tokenText)"
            let signingIn = try await RawClient(
                port: client.port,
                sending: RawClient.signIn(client.port, form: form, length: form.count))
            _ = try await signingIn.answer(with: "303 See Other")
            let slow = try await flood(client)
            for old in slow.prefix(30) { try await old.end() }
            for (one, (header, path)) in zip(kept, zip(headers, paths)) {
                #expect(one.isOpen)
                await one.send(get(path, client, header))
                for _ in 0..<200 where one.text.components(separatedBy: "200 OK").count < 3 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(one.text.components(separatedBy: "200 OK").count == 3)
            }
            #expect(signingIn.isOpen)
            for one in kept + slow + [signingIn] where one.isOpen { try await one.close() }
        }
    }

    @Test("A wrong bearer or the metrics token does not protect a connection")
    func untrusted() async throws {
        let metricsToken = try MetricsToken(line: Array("0123456789abcdef0123456789abcdef".utf8), source: "test")
        try await SettingsClient.run(.socket, metricsToken: metricsToken, limits: limits) { client in
            let wrong = try await RawClient(
                port: client.port, sending: get("/api/v1/connections", client, "Authorization: Bearer wrong"))
            _ = try await wrong.answer(with: "401 Unauthorized")
            let monitor = try await RawClient(
                port: client.port,
                sending: get("/metrics", client, "Authorization: Bearer 0123456789abcdef0123456789abcdef"))
            _ = try await monitor.answer(with: "200 OK")
            let slow = try await flood(client, 10)
            try await wrong.end()
            try await monitor.end()
            for one in slow where one.isOpen { try await one.close() }
        }
    }

    @Test("An event stream continues while slow requests are closed")
    func streams() async throws {
        let time = TestTime()
        var org = ScriptedOrg(now: { time.now })
        let gate = Gate()
        org.gate = gate
        var limits = limits
        (limits.head, limits.body) = (.milliseconds(100), .milliseconds(100))
        (limits.answer, limits.idle) = (.milliseconds(100), .milliseconds(100))
        let logged = LoggedLines()
        try await SettingsClient.run(
            .socket, time: time, transport: org.transport, limits: limits, logged: logged
        ) { client in
            try await client.addConnection()
            try await client.signIn()
            let start = try await client.post("/connections/acme/test", ["formToken": try await client.formToken()])
            let path = try #require(start.headers[.location])
            await gate.arrival()
            let text = try await client.listen(path + "/events") {
                // The deadline of each of these connections began after that of the stream.
                for text in ["", RawClient.signIn(client.port), "GET /livez HTTP/1.1\r\nHost"] {
                    do { try await RawClient(port: client.port, sending: text).end() } catch {
                        Issue.record("\(error)")
                    }
                }
                gate.open()
            }
            #expect(text.hasSuffix("event: end\ndata: {}\n\n"))
            #expect(client.connections.drops(for: .deadline) >= 3)
        }
        #expect(logged.all == [])
    }

    @Test("A client that disconnects within a body is not logged")
    func departed() async throws {
        let logged = LoggedLines()
        try await SettingsClient.run(.socket, logged: logged) { client in
            for _ in 0..<3 {
                let one = try await RawClient(
                    port: client.port, sending: RawClient.signIn(client.port) + "x")
                // The request has arrived if a later one was answered.
                _ = try await client.get("/livez")
                try await one.close()
            }
            for _ in 0..<500 where client.connections.count > 0 { try await Task.sleep(for: .milliseconds(10)) }
            let events = try await client.world.store.events(limit: 10)
            #expect(events.filter { $0.act == .settingsSignIn }.isEmpty)
        }
        #expect(logged.all == [])
    }
}

@Suite("Server start")
struct ServerStartTests {
    @Test("The server stops if the start token cannot be written")
    func noFile() async throws {
        let folder = NSTemporaryDirectory() + "aprity-start-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // A file cannot replace a folder of this name.
        try FileManager.default.createDirectory(
            atPath: folder + "/start-token", withIntermediateDirectories: true)
        let world = try await TestWorld()
        let server = try SettingsServer(
            service: world.service, configuration: SettingsServerConfiguration(port: 0),
            startToken: StartToken(folder: folder, randomBytes: world.surroundings.randomBytes),
            surroundings: world.surroundings, logger: .init(label: "test"))
        let error = await #expect(throws: ConnectedAppError.self) {
            try await server.run(onReady: { _ in Issue.record("It is not ready.") })
        }
        #expect(error?.cause == .outputCannotBeCreated)
    }

    @Test("A server that waits to write its start token can be stopped")
    func stoppedWhileWaiting() async throws {
        let folder = NSTemporaryDirectory() + "aprity-start-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let lock = try HeldLock(file: StartTokenFile.lockName, in: folder)
        defer { lock.release() }
        let world = try await TestWorld()
        let server = try SettingsServer(
            service: world.service, configuration: SettingsServerConfiguration(port: 0),
            startToken: StartToken(folder: folder, randomBytes: world.surroundings.randomBytes),
            surroundings: world.surroundings, logger: .init(label: "test"))
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: UnreadyServer(server: server))], logger: .init(label: "test")))
        let begin = ContinuousClock.now
        async let running: Void = group.run()
        try await Task.sleep(for: .milliseconds(300))
        await group.triggerGracefulShutdown()
        try await running
        #expect(ContinuousClock.now - begin < .seconds(4))
    }

    private struct UnreadyServer: Service {
        let server: SettingsServer

        func run() async throws { try await server.run(onReady: { _ in Issue.record("It is not ready.") }) }
    }

    @Test("A taken port is reported, and no start token file changes")
    func portTaken() async throws {
        try await SettingsClient.run(.socket) { client in
            let folder = (client.token.path as NSString).deletingLastPathComponent
            let before = try Data(contentsOf: URL(filePath: client.token.path))
            let other = try SettingsServer(
                service: client.world.service,
                configuration: SettingsServerConfiguration(port: client.port),
                startToken: StartToken(folder: folder, randomBytes: client.world.surroundings.randomBytes),
                surroundings: client.world.surroundings, logger: .init(label: "test"))
            let error = await #expect(throws: ConnectedAppError.self) {
                try await other.run(onReady: { _ in Issue.record("It is not ready.") })
            }
            #expect(error?.cause == .portTaken)
            #expect(error?.description.contains(String(client.port)) == true)
            #expect(try Data(contentsOf: URL(filePath: client.token.path)) == before)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                    "start-token", StartTokenFile.lockName,
                ])
            #expect(try await client.api(.get, "/connections").status == 200)
        }
    }
}
