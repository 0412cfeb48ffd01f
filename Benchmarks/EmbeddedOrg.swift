import AsyncHTTPClient
import Crypto
import CryptoExtras
import Foundation
import Hummingbird
import JWTBearer
import Logging
import OrgSimulator
import ServiceLifecycle
import X509

extension Benchmarks {
    /// Measures how fast the embedded org answers token requests, and how long it takes to start. The reference for a
    /// token request is an RSA verification plus a request to the bare HTTP framework.
    static func embeddedOrg() async throws {
        let world = try await TokenWorld()
        let rounds = 2_000
        let bare = try await bareRequests(rounds, body: world.form)
        let verifications = world.verifications(rounds)
        let (tokens, starts) = try await tokenRequests(rounds, world)
        show(
            "token requests of the embedded org, client included", Double(rounds) / tokens, per: "a processor second",
            ratio: (bare + verifications) / tokens,
            to: "the rate of an RSA-2048 verification plus a request of the bare framework")
        let milliseconds = starts.formatted(.number.precision(.fractionLength(0)))
        print("start of the embedded org with \(TokenWorld.source), until both ports answer: \(milliseconds) ms")
    }

    /// Returns the processor time of `rounds` POSTs to a Hummingbird route that answers with two bytes, in seconds.
    private static func bareRequests(_ rounds: Int, body: String) async throws -> Double {
        try await withService { ready in
            let router = Router()
            router.post("/services/oauth2/token") { request, _ in
                _ = try await request.body.collect(upTo: 65_536)
                return "ok"
            }
            return Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { ready.yield("http://127.0.0.1:\($0.localAddress?.port ?? 0)") }, logger: quiet)
        } measure: { url in
            try await post(rounds, to: url, body, expecting: "ok")
        }
    }

    /// Returns the processor time of the token requests in seconds, and the time until the org listens in milliseconds.
    private static func tokenRequests(_ rounds: Int, _ world: TokenWorld) async throws -> (Double, Double) {
        let begun = ContinuousClock.now
        var configuration = SimulatorConfiguration()
        configuration.port = 0
        configuration.managementPort = 0
        configuration.seed = world.seed
        configuration.sourceDirectory = TokenWorld.source
        let settings = configuration
        var started = Duration.zero
        let seconds = try await withService { ready in
            try SimulatedOrgService(configuration: settings, logger: quiet, onReady: { ready.yield($0.url) })
        } measure: { url in
            started = ContinuousClock.now - begun
            let body = try await world.signedForm(audience: url)
            return try await post(rounds, to: url, body, expecting: "access_token")
        }
        return (seconds, started / .milliseconds(1))
    }

    /// Runs a service while `measure` runs, and returns what it measured.
    ///
    /// - Parameters:
    ///   - make: Creates the service. The service yields its URL to the argument when it is ready.
    ///   - measure: The argument is the URL.
    static func withService<Running: Service, Figure: Sendable>(
        _ make: (AsyncStream<String>.Continuation) throws -> Running,
        measure: (String) async throws -> Figure
    ) async throws -> Figure {
        let (urls, ready) = AsyncStream<String>.makeStream()
        let service = try make(ready)
        let group = ServiceGroup(configuration: .init(services: [service], logger: quiet))
        async let running: Void = group.run()
        var iterator = urls.makeAsyncIterator()
        guard let url = await iterator.next() else { throw CancellationError() }
        let figure = try await measure(url)
        await group.triggerGracefulShutdown()
        try await running
        return figure
    }

    /// Sends `rounds` POSTs, one after another, to the token endpoint. Returns the processor time of this process in
    /// seconds, which includes that of a server in it.
    ///
    /// - Parameter part: A text that each answer must contain.
    static func post(
        _ rounds: Int, to url: String, _ body: String, expecting part: String
    ) async throws -> Double {
        var request = HTTPClientRequest(url: url + "/services/oauth2/token")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(Array(body.utf8))
        let start = processorTime()
        for _ in 0..<rounds {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            let text = String(buffer: try await response.body.collect(upTo: 65_536))
            precondition(text.contains(part), text)
        }
        return processorTime() - start
    }

    static let quiet = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
}

/// A key, and the seed of an org whose app trusts the key's certificate.
struct TokenWorld {
    /// The metadata of the org. The path is relative to the package, in which `make bench` runs.
    static let source = "Examples/harbour-bikes"
    static let consumerKey = "3MVG9" + String(repeating: "k", count: 80)
    static let username = "integration@acme.example"

    let seed: [UInt8]
    let signer: Benchmarks.Signer

    /// Returns the seed with faults.
    /// - Parameter emptyTypes: Further metadata types, without components.
    func seed(faults: [[String: any Sendable]], emptyTypes: [String] = []) throws -> [UInt8] {
        guard !faults.isEmpty || !emptyTypes.isEmpty,
            var document = try JSONSerialization.jsonObject(with: Data(seed)) as? [String: Any],
            var orgs = document["orgs"] as? [[String: Any]]
        else {
            return seed
        }
        document["faults"] = faults
        orgs[0]["metadata"] = ["listing": ["emptyTypes": emptyTypes]]
        document["orgs"] = orgs
        return [UInt8](try JSONSerialization.data(withJSONObject: document))
    }

    init() async throws {
        signer = Benchmarks.Signer(key: try _RSA.Signing.PrivateKey(keySize: .bits2048))
        let key = Certificate.PrivateKey(signer.key)
        let name = try DistinguishedName { CommonName("benchmark") }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey, notValidBefore: Date() - 60,
            notValidAfter: Date() + 86_400, issuer: name, subject: name,
            signatureAlgorithm: .sha256WithRSAEncryption, extensions: try .init {}, issuerPrivateKey: key)
        let seed: [String: Any] = [
            "orgs": [
                [
                    "name": "Acme", "myDomain": "acme.my.salesforce.com",
                    "users": [["username": Self.username, "profile": "System Administrator"]],
                    "apps": [
                        [
                            "name": "aprity", "consumerKey": Self.consumerKey, "scopes": ["Api", "RefreshToken"],
                            "certificatePEM": try certificate.serializeAsPEM().pemString,
                            "permittedUsers": "adminApprovedPreAuthorized", "profiles": ["System Administrator"],
                        ]
                    ],
                ]
            ],
            "switches": ["loginsPerHour": 1_000_000],
        ]
        self.seed = [UInt8](try JSONSerialization.data(withJSONObject: seed))
    }

    /// A body of about the same length as one with a real assertion.
    var form: String { "assertion=" + String(repeating: "x", count: 700) }

    /// Returns the body of a token request.
    func signedForm(audience: String) async throws -> String {
        let assertion = try Assertion(
            issuer: Self.consumerKey, subject: Self.username, audience: audience, now: Date(), identifier: "benchmark")
        let text = try await assertion.signed(by: signer)
        return "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=\(text.compact)"
    }

    /// Returns the processor time of `rounds` RSA verifications, in seconds.
    func verifications(_ rounds: Int) -> Double {
        let message = SHA256.hash(data: [UInt8](repeating: 7, count: 400))
        guard let signature = try? signer.key.signature(for: message, padding: .insecurePKCS1v1_5) else { return 0 }
        let key = signer.key.publicKey
        let start = Benchmarks.processorTime()
        for _ in 0..<rounds {
            precondition(key.isValidSignature(signature, for: message, padding: .insecurePKCS1v1_5))
        }
        return Benchmarks.processorTime() - start
    }
}
