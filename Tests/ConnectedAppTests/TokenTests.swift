import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import MetadataAPI
import Synchronization
import Testing

@testable import ConnectedApp

/// An org's source of tokens: returns `t1`, `t2`, …, or the configured tokens.
final class Mint: Sendable {
    private let count = Mutex(0)
    private let secrets: @Sendable (Int) -> String

    init(_ secrets: @escaping @Sendable (Int) -> String = { "t\($0)" }) { self.secrets = secrets }

    var minted: Int { count.withLock { $0 } }

    func token() throws -> GrantedToken {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return try Self.granted(secrets(number))
    }

    static func granted(_ secret: String) throws -> GrantedToken {
        let url = "https://acme.my.salesforce.com"
        return GrantedToken(
            token: AccessToken(secret: secret, scope: "api", instanceURL: url, identityURL: nil, tokenType: "Bearer"),
            instance: try LoginHost(url), organizationID: try #require(OrganizationID("00D000000000001")))
    }
}

@Suite("Token source")
struct TokenSourceTests {
    @Test("A thousand concurrent callers cause one sign-in and share its token")
    func oneFlight() async throws {
        let (mint, gate) = (Mint(), Gate())
        let source = TokenSource {
            await gate.pass()
            return try mint.token()
        }
        let secrets = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<1000 { group.addTask { try await source.token().token.secret } }
            await gate.arrival()
            gate.open()
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(secrets == ["t1"])
        #expect(mint.minted == 1)
        #expect(try await source.token().token.secret == "t1")
        #expect(mint.minted == 1)
    }

    @Test("A failed sign-in is not cached: the next caller tries again")
    func failure() async throws {
        struct Refused: Error {}
        let mint = Mint()
        let source = TokenSource {
            let granted = try mint.token()
            guard granted.token.secret != "t1" else { throw Refused() }
            return granted
        }
        await #expect(throws: Refused.self) { try await source.token() }
        #expect(try await source.token().token.secret == "t2")
    }

    @Test("If a caller is cancelled, the others still get the token")
    func cancellation() async throws {
        let (mint, gate) = (Mint(), Gate())
        let source = TokenSource {
            await gate.pass()
            return try mint.token()
        }
        let first = Task { try await source.token() }
        await gate.arrival()
        let second = Task { try await source.token() }
        first.cancel()
        // The sign-in cannot end while the gate is shut.
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        #expect(try await second.value.token.secret == "t1")
        #expect(mint.minted == 1)
    }

    @Test("A rejected token is replaced once, however many callers report it")
    func replacedOnce() async throws {
        let mint = Mint()
        let source = TokenSource { try mint.token() }
        let dead = try await source.token()
        let fresh = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<200 { group.addTask { try await source.replacement(for: dead).token.secret } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(fresh == ["t2"])
        #expect(mint.minted == 2)
        #expect(try await source.token().token.secret == "t2")
    }

    @Test("A caller that reports an old rejected token late gets the present one")
    func lateComer() async throws {
        let mint = Mint()
        let source = TokenSource { try mint.token() }
        let dead = try await source.token()
        _ = try await source.replacement(for: dead)
        #expect(try await source.replacement(for: dead).token.secret == "t2")
        #expect(mint.minted == 2)
    }

    @Test(
        "If the org returns the rejected token again, the cause is tokenUseless, and there is no sign-in for a minute")
    func sameAgain() async throws {
        let (mint, time) = (Mint { $0 < 3 ? "same" : "other" }, TestTime())
        let source = TokenSource(actions(mint, time))
        let dead = try await source.token()
        let error = await thrownByAwaiting { try await source.replacement(for: dead) }
        #expect(error?.cause == .tokenUseless)
        #expect(error?.evidence["tokenSHA256"] == dead.token.fingerprint)
        for _ in 0..<50 {
            #expect(await thrownByAwaiting { try await source.token() }?.cause == .tokenUseless)
        }
        #expect(mint.minted == 2)
        time.advance(by: .seconds(60))
        #expect(try await source.token().token.secret == "other")
        #expect(mint.minted == 3)
    }

    @Test("A new token that the org's API rejects is returned to no caller")
    func useless() async throws {
        let (mint, time) = (Mint(), TestTime())
        var actions = actions(mint, time)
        actions.validate = { _ in throw ConnectedAppError(.tokenUseless) }
        let source = TokenSource(actions)
        #expect(await thrownByAwaiting { try await source.token() }?.cause == .tokenUseless)
        #expect(await thrownByAwaiting { try await source.token() }?.cause == .tokenUseless)
        #expect(mint.minted == 1)
    }

    @Test("A new token that could not be checked is returned to no caller, and the error says why")
    func unproven() async throws {
        let (mint, time) = (Mint(), TestTime())
        var actions = actions(mint, time)
        actions.validate = { _ in throw ConnectedAppError(.timedOut) }
        let source = TokenSource(actions)
        #expect(await thrownByAwaiting { try await source.token() }?.cause == .timedOut)
    }

    @Test("A token that was idle for long is checked before it is returned; in an outage it is returned unchecked")
    func idle() async throws {
        let (mint, time, life) = (Mint(), TestTime(), SessionLife())
        let proofs = Mutex<[Result<Void, ConnectedAppError>]>([])
        let tried = Mutex(0)
        var actions = actions(mint, time)
        actions.validate = { _ in
            tried.withLock { $0 += 1 }
            try proofs.withLock { $0.isEmpty ? .success(()) : $0.removeFirst() }.get()
        }
        let source = TokenSource(actions, life: life)
        #expect(try await source.validatedToken().token.secret == "t1" && tried.withLock { $0 } == 1)
        time.advance(by: .seconds(590))
        #expect(try await source.validatedToken().token.secret == "t1" && tried.withLock { $0 } == 1)
        // It was idle longer than every session is known to live, so it is checked. The source learns the session's
        // length from the result.
        time.advance(by: .seconds(3000))
        #expect(try await source.validatedToken().token.secret == "t1" && tried.withLock { $0 } == 2)
        #expect(life.trustedIdleTime == .seconds(3590))
        time.advance(by: .seconds(3600))
        proofs.withLock { $0 = [.failure(ConnectedAppError(.connectionRefused))] }
        #expect(try await source.validatedToken().token.secret == "t1" && tried.withLock { $0 } == 3)
        proofs.withLock { $0 = [.failure(ConnectedAppError(.tokenUseless))] }
        #expect(try await source.validatedToken().token.secret == "t2")
        #expect(mint.minted == 2)
        #expect(life.trustedIdleTime == .seconds(3590))
    }

    @Test("A refused renewal empties the source and fails with its cause")
    func refused() async throws {
        let (mint, time) = (Mint(), TestTime())
        var actions = actions(mint, time)
        let signIn = actions.signIn
        actions.signIn = {
            let granted = try await signIn()
            guard mint.minted == 1 else { throw ConnectedAppError(.userInactive) }
            return granted
        }
        let source = TokenSource(actions)
        let first = try await source.token()
        #expect(await thrownByAwaiting { try await source.replacement(for: first) }?.cause == .userInactive)
        #expect(await thrownByAwaiting { try await source.token() }?.cause == .userInactive)
    }

    private func actions(_ mint: Mint, _ time: TestTime) -> TokenSource.Actions {
        TokenSource.Actions(
            signIn: { try mint.token() }, uptime: { .seconds(time.now.timeIntervalSinceReferenceDate) })
    }
}

@Suite("The org's API")
struct OrgAPITests {
    private static let version = APIVersion("67.0")!  // a constant

    /// A REST refusal as Salesforce sends it.
    private static func rest(_ code: String, status: Int) -> ScriptedAnswer {
        .json(#"[{"message":"words of the org","errorCode":"\#(code)"}]"#, status: status)
    }

    private static func fault(_ code: String, status: Int = 500) -> ScriptedAnswer {
        .xml(
            """
            <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope \
            xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="http://soap.sforce.com/2006/04/metadata">\
            <soapenv:Body><soapenv:Fault><faultcode>sf:\(code)</faultcode><faultstring>\(code): words of the org\
            </faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>
            """, status: status)
    }

    private static let limits = ScriptedAnswer.json(#"{"DailyApiRequests":{"Max":15000,"Remaining":14998}}"#)

    private struct Setup {
        let mint = Mint()
        let transport: ScriptedTransport
        let api: OrgAPI

        init(_ answers: [ScriptedAnswer]) {
            transport = ScriptedTransport(answers: answers)
            api = OrgAPI(transport: transport, tokens: TokenSource { [mint] in try mint.token() })
        }

        var bearers: [String?] { transport.requests.map { $0.head.headerFields[.authorization] } }

        /// Calls the limits by REST, or a SOAP call.
        func call(soap: Bool) async throws {
            if soap {
                _ = try await api.soap(
                    .describeMetadata(asOf: OrgAPITests.version), version: OrgAPITests.version, within: .answer
                ) { .describeMetadata() }
            } else {
                _ = try await api.dailyAPIRequests(OrgAPITests.version)
            }
        }
    }

    @Test("A read sends the token in its header, only to the instance")
    func request() async throws {
        let setup = Setup([Self.limits])
        #expect(
            try await setup.api.dailyAPIRequests(Self.version) == APIAllotment(limit: 15000, remaining: 14998))
        let head = try #require(setup.transport.requests.first?.head)
        #expect(head.method == .get)
        #expect(head.authority == "acme.my.salesforce.com")
        #expect(head.path == "/services/data/v67.0/limits")
        #expect(setup.bearers == ["Bearer t1"])
    }

    @Test("A SOAP call sends the token in its body and in no header")
    func soapRequest() async throws {
        let setup = Setup([Self.fault("INVALID_TYPE")])
        _ = await thrownByAwaiting { try await setup.call(soap: true) }
        let request = try #require(setup.transport.requests.first)
        #expect(request.head.method == .post)
        #expect(request.head.path == "/services/Soap/m/67.0")
        #expect(request.head.headerFields[.authorization] == nil)
        #expect(String(decoding: request.body, as: UTF8.self).contains("sessionId>t1</"))
    }

    @Test("A token that the org rejects is replaced once")
    func replaced() async throws {
        let setup = Setup([Self.rest("INVALID_SESSION_ID", status: 401), Self.limits])
        try await setup.call(soap: false)
        #expect(setup.bearers == ["Bearer t1", "Bearer t2"])
        #expect(setup.mint.minted == 2)
    }

    @Test("A SOAP session that the org rejects is replaced once", arguments: [500, 200])
    func soapReplaced(_ status: Int) async throws {
        let setup = Setup([Self.fault("INVALID_SESSION_ID", status: status), Self.fault("INVALID_TYPE")])
        #expect(await thrownByAwaiting { try await setup.call(soap: true) }?.cause == .typeUnknown)
        let bodies = setup.transport.requests.map { String(decoding: $0.body, as: UTF8.self) }
        try #require(bodies.count == 2)
        try #require(bodies[0].contains(">t1<"))
        #expect(bodies[1].contains(">t2<"))
    }

    @Test(
        "If the org rejects the new token too, the cause is tokenUseless, and there is no third sign-in",
        arguments: [false, true])
    func useless(_ soap: Bool) async throws {
        let refusal = soap ? Self.fault("INVALID_SESSION_ID") : Self.rest("INVALID_SESSION_ID", status: 401)
        let setup = Setup([refusal, refusal])
        let error = await thrownByAwaiting { try await setup.call(soap: soap) }
        #expect(error?.cause == .tokenUseless)
        #expect(setup.mint.minted == 2)
        #expect(error?.evidence.values.contains { $0.contains("words of the org") } == true)
    }

    static let codes: [(code: String, cause: Cause)] = [
        ("API_DISABLED_FOR_ORG", .apiDisabled), ("API_CURRENTLY_DISABLED", .apiDisabled),
        ("REQUEST_LIMIT_EXCEEDED", .apiLimitReached), ("INSUFFICIENT_ACCESS", .metadataAccessMissing),
        ("INVALID_TYPE", .typeUnknown), ("SERVER_UNAVAILABLE", .orgTransient), ("UNKNOWN_EXCEPTION", .orgTransient),
        ("UNSUPPORTED_API_VERSION", .metadataFault), ("SOMETHING_NEW", .metadataFault),
    ]

    @Test("A refusal by the API has its own cause and no further sign-in", arguments: codes, [false, true])
    func refusals(_ row: (code: String, cause: Cause), _ soap: Bool) async throws {
        let setup = Setup([soap ? Self.fault(row.code) : Self.rest(row.code, status: 403)])
        let error = await thrownByAwaiting { try await setup.call(soap: soap) }
        #expect(error?.cause == row.cause)
        #expect(setup.mint.minted == 1)
        #expect(error?.evidence[soap ? "faultCode" : "errorCode"] == row.code)
        #expect(error?.debugDescription.contains("words of the org") == true)
        #expect(error?.description.contains("words of the org") == false)
    }

    static let nonsense: [(answer: ScriptedAnswer, cause: Cause)] = [
        (.json("<html>proxy</html>", status: 403), .answerUnintelligible), (.json("", status: 503), .orgUnavailable),
        (.json("Bad_OAuth_Token", status: 403), .answerUnintelligible),
        (.json("[]", status: 400), .answerUnintelligible),
        (.json(#"{"errorCode":"INVALID_SESSION_ID"}"#, status: 401), .answerUnintelligible),
        (.json("", status: 302), .redirected),
    ]

    @Test(
        "An answer that is not from the API is reported without a further sign-in", arguments: nonsense, [false, true])
    func unintelligible(_ row: (answer: ScriptedAnswer, cause: Cause), _ soap: Bool) async throws {
        let setup = Setup([row.answer])
        #expect(await thrownByAwaiting { try await setup.call(soap: soap) }?.cause == row.cause)
        #expect(setup.mint.minted == 1)
    }

    @Test(
        "A reply with the right status but the wrong content is unintelligible",
        arguments: [
            "", "{}", "[]", "null", #"{"DailyApiRequests":{"Max":"a"}}"#, "<html/>", "<?xml version=\"1.0\"?><x/>",
        ],
        [false, true])
    func wrongContent(_ body: String, _ soap: Bool) async throws {
        let setup = Setup([.json(body)])
        #expect(await thrownByAwaiting { try await setup.call(soap: soap) }?.cause == .answerUnintelligible)
    }

    @Test(
        "The org id that a host publishes is read if it is valid",
        arguments: [
            (200, #"{"OrgId":"00D000000000001EAA","x":1}"#, "00D000000000001EAA"), (200, #"{"OrgId":"x"}"#, nil),
            (200, "{}", nil), (404, #"{"OrgId":"00D000000000001EAA"}"#, nil), (200, "<html>", nil),
        ] as [(Int, String, String?)])
    func advertised(_ status: Int, _ body: String, _ expected: String?) async throws {
        let transport = ScriptedTransport(answers: [.json(body, status: status)])
        let host = try LoginHost("https://acme.my.salesforce.com")
        #expect(
            try await OrgAPI.advertisedOrganizationID(at: host, transport: transport)?.description == expected)
        #expect(transport.requests.map(\.head.path) == ["/.well-known/auth-configuration"])
        #expect(transport.requests.allSatisfy { $0.head.headerFields[.authorization] == nil })
    }
}
