import ConnectedAppTesting
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import ConnectedApp
@testable import JWTBearer

/// A test clock that a sleep advances at once, and that records the sleeps.
final class PassingTime: Sendable {
    let time = TestTime()
    private let durations = Mutex<[Duration]>([])

    var waits: [Double] { durations.withLock { $0.map { $0 / .seconds(1) } } }

    func surroundings(seed: UInt64 = 1) -> Surroundings {
        let random = SeededRandom(seed: seed)
        return Surroundings(
            now: { self.time.now },
            uptime: { .seconds(self.time.now.timeIntervalSinceReferenceDate) },
            sleep: { duration in
                self.durations.withLock { $0.append(duration) }
                self.time.advance(by: duration)
            }, randomBytes: { random.bytes($0) })
    }
}

/// A signer that only counts its calls.
struct FixedSigner: AssertionSigner {
    func signature(over message: [UInt8]) async throws -> [UInt8] { [1, 2, 3] }
}

/// A gate that permits everything and keeps the ledger.
struct LedgerGate: SignInGate {
    let store: MemoryStore

    func lease(for appID: String, alias: String) async throws -> Admission {
        Admission(appID: appID, position: RecordsPosition(generation: 0, revision: 0), until: .zero)
    }

    func begin(_ request: SignInRequest) async throws -> PendingSignIn {
        let target = request.target
        let entry = SignInEntry(
            account: request.accounts[0], appID: target.appID, egress: target.egress, purpose: request.purpose,
            startedAt: TestTime().now)
        let number = try await store.write { try $0.begin(entry) }
        return PendingSignIn(
            number: number, request: request,
            admission: Admission(
                appID: target.appID, position: RecordsPosition(generation: 0, revision: 0), until: .zero))
    }

    func confirm(_ permit: PendingSignIn) async throws {}

    func finish(_ permit: PendingSignIn, _ outcome: SignInOutcome, token: AccessToken?) async throws {
        try await store.write { try $0.finish(permit.number, outcome) }
    }

    func withdraw(_ permit: PendingSignIn) async { try? await store.write { try $0.withdraw(permit.number) } }
}

extension SignInContext {
    static func test(_ gate: any SignInGate) -> SignInContext {
        SignInContext(gate: gate, principal: Principal(.commandLine, name: "test"))
    }
}

extension SignInIdentity {
    static func test(
        host: String = "https://acme.my.salesforce.com", allowing: [AllowedHost] = [], pinned: String? = nil,
        signer: any AssertionSigner = FixedSigner()
    ) throws -> SignInIdentity {
        try Target(
            name: "prod", appID: "app", credentialID: "credential", lineage: "credential", budget: .standard,
            appKind: .externalClientApp, username: try Username("integration@acme.example"),
            loginHost: try LoginHost(host, allowing: allowing), givenAudience: host,
            consumerKey: try ConsumerKey("3MVG9.consumer_key"), appChange: nil, block: nil,
            pinnedOrganizationID: pinned.flatMap { OrganizationID($0) }, allowedHosts: allowing, certificate: nil,
            signer: signer, publicKey: { throw ConnectedAppError(.internalError) },
            transport: ScriptedTransport.untouchable, egress: "direct"
        ).identity()
    }
}

@Suite("Sign-in")
struct SignInTests {
    private static let org = "00D000000000001EAA"
    private static let otherOrg = "00D2E000000ncKPUAY"

    private static func grant(
        token: String = "00D000000000001!secret", instance: String = "https://acme.my.salesforce.com",
        identity: String? = "https://acme.my.salesforce.com/id/00D000000000001EAA/005"
    ) -> ScriptedAnswer {
        let id = identity.map { #","id":"\#($0)""# } ?? ""
        return .json(#"{"access_token":"\#(token)","instance_url":"\#(instance)","scope":"api"\#(id)}"#)
    }

    private static func answer(_ status: Int, retryAfter: String? = nil, body: String = "") -> ScriptedAnswer {
        var answer = ScriptedAnswer(status, pieces: [Array(body.utf8)])
        if let retryAfter { answer.headers[.retryAfter] = retryAfter }
        return answer
    }

    private static func refusal(_ error: String, _ words: String, status: Int = 400) -> ScriptedAnswer {
        .json(#"{"error":"\#(error)","error_description":"\#(words)"}"#, status: status)
    }

    /// A run against a list of answers: the result, the requests, the waits and the ledger.
    private struct Run {
        let result: Result<GrantedToken, any Error>
        let requests: [OutgoingRequest]
        let waits: [Double]
        let entries: [SignInEntry]

        init(_ transport: ScriptedTransport, _ identity: SignInIdentity) async throws {
            let passing = PassingTime()
            let ledger = MemoryStore()
            let signIn = SignIn(
                over: transport, context: .test(LedgerGate(store: ledger)), surroundings: passing.surroundings())
            do { result = .success(try await signIn.token(for: identity, purpose: .use)) } catch {
                result = .failure(error)
            }
            requests = transport.requests
            waits = passing.waits
            entries = try await ledger.signIns(since: .distantPast)
        }

        init(_ answers: [ScriptedAnswer], _ identity: SignInIdentity? = nil) async throws {
            try await self.init(ScriptedTransport(answers: answers), try identity ?? .test())
        }

        var error: ConnectedAppError? {
            if case .failure(let error) = result { error as? ConnectedAppError } else { nil }
        }
        var granted: GrantedToken? { try? result.get() }
        var bearerWasSent: Bool { requests.contains { $0.head.headerFields[.authorization] != nil } }
    }

    @Test("A sign-in is one POST of the grant's form to the token endpoint of the login host")
    func request() async throws {
        let run = try await Run([Self.grant()])
        let request = try #require(run.requests.first)
        #expect(run.requests.count == 1)
        #expect(request.head.method == .post)
        #expect(request.head.scheme == "https")
        #expect(request.head.authority == "acme.my.salesforce.com")
        #expect(request.head.path == "/services/oauth2/token")
        #expect(
            request.head.headerFields
                == [.contentType: "application/x-www-form-urlencoded", .accept: "application/json"])
        let body = String(decoding: request.body, as: UTF8.self)
        let start = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
        #expect(body.hasPrefix(start))
        let parts = body.dropFirst(start.count).split(separator: ".", omittingEmptySubsequences: false)
        #expect(parts.count == 3)
        #expect(parts.last == "AQID")
        let json = try #require(Base64URL.decode(parts[1]))
        let claims = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect(claims["iss"] as? String == "3MVG9.consumer_key")
        #expect(claims["sub"] as? String == "integration@acme.example")
        #expect(claims["aud"] as? String == "https://acme.my.salesforce.com")
        #expect(claims["exp"] as? Int == 1_795_435_350)
        #expect((claims["jti"] as? String)?.count == 32)
        #expect(run.granted?.token.secret == "00D000000000001!secret")
        #expect(run.granted?.organizationID.description == Self.org)
        #expect(run.granted?.instance.description == "https://acme.my.salesforce.com")
    }

    @Test("Each assertion has a different jti")
    func identifiers() async throws {
        let run = try await Run([Self.answer(503), Self.answer(503), Self.grant()])
        #expect(Set(run.requests.map(\.body)).count == 3)
    }

    // MARK: Retries

    static let repeated: [(name: String, first: ScriptedAnswer, wait: Double)] = [
        ("503", answer(503), 1), ("503 with HTML", answer(503, body: "<html>"), 1),
        ("503 with Retry-After", answer(503, retryAfter: "7"), 7), ("503, at once", answer(503, retryAfter: "0"), 1),
        ("503, a date", answer(503, retryAfter: "Mon, 23 Nov 2026 12:00:30 GMT"), 1),
        ("503, nonsense", answer(503, retryAfter: "-9"), 1), ("429", answer(429), 1),
        ("429 with Retry-After", answer(429, retryAfter: "60"), 60),
        ("unknown_error", refusal("unknown_error", "retry your request"), 1),
        ("unknown_error, 500", refusal("unknown_error", "retry your request", status: 500), 1),
    ]

    @Test(
        "If the org asks for it, the sign-in is retried after the requested time and some jitter",
        arguments: repeated)
    func repeats(_ row: (name: String, first: ScriptedAnswer, wait: Double)) async throws {
        let run = try await Run([row.first, Self.grant()])
        #expect(run.granted != nil)
        #expect(run.requests.count == 2)
        #expect(run.waits.count == 1)
        let wait = try #require(run.waits.first)
        #expect(wait >= row.wait)
        #expect(wait < row.wait + 1)
    }

    @Test("After a lost connection, the sign-in is retried after growing pauses with jitter")
    func connectionLost() async throws {
        let rest = Mutex(2)
        let transport = ScriptedTransport { _ in
            let left = rest.withLock { left in
                left -= 1
                return left
            }
            if left >= 0 { throw TransportFailure(.connectionLost, detail: "gone") }
            return Self.grant()
        }
        let run = try await Run(transport, .test())
        #expect(run.granted != nil)
        #expect(run.requests.count == 3)
        #expect(run.waits.map { Int($0) } == [1, 2])
        #expect(run.waits.contains { $0 != $0.rounded() })
        #expect(run.entries.map { $0.outcome?.code } == ["connectionLost", "connectionLost", "granted"])
    }

    @Test(
        "There are at most three attempts",
        arguments: [answer(503), answer(429), refusal("unknown_error", "retry your request")])
    func threeAttempts(_ answer: ScriptedAnswer) async throws {
        let run = try await Run([answer, answer, answer])
        #expect(run.requests.count == 3)
        #expect(run.waits.count == 2)
        #expect(run.error?.cause.entry.exit == .busy)
    }

    @Test(
        "A Retry-After of more than a minute is reported, not waited for",
        arguments: ["61", "3600", "99999999999999999999"])
    func longWait(_ retryAfter: String) async throws {
        let run = try await Run([Self.answer(503, retryAfter: retryAfter)])
        #expect(run.waits.isEmpty)
        #expect(run.requests.count == 1)
        #expect(run.error?.cause == .orgUnavailable)
        #expect(run.error?.evidence["retryAfterSeconds"] == String(Int(retryAfter) ?? .max))
    }

    @Test("A refused sign-in is never retried", arguments: CauseTests.refusals.filter { $0.causes != [.orgTransient] })
    func refused(_ row: (error: String, words: String, causes: [Cause])) async throws {
        let run = try await Run([Self.refusal(row.error, row.words)])
        #expect(run.error?.cause == row.causes.first)
        #expect(run.requests.count == 1)
        #expect(run.waits.isEmpty)
        #expect(run.entries.map { $0.outcome?.code } == [row.causes[0].rawValue])
        #expect(run.error?.evidence["errorDescription"] == row.words)
    }

    @Test(
        "A sign-in that would fail again is not retried",
        arguments: TransportFailure.Kind.allCases.filter { $0 != .connectionLost })
    func notRepeated(_ kind: TransportFailure.Kind) async throws {
        let run = try await Run(ScriptedTransport { _ in throw TransportFailure(kind, detail: "") }, .test())
        #expect(run.requests.count == 1)
        #expect(run.waits.isEmpty)
        #expect(run.error?.evidence["transport"] == kind.rawValue)
        #expect(run.entries.map { $0.outcome?.code } == [kind.rawValue])
    }

    @Test("A redirect is not followed, and its address is reported", arguments: [301, 302, 303, 307, 308])
    func redirect(_ status: Int) async throws {
        var answer = Self.answer(status)
        answer.headers[.location] = "https://evil.example/services/oauth2/token"
        let run = try await Run([answer])
        #expect(run.requests.count == 1)
        #expect(run.error?.cause == .redirected)
        #expect(run.error?.evidence["location"] == "https://evil.example/services/oauth2/token")
    }

    @Test(
        "An unintelligible answer is reported with its beginning",
        arguments: [(200, Cause.answerUnintelligible), (404, .answerUnintelligible), (500, .orgUnavailable)])
    func unintelligible(_ status: Int, _ cause: Cause) async throws {
        let run = try await Run([Self.answer(status, body: "<html>login</html>")])
        #expect(run.error?.cause == cause)
        #expect(run.requests.count == 1)
        #expect(run.error?.evidence["excerpt"] == "<html>login</html>")
        #expect(run.error?.evidence["page"] == "login")
        #expect(run.entries.map { $0.outcome?.code } == [cause.rawValue])
    }

    // MARK: Ledger

    @Test("A ledger entry is begun before the request is sent and finished after the answer")
    func ledger() async throws {
        let ledger = MemoryStore()
        let time = TestTime()
        let seen = Mutex<[SignInEntry]>([])
        let transport = ScriptedTransport { _ in
            let entries = try await ledger.signIns(since: .distantPast)
            seen.withLock { $0 = entries }
            return Self.grant()
        }
        let signIn = SignIn(over: transport, context: .test(LedgerGate(store: ledger)), surroundings: .test(time))
        _ = try await signIn.token(for: .test(), purpose: .use)
        let begun = SignInEntry(
            account: SignInAccount(organization: "acme.my.salesforce.com", username: "integration@acme.example"),
            appID: "app", egress: "direct", purpose: .use, startedAt: time.now)
        #expect(seen.withLock { $0 } == [begun])
        var finished = begun
        finished.outcome = SignInOutcome(.granted, code: "granted")
        #expect(try await ledger.signIns(since: .distantPast) == [finished])
    }

    @Test("Once the org is known, the ledger counts by the org, whatever the host is")
    func ledgerOrg() async throws {
        let run = try await Run([Self.grant()], .test(pinned: Self.org))
        #expect(run.entries.map(\.account.organization) == [Self.org])
    }

    @Test("Each attempt has its own entry")
    func ledgerAttempts() async throws {
        let run = try await Run([Self.answer(503), Self.refusal("invalid_grant", "invalid assertion")])
        #expect(
            run.entries.map(\.outcome) == [
                SignInOutcome(.unanswered, code: "orgUnavailable"),
                SignInOutcome(.refused, code: "signatureRefused"),
            ])
    }

    @Test("If signing fails, nothing is sent or counted")
    func signingFails() async throws {
        struct Broken: AssertionSigner {
            func signature(over message: [UInt8]) async throws -> [UInt8] { throw ConnectedAppError(.recordAltered) }
        }
        let run = try await Run(.untouchable, .test(signer: Broken()))
        #expect(run.error?.cause == .recordAltered)
        #expect(run.entries.isEmpty)
        #expect(run.requests.isEmpty)
    }

    @Test("If the ledger cannot be written, nothing is sent")
    func ledgerFails() async throws {
        let store = FullStore()
        let gate = LeasedGate(
            records: SealedRecords(store: store, ring: try .test()), orders: MemoryBlockOrders(),
            surroundings: .test(TestTime()), name: "test")
        let signIn = SignIn(
            over: ScriptedTransport.untouchable, context: .test(gate), surroundings: .test(TestTime()))
        #expect(await thrownByAwaiting { try await signIn.token(for: .test(), purpose: .use) }?.cause == .diskFull)
    }

    // MARK: The org and its API address

    static let organizations: [(name: String, pinned: String?, answer: ScriptedAnswer, cause: Cause?)] = [
        ("no pin", nil, grant(), nil), ("pinned, the same", org, grant(), nil),
        ("pinned, identity only", org, grant(token: "eyJ.a.b"), nil), ("token only", nil, grant(identity: nil), nil),
        ("pinned, another", otherOrg, grant(), .organizationChanged),
        ("two orgs", nil, grant(token: "00D2E000000ncKP!secret"), .organizationContradictory),
        ("two orgs, one is pinned", org, grant(token: "00D2E000000ncKP!secret"), .organizationContradictory),
        ("no org", nil, grant(token: "eyJ.a.b", identity: nil), .organizationContradictory),
        ("no org though pinned", org, grant(token: "eyJ.a.b", identity: nil), .organizationContradictory),
    ]

    @Test("A token of an org other than the expected one is discarded unused", arguments: organizations)
    func organization(_ row: (name: String, pinned: String?, answer: ScriptedAnswer, cause: Cause?)) async throws {
        let run = try await Run([row.answer], .test(pinned: row.pinned))
        #expect(run.error?.cause == row.cause)
        #expect((run.granted == nil) == (row.cause != nil))
        #expect(run.requests.count == 1)
        #expect(!run.bearerWasSent)
        #expect(run.error?.debugDescription.contains("secret") != true)
    }

    static let instances: [(login: String, instance: String, cause: Cause?)] = [
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com", nil),
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com/", nil),
        ("https://login.salesforce.com", "https://acme.my.salesforce.com", nil),
        ("https://acme.my.salesforce.com", "https://acme--uat.sandbox.my.salesforce.com", nil),
        ("https://acme.my.salesforce.com", "https://allowed.example", nil),
        ("http://127.0.0.1:7412", "http://127.0.0.1:7412", nil), ("http://127.0.0.1:7412", "http://[::1]:7413", nil),
        ("http://127.0.0.1:7412", "https://acme.my.salesforce.com", nil),
        ("https://acme.my.salesforce.com", "https://evil.example", .instanceRefused),
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com.evil.example", .instanceRefused),
        ("https://acme.my.salesforce.com", "https://allowed.example:8443", .instanceRefused),
        ("https://acme.my.salesforce.com", "http://127.0.0.1:7412", .instanceRefused),
        ("https://acme.my.salesforce.com", "https://localhost", .instanceRefused),
        ("https://allowed.example", "http://127.0.0.1", .instanceRefused),
        ("https://acme.my.salesforce.com", "http://acme.my.salesforce.com", .instanceRefused),
        ("https://acme.my.salesforce.com", "http://allowed.example", .instanceRefused),
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com@evil.example", .instanceRefused),
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com/services", .instanceRefused),
        ("https://acme.my.salesforce.com", "", .instanceRefused),
        ("https://acme.my.salesforce.com", "https://na139.salesforce.com", .instanceRefused),
        ("https://acme.my.salesforce.com", "https://evil.example\\u001b[31m", .instanceRefused),
        ("https://acme.my.salesforce.com", "javascript:alert(1)", .instanceRefused),
    ]

    @Test("A token is not sent to an address that no rule allows", arguments: instances)
    func instance(_ row: (login: String, instance: String, cause: Cause?)) async throws {
        let identity = try SignInIdentity.test(host: row.login, allowing: [AllowedHost("allowed.example")])
        let run = try await Run([Self.grant(instance: row.instance)], identity)
        #expect(run.error?.cause == row.cause)
        #expect((run.granted == nil) == (row.cause != nil))
        #expect(run.requests.count == 1)
        #expect(!run.bearerWasSent)
    }

    @Test(
        "An API address that cannot be used is quoted, without the token", arguments: ["", "https://evil.example/?t="])
    func quotedInstance(_ address: String) async throws {
        let run = try await Run([Self.grant(instance: address + (address.isEmpty ? "" : "00D000000000001!secret"))])
        #expect(run.error?.evidence["instanceURL"] == (address.isEmpty ? "(empty)" : address + OrgWords.mark))
        #expect(run.error?.subject == "acme.my.salesforce.com")
    }

    // MARK: Dates

    @Test(
        "A Date header is read only in its standard form",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Mon, 23 Nov 2026 12:00:00 GMT", 1_795_435_200), ("Tue, 29 Feb 2028 23:59:59 GMT", 1_835_481_599),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun Nov  6 08:49:37 1994", nil), ("", nil), ("now", nil),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 06 Nov 1994 08:49:37 +0000", nil),
            ("Sun, 06 November 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49 GMT", nil),
            ("Sun, 06 Nov 1994 08:x:49:37 GMT", nil), ("Sun, 99 Nov 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 28:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:61:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:99 GMT", nil), ("Sun, -6 Nov 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 99999999999 08:49:37 GMT", nil), ("2026-11-23T12:00:00Z", nil),
        ] as [(String, Double?)])
    func dates(_ text: String, _ seconds: Double?) {
        #expect(HTTPDate.parse(text)?.timeIntervalSince1970 == seconds)
    }

    @Test("The clock difference is this machine's time minus the org's")
    func skew() async throws {
        var answer = Self.grant()
        answer.headers[.date] = "Mon, 23 Nov 2026 11:58:00 GMT"
        let signIn = SignIn(
            over: ScriptedTransport(answers: [answer]), context: nil, surroundings: .test(TestTime()))
        #expect(try await signIn.attempt(.test(), purpose: .diagnosis).clockSkew == 120)
    }
}
