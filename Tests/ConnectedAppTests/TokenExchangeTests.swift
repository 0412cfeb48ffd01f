import ConnectedAppTesting
import Crypto
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

/// An issuer that signs with ES256.
private final class ScriptedIssuer: Sendable {
    struct State {
        var keys = ["k1": P256.Signing.PrivateKey()]
        var isDown = false
        var reads = 0
        var configuredIssuer = "https://issuer.example"
    }

    let state = Mutex(State())

    var transport: ScriptedTransport {
        ScriptedTransport { request in
            try self.state.withLock { state in
                guard !state.isDown else { throw TransportFailure(.timedOut, detail: "down") }
                if request.head.path == "/.well-known/openid-configuration" {
                    return .json(
                        "{\"issuer\":\"\(state.configuredIssuer)\",\"jwks_uri\":\"https://keys.example/set\"}")
                }
                state.reads += 1
                let keys = state.keys.map { id, key in
                    let point = Array(key.publicKey.rawRepresentation)
                    return
                        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"\(id)\",\"x\":\"\(Base64URL.encode(point[..<32]))\","
                        + "\"y\":\"\(Base64URL.encode(point[32...]))\"}"
                }
                return .json("{\"keys\":[{\"kty\":\"unheard-of\"},\(keys.joined(separator: ","))]}")
            }
        }
    }

    func token(_ id: String = "k1", at now: Date, _ further: String = "\"jti\":\"1\"") throws -> String {
        let seconds = Int(now.timeIntervalSince1970)
        let header = Base64URL.encode(Array("{\"alg\":\"ES256\",\"kid\":\"\(id)\"}".utf8))
        let claims = Base64URL.encode(
            Array(
                "{\"iss\":\"https://issuer.example\",\"sub\":\"repo:acme/site\",\"aud\":\"aprity\",\"iat\":\(seconds),\"exp\":\(seconds + 300),\(further)}"
                    .utf8))
        let key = try #require(state.withLock { $0.keys[id] })
        let signature = try key.signature(for: Data("\(header).\(claims)".utf8))
        return "\(header).\(claims).\(Base64URL.encode(signature.rawRepresentation))"
    }
}

@Suite("Token exchange") struct TokenExchangeTests {
    private static let me = Principal(.commandLine, name: "me")

    private struct World {
        let time = TestTime()
        let issuer = ScriptedIssuer()
        let service: AppService

        init(rights: ClientRights = ClientRights()) async throws {
            let memory = MemoryStore()
            var builder = ServiceBuilder(memory, ring: try MasterKeyRing.test(), surroundings: .test(time))
            builder.transports = OneTransport(issuer.transport)
            _ = try await builder.records.initialise()
            service = builder.service()
            _ = try await service.connections.add(.test("prod"), as: me)
            let policy = NewTrustPolicy(
                name: "ci", issuer: "https://issuer.example", audience: "aprity", subject: "repo:acme/*", rights: rights
            )
            _ = try await service.trustPolicies.add(policy, to: "prod", as: me)
        }

        /// Why a token is refused; `nil` if it is exchanged.
        func refusal(_ token: String, from address: String = "192.0.2.1") async throws -> ExchangeRefusal? {
            do {
                _ = try await service.tokenExchange.exchange(token, connection: nil, from: address)
                return nil
            } catch let refusal as ExchangeRefusal { return refusal }
        }

        func attempt(_ id: String = "k1", number: Int = 1) async throws -> ExchangeRefusal? {
            try await refusal(issuer.token(id, at: time.now, "\"jti\":\"\(number)\""))
        }
    }

    @Test("Unknown keys are read again, at most every 20 seconds, and known ones are kept for an hour")
    func keyRotation() async throws {
        let world = try await World()
        #expect(try await world.attempt(number: 1) == nil)
        #expect(try await world.attempt(number: 2) == nil)
        #expect(world.issuer.state.withLock { $0.reads } == 1)
        world.issuer.state.withLock { $0.keys["k2"] = P256.Signing.PrivateKey() }
        #expect(try await world.attempt("k2", number: 3) == .signature)
        #expect(world.issuer.state.withLock { $0.reads } == 1, "not yet")
        world.time.advance(by: .seconds(20))
        #expect(try await world.attempt("k2", number: 4) == nil)
        #expect(world.issuer.state.withLock { $0.reads } == 2)
        world.time.advance(by: .seconds(3_600))
        #expect(try await world.attempt(number: 5) == nil)
        #expect(world.issuer.state.withLock { $0.reads } == 3)
    }

    @Test("While the issuer cannot be reached, its known keys are used for a day")
    func outage() async throws {
        let world = try await World()
        #expect(try await world.attempt(number: 1) == nil)
        world.issuer.state.withLock { $0.isDown = true }
        world.time.advance(by: .seconds(7_200))
        #expect(try await world.attempt(number: 2) == nil)
        world.time.advance(by: .seconds(86_400))
        #expect(try await world.attempt(number: 3) == .keys)
    }

    @Test("The keys of another issuer are not used")
    func otherIssuer() async throws {
        let world = try await World()
        world.issuer.state.withLock { $0.configuredIssuer = "https://issuer.example.evil" }
        #expect(try await world.attempt() == .keys)
    }

    @Test("Of many exchanges of one token at once, one succeeds")
    func race() async throws {
        let world = try await World()
        let token = try world.issuer.token(at: world.time.now)
        let refusals = try await withThrowingTaskGroup(of: ExchangeRefusal?.self) { group in
            for _ in 0..<20 { group.addTask { try await world.refusal(token) } }
            return try await group.reduce(into: [ExchangeRefusal?]()) { $0.append($1) }
        }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(refusals.count { $0 == .exchanged } == 19)
    }

    @Test("A signature that was altered, and a token of a key with the same id, are refused")
    func signature() async throws {
        let world = try await World()
        let token = try world.issuer.token(at: world.time.now)
        let dot = try #require(token.lastIndex(of: "."))
        let first = token[token.index(after: dot)]
        let altered = token[...dot] + (first == "A" ? "B" : "A") + token[token.index(dot, offsetBy: 2)...]
        #expect(try await world.refusal(String(altered)) == .signature)
        let other = ScriptedIssuer()
        #expect(try await world.refusal(other.token(at: world.time.now)) == .signature)
        #expect(try await world.refusal(token) == nil)
    }

    @Test("The handle has the policy's rights, and is accepted only from its addresses")
    func rights() async throws {
        let world = try await World(rights: ClientRights(types: ["Layout"], addresses: ["192.0.2.0/24"]))
        let token = try world.issuer.token(at: world.time.now)
        #expect(
            try await world.refusal(token, from: "198.51.100.1")
                == .policy(subject: "repo:acme/site", audiences: ["aprity"]))
        #expect(try await world.refusal(token) == nil)
        let client = try #require(try await world.service.clients.all(of: "prod", as: Self.me).shown.first)
        #expect(client.types == ["Layout"])
        #expect(client.trustPolicy == "ci")
        #expect(client.expiresAt == world.time.now + 900)
    }

    @Test("Clients of expired handles are removed an hour later, at the next exchange")
    func removal() async throws {
        let world = try await World()
        #expect(try await world.attempt(number: 1) == nil)
        world.time.advance(by: .seconds(900 + 3_601))
        #expect(try await world.attempt(number: 2) == nil)
        #expect(try await world.service.clients.all(of: "prod", as: Self.me).shown.count == 1)
    }

    @Test("Refusals of signed tokens are reported once a minute")
    func audit() async throws {
        let world = try await World()
        for number in 1...3 {
            let further = "\"jti\":\"\(number)\",\"sub\":\"repo:evil/site\""
            _ = try await world.refusal(try world.issuer.token(at: world.time.now, further))
        }
        let reported = try await world.service.audit.records(act: .exchangeRefused, limit: 9, as: Self.me)
        #expect(reported.count == 1)
        #expect(reported.first?.facts["reason"] == "policy")
        #expect(reported.first?.facts["issuer"] == "https://issuer.example")
    }

    @Test(
        "Policies that would trust everybody, and malformed ones, are rejected",
        arguments: [
            NewTrustPolicy(name: "a", issuer: "http://issuer.example", audience: "x", subject: "y"),
            NewTrustPolicy(name: "a", issuer: "https://issuer.example/?q", audience: "x", subject: "y"),
            NewTrustPolicy(name: "a", issuer: "https://u:p@issuer.example", audience: "x", subject: "y"),
            NewTrustPolicy(name: "a", issuer: "https://issuer.example", audience: "*", subject: "y"),
            NewTrustPolicy(name: "a", issuer: "https://issuer.example", audience: "x", subject: "*"),
            NewTrustPolicy(name: "a", issuer: "https://issuer.example", audience: "x", subject: "y", claims: ["a": ""]),
            NewTrustPolicy(
                name: "a", issuer: "https://token.actions.githubusercontent.com", audience: "x", subject: "repo:*"),
            NewTrustPolicy(name: "a", issuer: "https://gitlab.com", audience: "x", subject: "project_path:acme*"),
        ])
    func malformed(_ policy: NewTrustPolicy) async throws {
        let world = try await World()
        await #expect(throws: ConnectedAppError.self) {
            _ = try await world.service.trustPolicies.add(policy, to: "prod", as: Self.me)
        }
    }

    @Test("For issuers that everybody can use, the subject or a claim names the owner")
    func owner() async throws {
        let world = try await World()
        for (name, subject, claims) in [
            ("b", "repo:acme/*", [:]), ("c", "repo:*", ["repository_owner": "acme"]),
        ] {
            let policy = NewTrustPolicy(
                name: name, issuer: "https://token.actions.githubusercontent.com", audience: "x", subject: subject,
                claims: claims)
            #expect(try await world.service.trustPolicies.add(policy, to: "prod", as: Self.me).name == name)
        }
    }

    @Test(
        "A pattern matches the whole text",
        arguments: [
            ("a", "a", true), ("a", "ab", false), ("a*", "ab", true), ("a*b", "ab", true), ("a*b", "acb", true),
            ("a*b", "abc", false), ("a*b*c", "a1b2c", true), ("a*ab", "ab", false), ("*", "", true),
            ("a**b", "ab", true),
            ("a*a", "a", false), ("repo:acme/*", "repo:acme2/x", false),
        ])
    func patterns(_ pattern: String, _ text: String, _ matches: Bool) throws {
        #expect(try #require(ClaimPattern(pattern)).matches(text) == matches)
    }
}
