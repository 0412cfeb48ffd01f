internal import AsyncHTTPClient
internal import ConnectedApp
internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1
internal import ServiceLifecycle
internal import Synchronization
internal import Testing

@testable internal import ConnectedAppServer

/// How requests reach the server: directly through its router, or over a socket.
enum Wire: String, CaseIterable, Sendable {
    case memory, socket
}

/// A response.
struct Reply: Sendable {
    let status: Int
    var headers: HTTPFields
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(Value.self, from: Data(bytes))
    }

    /// The members of a JSON object.
    var members: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
    }
}

/// Expects a problem document with this status and code.
func expectProblem(
    _ reply: Reply, _ status: Int, _ code: String, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(reply.status == status, comment, sourceLocation: sourceLocation)
    #expect(reply.members["code"] as? String == code, comment, sourceLocation: sourceLocation)
}

/// A server with its world, and a client that behaves like a browser on the server's machine: it keeps cookies, says that its
/// forms come from the server's own pages, and follows no redirects.
final class SettingsClient: Sendable {
    let world: TestWorld
    let token: StartToken
    /// The start token, as it is in its file.
    let tokenText: String
    private let exchange: @Sendable (HTTPRequest, [UInt8]) async throws -> Reply
    let port: Int
    /// The server's open connections.
    let connections: OpenConnections
    /// The server's routes, without those that only answer 405.
    let routes: [(method: HTTPRequest.Method, path: String)]
    /// Shuts the server down gracefully. Does nothing for a server in memory.
    let stop: @Sendable () async -> Void
    private let cookies = Mutex<[String: String]>([:])

    private init(
        world: TestWorld, token: StartToken, server: SettingsServer, port: Int,
        stop: @escaping @Sendable () async -> Void = {},
        exchange: @escaping @Sendable (HTTPRequest, [UInt8]) async throws -> Reply
    ) throws {
        self.world = world
        self.token = token
        connections = server.connections
        routes = server.routes
        self.port = port
        self.stop = stop
        self.exchange = exchange
        tokenText = try String(contentsOfFile: token.path, encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    /// Runs a test with its own server.
    ///
    /// - Parameters:
    ///   - transport: The transport for requests to orgs; the default fails the test on any request.
    ///   - keys: The key store; `nil` for prepared keys in a sealed store.
    ///   - startTokenUse: Until when the start token is accepted.
    ///   - noticeChannels: The server's notice channels.
    ///   - publicURL: The URL of a proxy before the server.
    ///   - peer: The address that requests in memory come from.
    ///   - makeService: Returns the server's service; by default that of the world.
    ///   - logged: Collects the lines of the server's log, warnings and errors.
    static func run(
        _ wire: Wire = .memory, time: TestTime = TestTime(),
        transport: ScriptedTransport = ScriptedTransport.untouchable, keys: (any KeyStore)? = nil,
        startTokenUse: StartTokenUse = .always, noticeChannels: [any NoticeChannel] = [],
        metricsToken: MetricsToken? = nil, limits: ConnectionLimits = ConnectionLimits(maximum: 64),
        publicURL: PublicURL? = nil, peer: String = "127.0.0.1",
        makeService: (TestWorld) throws -> AppService = { $0.service }, logged: LoggedLines = LoggedLines(),
        _ body: @Sendable (SettingsClient) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "aprity-server-tests-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let world = try await TestWorld(time: time, transport: transport, keys: keys)
        let token = StartToken(folder: folder, randomBytes: SeededRandom(seed: 3).bytes)
        let logger = logged.logger()
        let server = try SettingsServer(
            service: try makeService(world),
            configuration: SettingsServerConfiguration(
                port: wire == .memory ? 7411 : 0, limits: limits, publicURL: publicURL),
            startToken: token, startTokenUse: startTokenUse, noticeChannels: noticeChannels, metricsToken: metricsToken,
            surroundings: world.surroundings, logger: logger
        )
        switch wire {
        case .memory:
            try await token.publish(port: 7411)
            defer { token.removeFile() }
            try await body(
                SettingsClient(world: world, token: token, server: server, port: 7411) {
                    head, content in
                    try await memoryReply(server, head, content, logger, from: peer)
                })
        case .socket: try await overSocket(server, world, token, logger, body)
        }
    }

    private static func memoryReply(
        _ server: SettingsServer, _ head: HTTPRequest, _ content: [UInt8], _ logger: Logger, from peer: String
    ) async throws -> Reply {
        let channel = NIOAsyncTestingChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: peer, port: 40_000)
        let context = ServerContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        let response = try await server.responder.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: content))), context: context)
        let writer = CollectingWriter()
        try await response.body.write(writer)
        return Reply(status: response.status.code, headers: response.headers, bytes: writer.bytes.withLock { $0 })
    }

    private final class CollectingWriter: ResponseBodyWriter, Sendable {
        let bytes = Mutex<[UInt8]>([])

        func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += buffer.readableBytesView } }
        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    private static func overSocket(
        _ server: SettingsServer, _ world: TestWorld, _ token: StartToken, _ logger: Logger,
        _ body: @Sendable (SettingsClient) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: Running(server: server, ready: { continuation.yield($0) }))], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            guard let port = await ports.first(where: { _ in true }) else { return }
            let client = try SettingsClient(
                world: world, token: token, server: server, port: port,
                stop: { await group.triggerGracefulShutdown() }
            ) { head, content in try await socketReply(port, head, content) }
            do { try await body(client) } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private struct Running: Service {
        let server: SettingsServer
        let ready: @Sendable (Int) -> Void

        func run() async throws { try await server.run(onReady: { ready($0) }) }
    }

    private static func socketReply(_ port: Int, _ head: HTTPRequest, _ content: [UInt8]) async throws -> Reply {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(head.path ?? "/")")
        request.method = HTTPMethod(rawValue: head.method.rawValue)
        for field in head.headerFields { request.headers.add(name: field.name.rawName, value: field.value) }
        request.headers.replaceOrAdd(name: "Host", value: head.authority ?? "")
        if head.method != .get { request.body = .bytes(ByteBuffer(bytes: content)) }
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(configuration: configuration)
        do {
            let response = try await client.execute(request, timeout: .seconds(20))
            let body = try await response.body.collect(upTo: 1 << 22)
            var fields = HTTPFields()
            for (name, value) in response.headers {
                if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
            try await client.shutdown()
            return Reply(status: Int(response.status.code), headers: fields, bytes: Array(body.readableBytesView))
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    // MARK: Requests

    var authority: String { "127.0.0.1:\(port)" }
    var cookieName: String { "aprity-session-\(port)" }
    var cookie: String? {
        get { cookies.withLock { $0[cookieName] } }
        set { cookies.withLock { $0[cookieName] = newValue } }
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, host: String? = nil, headers: HTTPFields = [:], body: String = ""
    ) async throws -> Reply {
        var head = HTTPRequest(
            method: method, scheme: "http", authority: host ?? authority, path: path, headerFields: headers)
        let jar = cookies.withLock { $0.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") }
        if !jar.isEmpty, head.headerFields[.cookie] == nil { head.headerFields[.cookie] = jar }
        let reply = try await exchange(head, Array(body.utf8))
        for line in reply.headers[values: .setCookie] { keep(line) }
        return reply
    }

    private func keep(_ line: String) {
        let pair = line.split(separator: ";")[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let value = pair.count == 2 ? String(pair[1]) : ""
        cookies.withLock { $0[String(pair[0])] = value.isEmpty ? nil : value }
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> Reply {
        try await send(.get, path, headers: headers)
    }

    func post(_ path: String, _ fields: [String: String], headers: HTTPFields = [:]) async throws -> Reply {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/x-www-form-urlencoded" }
        if headers[.secFetchSite] == nil { headers[.secFetchSite] = "same-origin" }
        let body = fields.map { "\($0.key)=\(Self.encoded($0.value))" }.joined(separator: "&")
        return try await send(.post, path, headers: headers, body: body)
    }

    /// Sends a form with files, as a browser does. Files without content stand for fields in which none was chosen.
    func upload(_ path: String, _ fields: [String: String], files: [String: [UInt8]] = [:]) async throws -> Reply {
        var body: [UInt8] = []
        for (name, value) in fields { body += Self.part("name=\"\(name)\"", Array(value.utf8)) }
        for (name, bytes) in files {
            let fileName = bytes.isEmpty ? "" : "a;b.p12"
            body += Self.part("name=\"\(name)\"; filename=\"\(fileName)\"", bytes)
        }
        return try await upload(path, body: body + Array("--edge--\r\n".utf8))
    }

    func upload(_ path: String, body: [UInt8]) async throws -> Reply {
        let head = HTTPRequest(
            method: .post, scheme: "http", authority: authority, path: path,
            headerFields: [
                .contentType: "multipart/form-data; boundary=edge", .cookie: "\(cookieName)=\(cookie ?? "")",
            ])
        return try await exchange(head, body)
    }

    private static func part(_ disposition: String, _ content: [UInt8]) -> [UInt8] {
        Array("--edge\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n".utf8) + content + [13, 10]
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// Sends a request to the API with the start token.
    func api(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], json: String? = nil
    ) async throws -> Reply {
        var headers = headers
        headers[.authorization] = "Bearer \(tokenText)"
        if json != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await send(method, "/api/v1" + path, headers: headers, body: json ?? "")
    }

    /// Reads a response as it arrives. Works over a socket only.
    ///
    /// - Parameter onFirst: Called when the first piece has arrived.
    func listen(_ path: String, headers: HTTPFields = [:], onFirst: () async -> Void) async throws -> String {
        var request = HTTPClientRequest(url: "http://\(authority)\(path)")
        request.headers.add(name: "Cookie", value: "\(cookieName)=\(cookie ?? "")")
        for field in headers { request.headers.add(name: field.name.rawName, value: field.value) }
        var text = ""
        for try await piece in try await HTTPClient.shared.execute(request, timeout: .seconds(20)).body {
            if text.isEmpty { await onFirst() }
            text += String(buffer: piece)
        }
        return text
    }

    // MARK: Acts

    @discardableResult
    func signIn() async throws -> Reply {
        let reply = try await post("/sign-in", ["startToken": tokenText])
        #expect(reply.status == 303)
        return reply
    }

    /// Adds an account with ``password``.
    @discardableResult
    func addAccount(_ name: String = "alice", _ role: Role = .admin) async throws -> AccountView {
        try await world.service.accounts.add(
            name, role: role, password: Password(Self.password), as: Principal(.commandLine, name: "tester"))
    }

    static let password = "correct horse battery"

    /// Signs in with a name and a password.
    func signIn(as name: String, password: String = password) async throws -> Reply {
        try await post("/sign-in", ["account": name, "password": password])
    }

    /// Adds an API token, and returns its text.
    func addToken(
        _ name: String = "script", _ scope: APITokenScope = .read, connections: [String]? = nil, days: Int = 30
    ) async throws -> String {
        try await world.service.apiTokens.add(
            name, scope: scope, connections: connections, days: days, as: Principal(.commandLine, name: "tester")
        ).token
    }

    /// Sends a request without a body with a bearer token.
    func send(_ method: HTTPRequest.Method, _ path: String, bearer: String) async throws -> Reply {
        try await send(method, path, headers: [.authorization: "Bearer \(bearer)"])
    }

    /// Returns the token of the page's first form.
    func formToken(on path: String = "/connections") async throws -> String {
        let page = try await get(path).text
        let mark = "name=\"formToken\" value=\""
        guard let start = page.range(of: mark)?.upperBound else { return "" }
        return String(page[start...].prefix { $0 != "\"" })
    }

    @discardableResult
    func addConnection(
        _ alias: String = "acme", consumerKey: String? = "3MVG9scriptedConsumerKey",
        appKind: AppKind = .externalClientApp
    ) async throws -> ConnectionView {
        try await world.service.connections.add(
            .test(alias, appKind: appKind, consumerKey: consumerKey), as: Principal(.commandLine, name: "tester"))
    }
}
