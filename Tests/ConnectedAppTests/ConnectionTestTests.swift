import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("Connection test")
struct ConnectionTestTests {
    private static let me = Principal(.commandLine, name: "me")
    private static let key = "3MVG9.consumer_key"

    /// A connection on a scripted org.
    private struct Setup {
        let world: TestWorld
        let transport: ScriptedTransport

        init(
            consumerKey: String? = key, audience: String? = nil, host: String = "https://acme.my.salesforce.com",
            kind: AppKind = .externalClientApp, days: Int = 365, time: TestTime = TestTime(),
            _ change: (inout ScriptedOrg) -> Void = { _ in }
        ) async throws {
            var org = ScriptedOrg { time.now }
            change(&org)
            try await self.init(
                transport: org.transport, consumerKey: consumerKey, audience: audience, host: host, kind: kind,
                days: days, time: time)
        }

        init(
            transport: ScriptedTransport, consumerKey: String? = key, audience: String? = nil,
            host: String = "https://acme.my.salesforce.com", kind: AppKind = .externalClientApp, days: Int = 365,
            time: TestTime = TestTime()
        ) async throws {
            self.transport = transport
            world = try await TestWorld.connected(
                .test(
                    loginHost: host, appKind: kind, consumerKey: consumerKey, audience: audience,
                    certificateDays: days), time: time, transport: transport)
        }

        func test() async throws -> TestView { try await world.service.diagnosis.test("prod", as: me) { _ in } }
    }

    private static func outcomes(_ view: TestView) -> [TestStep: TestOutcome] {
        Dictionary(uniqueKeysWithValues: view.steps.map { ($0.id, $0.outcome) })
    }

    @Test("Against an org that grants everything, every step passes, in order, with one sign-in")
    func success() async throws {
        let setup = try await Setup()
        let seen = Mutex<[TestStep]>([])
        let view = try await setup.world.service.diagnosis.test("prod", as: Self.me) { step in
            seen.withLock { $0.append(step.id) }
        }
        #expect(view.outcome == .passes)
        #expect(view.cause == nil)
        #expect(view.waitingUntil == nil)
        #expect(view.steps.map(\.id) == TestStep.allCases)
        #expect(seen.withLock { $0 } == TestStep.allCases)
        #expect(view.steps.filter { !$0.id.isAboutTheApp }.allSatisfy { $0.outcome == .passes })
        #expect(view.steps.allSatisfy { !$0.because.isEmpty })
        #expect(view.connects)
        #expect(view.probes.isEmpty)
        // The scripted org shows nothing about its apps, so these steps are unknown. The token decides two of them.
        let decidedByToken: [TestStep] = [.appScopes, .appCertificate]
        for step in view.steps where step.id.isAboutTheApp {
            #expect(step.outcome == (decidedByToken.contains(step.id) ? .passes : .unknown), "\(step.id)")
        }
        #expect(view.signInsUsed == 1)
        #expect(setup.transport.requests.filter { $0.head.path == "/services/oauth2/token" }.count == 1)
        let entries = try await setup.world.store.signIns(since: .distantPast)
        #expect(entries.map(\.purpose) == [.diagnosis])
        #expect(entries.map(\.outcome?.kind) == [.granted])
        #expect(view.finishedAt == setup.world.time.now)
        #expect(view.connection == "prod")
    }

    @Test(
        "A refusal has a cause and the causes that are as likely; the steps after it are unknown",
        arguments: CauseTests.refusals)
    func refused(_ row: (error: String, words: String, causes: [Cause])) async throws {
        let time = TestTime()
        let setup = try await Setup(time: time) { $0 = $0.refusing(row.error, row.words) }
        // Long after the Consumer Key was set.
        time.advance(by: .seconds(7200))
        let view = try await setup.test()
        #expect(view.outcome == .fails)
        #expect(view.cause?.code == row.causes.first)
        // This org answers every sign-in in the same way, so nothing rules out the other causes.
        let among = view.cause?.among ?? []
        // aprity's own assertions are well-formed, so "invalid assertion" has only one meaning.
        let expected = row.causes.filter { $0 != .assertionRefused }
        #expect(among.isEmpty ? expected.count == 1 : Set(expected).isSubset(of: among))
        // Words alone prove nothing.
        #expect(view.cause?.certain == false)
        let outcomes = Self.outcomes(view)
        #expect(outcomes[.signIn] == .fails)
        for step in [TestStep.organization, .scopes, .api, .metadata] { #expect(outcomes[step] == .unknown) }
        for step in [TestStep.name, .proxy, .connection, .tls, .clock, .key, .certificate, .consumerKey, .audience] {
            #expect(outcomes[step] == .passes)
        }
        #expect(view.steps.first { $0.id == .signIn }?.evidence["errorDescription"] == row.words)
        #expect((1...4).contains(view.signInsUsed))
        #expect(view.signInsUsed == view.probes.count + 1)
        #expect(view.waitingUntil == nil)
    }

    /// An org that answers the sign-in itself in one way, and each control in another.
    private static func contradictory(_ time: TestTime) -> ScriptedTransport {
        let count = Mutex(0)
        let good = ScriptedOrg { time.now }
        return ScriptedTransport { request in
            let isSignIn = request.head.path == "/services/oauth2/token"
            let number =
                isSignIn
                ? count.withLock {
                    $0 += 1
                    return $0
                } : 0
            let org =
                number == 1
                ? good.refusing("invalid_client_id", "client identifier invalid")
                : good.refusing("invalid_client", "invalid client credentials")
            let response = try await (isSignIn ? org : good).transport.send(request, within: .answer)
            return try await ScriptedAnswer(response)
        }
    }

    @Test("Controls that contradict the words show that the words mean something else, but not while a change spreads")
    func contradicted() async throws {
        for (age, expected) in [(60, Cause.consumerKeyUnknown), (7200, .refusalUnknown)] {
            let time = TestTime()
            let setup = try await Setup(transport: Self.contradictory(time), time: time)
            time.advance(by: .seconds(age))
            let view = try await setup.test()
            #expect(view.cause?.code == expected)
            #expect(view.cause?.certain == false)
            #expect((view.outcome == .waiting) == (age == 60))
        }
    }

    @Test("If a control with a wrong signature is granted a token, whoever answers is not an org")
    func grantsNonsense() async throws {
        let time = TestTime()
        let count = Mutex(0)
        let good = ScriptedOrg { time.now }
        let transport = ScriptedTransport { request in
            let isFirst =
                request.head.path == "/services/oauth2/token"
                && count.withLock {
                    $0 += 1
                    return $0 == 1
                }
            let org = isFirst ? good.refusing("invalid_grant", "inactive user") : good
            let response = try await org.transport.send(request, within: .answer)
            return try await ScriptedAnswer(response)
        }
        let view = try await Setup(transport: transport, time: time).test()
        #expect(view.cause?.code == .answerUnintelligible)
        #expect(view.cause?.certain == false)
        #expect(view.signInsUsed == 2)
        #expect(view.probes.map(\.answer) == ["granted"])
    }

    @Test("A control without an answer counts, so no other connection signs in beyond the budget")
    func unansweredControl() async throws {
        let time = TestTime()
        let good = ScriptedOrg { time.now }
        // The sign-ins since the org began to refuse; `nil` before that.
        let refused = Mutex<Int?>(nil)
        let transport = ScriptedTransport { request in
            var org = good
            let isRefusing = refused.withLock { $0 != nil }
            if isRefusing, request.head.path?.hasSuffix("/limits") == true {
                return .json(#"[{"errorCode":"INVALID_SESSION_ID","message":"not valid"}]"#, status: 401)
            }
            if isRefusing, request.head.path == "/services/oauth2/token" {
                let number = refused.withLock { count -> Int in
                    count = (count ?? 0) + 1
                    return count ?? 0
                }
                // The last of the three controls.
                if number == 4 { throw TransportFailure(.timedOut, detail: "") }
                org = good.refusing("server_error", "the moon is full")
            }
            let response = try await org.transport.send(request, within: .answer)
            return try await ScriptedAnswer(response)
        }
        let setup = try await Setup(transport: transport, time: time)
        _ = try await setup.world.service.connections.add(
            .test("neighbour", consumerKey: "3MVG9.another_key"), as: Self.me)
        // Pins both connections to the same org.
        for alias in ["prod", "neighbour"] {
            let view = try await setup.world.service.diagnosis.test(alias, as: Self.me) { _ in }
            try #require(view.outcome == .passes)
        }
        refused.withLock { $0 = 0 }
        let view = try await setup.test()
        #expect(view.probes.count == 2)
        #expect(view.signInsUsed == 4)
        #expect(refused.withLock { $0 } == 4)
    }

    @Test("A report's Markdown escapes backslashes, so that none in the org's text undoes another escape")
    func escapedBackslash() async throws {
        // `\<b>`, as a string in JSON.
        let setup = try await Setup { $0.scope = #"api \\<b>"# }
        let report = try await setup.world.service.diagnosis.report(on: "prod", as: Self.me)
        #expect(report.test.cause?.summary.contains(#"not needed: \<b>"#) == true)
        #expect(report.markdown.contains(#"not needed: \\\<b\>"#))
    }

    @Test("Unknown words are reported verbatim, and no cause is certain")
    func unknownWords() async throws {
        let setup = try await Setup { $0 = $0.refusing("server_error", "the moon is full") }
        let view = try await setup.test()
        #expect(view.cause?.code == .refusalUnknown)
        #expect(view.cause?.certain == false)
        #expect(view.outcome == .fails)
        #expect(view.steps.first { $0.id == .signIn }?.evidence["errorDescription"] == "the moon is full")
    }

    // MARK: Waiting

    /// Seconds after the Consumer Key was set during which a spreading change can cause the refusal.
    private static func spread(_ cause: Cause) -> Int? {
        switch cause {
        case .consumerKeyUnknown, .appNotInstalled, .signatureRefused, .assertionRefused, .userNotApproved,
            .userNotAdminApproved, .refreshTokenScopeMissing, .noValidScopes, .audienceRefused:
            1800
        default: nil
        }
    }

    @Test("A refusal soon after the Consumer Key was set means waiting, to the second", arguments: CauseTests.refusals)
    func waiting(_ row: (error: String, words: String, causes: [Cause])) async throws {
        let time = TestTime()
        let setup = try await Setup(time: time) { $0 = $0.refusing(row.error, row.words) }
        let set = time.now
        let expected = Self.spread(row.causes[0])
        var view = try await setup.test()
        #expect(view.outcome == (expected == nil ? .fails : .waiting))
        #expect(view.waitingUntil == expected.map { set.addingTimeInterval(Double($0)) })
        #expect(Self.outcomes(view)[.signIn] == view.outcome)
        guard let expected else { return }
        time.advance(by: .seconds(expected - 1))
        view = try await setup.test()
        try #require(view.outcome == .waiting)
        #expect(view.cause?.code == row.causes[0])
        time.advance(by: .seconds(1))
        view = try await setup.test()
        #expect(view.outcome == .fails)
        #expect(view.waitingUntil == nil)
    }

    @Test("Waiting counts from when the Consumer Key was set last, not from when the connection was added")
    func keySetLater() async throws {
        let time = TestTime()
        let setup = try await Setup(consumerKey: nil, time: time) {
            $0 = $0.refusing("invalid_client_id", "client identifier invalid")
        }
        time.advance(by: .seconds(86_400))
        var changes = ConnectionChanges()
        changes.consumerKey = Self.key
        _ = try await setup.world.service.connections.change("prod", changes, as: Self.me)
        let set = time.now
        time.advance(by: .seconds(60))
        changes.username = "other@acme.example"
        _ = try await setup.world.service.connections.change("prod", changes, as: Self.me)
        let view = try await setup.test()
        #expect(view.outcome == .waiting)
        #expect(view.waitingUntil == set.addingTimeInterval(1800))
    }

    // MARK: Each step

    @Test("Without a Consumer Key, no sign-in is sent")
    func noConsumerKey() async throws {
        let setup = try await Setup(consumerKey: nil)
        let view = try await setup.test()
        #expect(view.outcome == .fails)
        #expect(view.cause?.code == .consumerKeyMissing)
        #expect(view.signInsUsed == 0)
        #expect(Self.outcomes(view)[.signIn] == .unknown)
        #expect(try await setup.world.store.signIns(since: .distantPast).isEmpty)
        #expect(setup.transport.requests.map(\.head.path) == ["/services/data/"])
    }

    static let clocks: [(offset: Double, isNoted: Bool)] = [
        (0, false), (120, false), (-120, false), (121, true), (-121, true), (86_400, true),
    ]

    @Test("Clocks that differ by more than two minutes cause a notice, not a failure", arguments: clocks)
    func clock(_ row: (offset: Double, isNoted: Bool)) async throws {
        let time = TestTime()
        let setup = try await Setup(time: time) { org in
            org.now = { time.now.addingTimeInterval(row.offset) }
        }
        let view = try await setup.test()
        #expect(view.outcome == .passes)
        let step = view.steps.first { $0.id == .clock }
        #expect(step?.outcome == .passes)
        #expect((step?.notice != nil) == row.isNoted)
        #expect(step?.evidence["skewSeconds"] == String(-Int(row.offset)))
    }

    @Test("Without a Date header, it is unknown whether the clocks agree")
    func noDate() async throws {
        let time = TestTime()
        let org = ScriptedOrg { time.now }.transport
        let transport = ScriptedTransport { request in
            let response = try await org.send(request, within: .answer)
            return ScriptedAnswer(response.head.status.code, pieces: [try await response.collect()])
        }
        let view = try await Setup(transport: transport, time: time).test()
        #expect(Self.outcomes(view)[.clock] == .unknown)
        #expect(Self.outcomes(view)[.signIn] == .passes)
    }

    @Test("An expired certificate is reported, but the sign-in decides")
    func expired() async throws {
        let time = TestTime()
        let setup = try await Setup(days: 1, time: time)
        time.advance(by: .seconds(2 * 86_400))
        let view = try await setup.test()
        #expect(Self.outcomes(view)[.certificate] == .unknown)
        #expect(Self.outcomes(view)[.signIn] == .passes)
        #expect(view.steps.first { $0.id == .certificate }?.because.contains("expired") == true)
    }

    static let scopeRows: [(granted: String, cause: Cause?, words: String)] = [
        ("api", nil, ""), ("api refresh_token", nil, ""), ("offline_access api", nil, ""),
        ("api full", .scopesDiffer, "full"), ("api web openid", .scopesDiffer, "openid, web"),
        ("full", .scopesDiffer, "api is missing"), ("", .scopesDiffer, "api is missing"),
        ("id", .scopesDiffer, "api is missing; not needed: id"),
    ]

    @Test("Exactly the two scopes pass; an extra or missing one is named", arguments: scopeRows)
    func scopes(_ row: (granted: String, cause: Cause?, words: String)) async throws {
        let view = try await Setup { $0.scope = row.granted }.test()
        #expect(Self.outcomes(view)[.scopes] == (row.cause == nil ? .passes : .fails))
        #expect(view.cause?.code == row.cause)
        #expect(row.words.isEmpty || view.cause?.summary.contains(row.words) == true)
        #expect(Self.outcomes(view)[.api] == .passes)
    }

    @Test("If the answer contains no scopes, they are unknown")
    func noScopes() async throws {
        let view = try await Setup {
            $0.tokenAnswer = .json(
                #"{"access_token":"00D000000000001!x","instance_url":"https://acme.my.salesforce.com"}"#)
        }.test()
        #expect(Self.outcomes(view)[.scopes] == .unknown)
    }

    /// Pins a connection to an org, and tests it again after another org answers at its host.
    ///
    /// - Parameter tells: Whether the host says which org it belongs to.
    /// - Returns: The second test, and the paths that it requested.
    private static func testOfAnotherOrg(tells: Bool) async throws -> (view: TestView, paths: [String?]) {
        let time = TestTime()
        let id = Mutex("00D000000000001EAA")
        let transport = ScriptedTransport { request in
            if !tells, request.head.path == "/.well-known/auth-configuration" { return .json("{}", status: 404) }
            var org = ScriptedOrg { time.now }
            org.organizationID = id.withLock { $0 }
            let response = try await org.transport.send(request, within: .answer)
            return try await ScriptedAnswer(response)
        }
        let setup = try await Setup(transport: transport, time: time)
        #expect(try await setup.test().outcome == .passes)
        let before = transport.requests.count
        id.withLock { $0 = "00D2E000000ncKPUAY" }
        let view = try await setup.test()
        return (view, transport.requests[before...].map(\.head.path))
    }

    @Test("A token of an org other than the pinned one is not used")
    func otherOrg() async throws {
        let (view, paths) = try await Self.testOfAnotherOrg(tells: false)
        #expect(view.outcome == .fails)
        #expect(view.cause?.code == .organizationChanged)
        #expect(Self.outcomes(view)[.api] == .unknown)
        #expect(Self.outcomes(view)[.metadata] == .unknown)
        #expect(paths == ["/services/data/", "/.well-known/auth-configuration", "/services/oauth2/token"])
        let step = try #require(view.steps.first { $0.id == .organization })
        #expect(step.evidence == ["pinned": "00D000000000001EAA", "answered": "00D2E000000ncKPUAY"])
    }

    @Test("No sign-in is sent to a host that says it belongs to an org other than the pinned one")
    func otherOrgTells() async throws {
        let (view, paths) = try await Self.testOfAnotherOrg(tells: true)
        #expect(view.outcome == .fails)
        #expect(view.cause?.code == .organizationChanged)
        #expect(view.signInsUsed == 0)
        #expect(paths == ["/services/data/", "/.well-known/auth-configuration"])
        let step = try #require(view.steps.first { $0.id == .organization })
        #expect(step.evidence == ["pinned": "00D000000000001EAA", "advertised": "00D2E000000ncKPUAY"])
    }

    @Test("An API that refuses the token makes it useless, and costs no second sign-in")
    func useless() async throws {
        let time = TestTime()
        let org = ScriptedOrg { time.now }.transport
        let transport = ScriptedTransport { request in
            if request.head.path?.hasSuffix("/limits") == true {
                return .json(#"[{"errorCode":"INVALID_SESSION_ID","message":"not valid"}]"#, status: 401)
            }
            let response = try await org.send(request, within: .answer)
            return try await ScriptedAnswer(response)
        }
        let view = try await Setup(transport: transport, time: time).test()
        #expect(view.cause?.code == .tokenUseless)
        #expect(view.signInsUsed == 1)
        #expect(transport.requests.filter { $0.head.path == "/services/oauth2/token" }.count == 1)
    }

    @Test(
        "A host that cannot be reached fails for that reason",
        arguments: [TransportFailure.Kind.nameNotResolved, .tlsFailed, .timedOut])
    func unreachable(_ kind: TransportFailure.Kind) async throws {
        let transport = ScriptedTransport { _ in throw TransportFailure(kind, detail: "") }
        let view = try await Setup(transport: transport).test()
        #expect(view.outcome == .fails)
        #expect(view.cause?.code.rawValue == kind.rawValue)
        let failing: TestStep =
            switch kind {
            case .nameNotResolved: .name
            case .tlsFailed: .tls
            default: .connection
            }
        #expect(view.steps.first { $0.outcome == .fails }?.id == failing)
        #expect(Self.outcomes(view)[.clock] == .unknown)
        #expect(Self.outcomes(view)[.key] == .passes)
    }

    @Test("A test's result contains no secret")
    func secrecy() async throws {
        let view = try await Setup().test()
        let text = String(decoding: try ViewJSON.encode(view), as: UTF8.self)
        #expect(!text.contains("!scripted"))
        #expect(!text.contains("eyJ"))
        #expect(!text.contains(Self.key))
    }

    @Test("A connection given by options is tested in the same way, and its certificate is unknown")
    func storeless() async throws {
        let time = TestTime()
        let transport = ScriptedOrg { time.now }.transport
        let storeless = Storeless(transports: OneTransport(transport), surroundings: .test(time))
        let connection = StorelessConnection(
            loginHost: "https://acme.my.salesforce.com", username: "integration@acme.example", consumerKey: Self.key,
            signingKey: CredentialFile(pem: TestKeys.first))
        let view = try await storeless.test(connection) { _ in }
        #expect(view.outcome == .passes)
        #expect(view.connection == "command line")
        #expect(Self.outcomes(view)[.certificate] == .unknown)
        #expect(try await storeless.token(for: connection).accessToken == "00D000000000001!scripted")
        var dumped = ""
        dump(connection, to: &dumped)
        #expect(!dumped.contains("MII"))
        #expect(!"\(connection)".contains("MII"))
    }
}
