import AsyncHTTPClient
import ConnectedApp
import ConnectedAppHTTP
import ConnectedAppSQLite
import ConnectedAppTesting
import CryptoExtras
import Foundation
import HTTPTypes
import Hummingbird
import JWTBearer

extension Benchmarks {
    /// Measures how fast tokens are handed out. The references are a commit of the store and a request to the bare HTTP
    /// framework.
    static func handOuts() async throws {
        let world = try await GateWorld()
        defer { world.remove() }
        _ = try await world.service.tokens.accessToken(for: "acme", as: GateWorld.me)
        let (callers, each) = (64, 100)
        let handOuts = try await rate(callers, each) {
            _ = try await world.service.tokens.accessToken(for: "acme", as: GateWorld.me)
        }
        let commits = try await rate(callers, each) { try await world.store.append(GateWorld.event) }
        let hello = try await helloWorld(callers, each)
        let figure = handOuts.formatted(.number.precision(.fractionLength(0)))
        let toCommits = (handOuts / commits).formatted(.number.precision(.fractionLength(2)))
        let toHello = (handOuts / hello).formatted(.number.precision(.fractionLength(2)))
        print(
            "durable hand-outs, \(callers) callers: \(figure) a second; \(toCommits) of the rate of the store's audit "
                + "appends, \(toHello) of the rate of the bare framework's hello-world")
    }

    /// Returns the number of calls per second, with `callers` concurrent tasks that make `each` calls one after
    /// another.
    private static func rate(_ callers: Int, _ each: Int, _ call: @escaping @Sendable () async throws -> Void)
        async throws -> Double
    {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<callers { group.addTask { for _ in 0..<each { try await call() } } }
            try await group.waitForAll()
        }
        return Double(callers * each) / (start.duration(to: .now) / .seconds(1))
    }

    /// Returns how many requests per second the bare HTTP framework answers.
    static func helloWorld(_ callers: Int, _ each: Int) async throws -> Double {
        try await withService { ready in
            let router = Router()
            router.get("/") { _, _ in "hello" }
            return Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { ready.yield("http://127.0.0.1:\($0.localAddress?.port ?? 0)") }, logger: quiet)
        } measure: { url in
            try await rate(callers, each) {
                let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
                _ = try await response.body.collect(upTo: 1024)
            }
        }
    }

    /// Prints the processor time of a sign-in through the gate, compared with one signature by the same library plus
    /// one bare POST.
    static func signIns() async throws {
        let world = try await GateWorld()
        defer { world.remove() }
        let rounds = 500
        let answer = GateWorld.grant
        let figures = try await withService { ready in
            let router = Router()
            router.post("/services/oauth2/token") { request, _ in
                _ = try await request.body.collect(upTo: 65_536)
                return answer
            }
            return Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { ready.yield("http://127.0.0.1:\($0.localAddress?.port ?? 0)") }, logger: quiet)
        } measure: { url -> (whole: Double, bare: Double) in
            let body = String(repeating: "x", count: 800)
            let posts = try await post(rounds, to: url, body, expecting: "access_token")
            var start = processorTime()
            let bare = Signer(key: try _RSA.Signing.PrivateKey(keySize: .bits2048))
            start = processorTime()
            for _ in 0..<rounds { _ = try await bare.signature(over: [UInt8](repeating: 7, count: 400)) }
            let signatures = processorTime() - start
            start = processorTime()
            for _ in 0..<rounds { _ = try await world.target.signer.signature(over: [UInt8](repeating: 7, count: 400)) }
            let stored = processorTime() - start
            start = processorTime()
            for _ in 0..<rounds { try await world.pass() }
            let passes = processorTime() - start
            let ms = { (seconds: Double) in
                (seconds / Double(rounds) * 1000).formatted(.number.precision(.fractionLength(2)))
            }
            print(
                "  parts of a sign-in: a signature by the stored key \(ms(stored)) ms (bare \(ms(signatures)) ms), the "
                    + "gate's two transactions \(ms(passes)) ms, a bare POST \(ms(posts)) ms")
            let target = try await world.target(at: url)
            start = processorTime()
            try await world.signIn(rounds, to: target)
            return (processorTime() - start, posts + signatures)
        }
        let ratio = (figures.whole / figures.bare).formatted(.number.precision(.fractionLength(2)))
        let figure = (figures.whole / Double(rounds) * 1000).formatted(.number.precision(.fractionLength(2)))
        print(
            "a sign-in through the gate: \(figure) ms of processor time; \(ratio) of one signature by the same library "
                + "plus one bare POST")
    }
}

/// A store on disk with one connection, and an org that answers in this process.
struct GateWorld {
    static let me = Principal(.api, name: "benchmark")
    static let event = AuditEvent(
        time: Date(timeIntervalSince1970: 1_795_435_200), principal: me, act: .tokenHandedOut, connection: "acme")
    static let grant = """
        {"access_token":"00D000000000001!benchmark","scope":"api","instance_url":"https://acme.my.salesforce.com",\
        "id":"https://acme.my.salesforce.com/id/00D000000000001EAA/005000000000001AAA","token_type":"Bearer"}
        """

    let store: SQLiteStore
    let service: AppService
    let target: Target
    private let gate: LeasedGate
    let folder: String
    let surroundings: Surroundings

    /// An org that answers immediately, from memory. It grants every token.
    private struct AnsweringOrg: HTTPTransport, TransportSource {
        func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) -> any HTTPTransport { self }

        func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
            try await request.beforeSending?()
            let path = request.head.path ?? ""
            let text =
                path.hasSuffix("/token")
                ? grant
                : path.hasSuffix("/limits")
                    ? "{\"DailyApiRequests\":{\"Max\":15000,\"Remaining\":14998}}"
                    : "[{\"version\":\"67.0\"}]"
            let body = AsyncThrowingStream<[UInt8], any Error> { continuation in
                continuation.yield(Array(text.utf8))
                continuation.finish()
            }
            return IncomingResponse(
                HTTPResponse(status: .ok, headerFields: [.contentType: "application/json"]), body: body)
        }
    }

    init() async throws {
        let start = ContinuousClock.now
        surroundings = Surroundings(
            now: { Date() }, uptime: { start.duration(to: .now) }, sleep: { try await Task.sleep(for: $0) },
            randomBytes: { count in (0..<count).map { _ in UInt8.random(in: 0...255) } })
        folder = FileManager.default.temporaryDirectory.appending(path: "aprity-benchmark-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try SQLiteStore(path: folder + "/aprity.sqlite", mayCreate: true)
        let ring = try MasterKeyRing(
            fileContent: MasterKeyRing.newFileContent(randomBytes: surroundings.randomBytes))
        let records = SealedRecords(store: store, ring: ring)
        _ = try await records.initialise()
        gate = LeasedGate(
            records: records,
            orders: BlockOrderFile(path: folder + "/block-order", ring: ring, surroundings: surroundings),
            surroundings: surroundings, name: "benchmark")
        // Generating a key takes a random number of instructions.
        let keys = PreparedKeyStore(SealedKeyStore(ring: ring, surroundings: surroundings))
        service = AppService(
            records: records, gate: gate, audit: store, keys: keys, transports: AnsweringOrg(),
            surroundings: surroundings, pullFolder: folder + "/pulls")
        _ = try await service.connections.add(
            Self.connection("acme", at: "https://acme.my.salesforce.com"), as: Self.me)
        target = try await service.targets.preferred("acme")
    }

    /// Adds a connection to an org on this machine and returns its target. Call it once.
    func target(at url: String) async throws -> Target {
        _ = try await service.connections.add(Self.connection("local", at: url), as: Self.me)
        return try await service.targets.preferred("local")
    }

    /// Signs in `rounds` times over a real network connection, with the gate, the signature and the ledger.
    func signIn(_ rounds: Int, to target: Target) async throws {
        let transport = try HTTPClientTransport(authoritiesPEM: nil, allowedHosts: [], proxy: .none)
        let identity = try target.identity()
        let signIn = SignIn(
            over: transport, context: SignInContext(gate: gate, principal: Self.me), surroundings: surroundings)
        for _ in 0..<rounds { _ = try await signIn.attempt(identity, purpose: .use) }
        await transport.close()
    }

    /// Signs in as often to the org in this process, one after the other.
    func signIn(_ rounds: Int) async throws {
        let identity = try target.identity()
        let signIn = SignIn(
            over: AnsweringOrg(), context: SignInContext(gate: gate, principal: Self.me), surroundings: surroundings)
        for _ in 0..<rounds { _ = try await signIn.attempt(identity, purpose: .use) }
    }

    /// Makes the gate's transactions of one sign-in, without signing or sending.
    func pass() async throws {
        let permit = try await gate.begin(SignInRequest(target.identity(), for: .use, as: Self.me))
        try await gate.confirm(permit)
        try await gate.finish(permit, SignInOutcome(.granted, code: "granted"), token: nil)
    }

    private static func connection(_ alias: String, at loginHost: String) -> NewConnection {
        NewConnection(
            alias: alias, loginHost: loginHost, username: "integration@acme.example",
            consumerKey: "3MVG9" + String(repeating: "k", count: 80), allowsTokens: true)
    }

    /// Closes the store and removes its folder.
    func remove() {
        try? store.close()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
