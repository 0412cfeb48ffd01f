import ConnectedAppTesting
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import ConnectedApp
@testable import JWTBearer

/// A connection test claims only what its steps observed.
@Suite("Claims supported by evidence")
struct SeenEvidenceTests {
    private static let me = Principal(.commandLine, name: "me")
    private static let session = #"[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]"#
    private static let fault = """
        <?xml version="1.0" encoding="UTF-8"?>\
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
        xmlns:sf="http://soap.sforce.com/2006/04/metadata"><soapenv:Body><soapenv:Fault>\
        <faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>INVALID_SESSION_ID: the words</faultstring>\
        </soapenv:Fault></soapenv:Body></soapenv:Envelope>
        """
    private static let page = ScriptedAnswer(
        403, headers: [.contentType: "text/html"], pieces: [[UInt8]("<html><title>Proxy</title></html>".utf8)])

    /// - Parameter instead: Replaces the org's answer to a request with this path and body.
    private static func world(
        time: TestTime = TestTime(), key: String? = "3MVG9.consumer_key", kind: AppKind = .externalClientApp,
        audience: String? = nil, _ change: (inout ScriptedOrg) -> Void = { _ in },
        instead: @escaping @Sendable (_ path: String, _ body: String) -> ScriptedAnswer? = { _, _ in nil }
    ) async throws -> TestWorld {
        var org = ScriptedOrg { time.now }
        change(&org)
        let usual = org.transport
        let transport = ScriptedTransport { request in
            if let answer = instead(request.head.path ?? "", String(decoding: request.body, as: UTF8.self)) {
                return answer
            }
            return try await ScriptedAnswer(try await usual.send(request, within: .answer))
        }
        return try await TestWorld.connected(
            .test(appKind: kind, consumerKey: key, audience: audience), time: time, transport: transport)
    }

    private static func test(_ world: TestWorld) async throws -> TestView {
        try await world.service.diagnosis.test("prod", as: me) { _ in }
    }

    private static func step(_ id: TestStep, _ view: TestView) throws -> TestView.Step {
        try #require(view.steps.first { $0.id == id })
    }

    // MARK: Outages

    @Test("An outage of REST alone is reported, with what was available")
    func outageOfREST() async throws {
        let view = try await Self.test(
            Self.world(instead: { path, _ in path.hasSuffix("/limits") ? .json("", status: 500) : nil }))
        #expect(view.cause?.code == .orgUnavailable)
        #expect(
            view.cause?.reasons.first
                == "REST was not available; the list of versions, the token endpoint and SOAP were.")
        #expect(view.cause?.certain == false)
        #expect(view.cause?.notRuledOut == [.answerUnintelligible])
    }

    @Test("An outage of the list of versions is not reported as one of REST and SOAP")
    func outageOfVersions() async throws {
        let view = try await Self.test(
            Self.world(instead: { path, _ in path == "/services/data/" ? .json("", status: 500) : nil }))
        #expect(view.cause?.code == .orgUnavailable)
        #expect(
            view.cause?.reasons.first == "The list of versions was not available; the token endpoint was.")
    }

    @Test("Steps that an outage of the API prevented say so, and claim nothing about token or rights")
    func skippedForOutage() async throws {
        let view = try await Self.test(
            Self.world(instead: { path, _ in path.hasSuffix("/limits") ? .json("", status: 500) : nil }))
        for id in [TestStep.requests, .policy, .preauthorization, .appCertificate, .loginRanges] {
            #expect(try Self.step(id, view).skipped == .apiUnanswered, "\(id)")
        }
    }

    @Test("Steps that a refused token prevented say that there was a token")
    func skippedForToken() async throws {
        let session = Self.session
        let view = try await Self.test(
            Self.world(instead: { path, _ in path.hasSuffix("/limits") ? .json(session, status: 401) : nil }))
        #expect(view.cause?.code == .tokenUseless)
        #expect(try Self.step(.requests, view).skipped == .tokenRefused)
        #expect(try Self.step(.reach, view).skipped == .tokenRefused)
    }

    @Test("If a read of the app returns a web page, it shows nothing about the app")
    func unreadApp() async throws {
        let page = Self.page
        let view = try await Self.test(
            Self.world(instead: { path, body in path.contains("/query") || body.contains("listMetadata") ? page : nil })
        )
        #expect(view.outcome == .passes)
        #expect(try Self.step(.policy, view).outcome == .unknown)
        #expect(try Self.step(.policy, view).evidence["page"] == "Proxy")
        #expect(try Self.step(.appScopes, view).skipped == .appUnread)
        #expect(try Self.step(.preauthorization, view).skipped == .appUnread)
    }

    @Test("If the app's users cannot be read, Permitted Users still has its verdict")
    func unreadUsersOfApp() async throws {
        let page = Self.page
        let rows = [
            "LoginHistory%20": #"{"Application":"aprity","Status":"Success"}"#,
            "ExternalClientApplication%20": #"{"Id":"0xI1","DeveloperName":"aprity"}"#,
            "ExtlClntAppOauthPlcyCnfg%20": #"{"PermittedUsersPolicyType":"AdminApprovedPreAuthorized"}"#,
            "SetupEntityAccess%20": #"{"Parent":{"Name":"Key_Users"}}"#,
        ]
        let view = try await Self.test(
            Self.world(instead: { path, _ in
                if path.contains("FROM%20PermissionSet%20") { return page }
                let row = rows.first { path.contains("SELECT%20") && path.contains("FROM%20" + $0.key) }
                return row.map { .json("{\"totalSize\":1,\"done\":true,\"records\":[\($0.value)]}") }
            }))
        #expect(try Self.step(.policy, view).outcome == .passes)
        #expect(try Self.step(.preauthorization, view).outcome == .unknown)
        #expect(try Self.step(.preauthorization, view).evidence["page"] == "Proxy")
        #expect(try Self.step(.reach, view).outcome == .unknown)
        #expect(try Self.step(.reach, view).because.contains("`preauthorization`"))
    }

    @Test("An outage while users are read is not reported as a missing right")
    func unreadUser() async throws {
        let view = try await Self.test(
            Self.world(instead: { path, _ in
                path.contains("FROM%20User%20WHERE%20Username") ? .json("", status: 500) : nil
            }))
        let step = try Self.step(.loginRanges, view)
        #expect(step.outcome == .unknown)
        #expect(step.because == Cause.orgUnavailable.entry.summary)
    }

    // MARK: Tokens

    @Test("A token that SOAP refuses is reported as refused, with the org's text")
    func refusedBySOAP() async throws {
        let fault = Self.fault
        let view = try await Self.test(
            Self.world(instead: { path, _ in path.hasPrefix("/services/Soap/") ? .xml(fault, status: 500) : nil }))
        #expect(view.cause?.code == .tokenUseless)
        let step = try Self.step(.metadata, view)
        #expect(step.evidence["faultString"] == "INVALID_SESSION_ID: the words")
        #expect(!step.because.contains("same token"))
        #expect(view.signInsUsed == 1)
    }

    @Test(
        "An unusable API address is an error in the token response, and later steps say that a token was granted"
    )
    func badInstance() async throws {
        let answer = #"{"access_token":"00D000000000001!x","instance_url":"","scope":"api"}"#
        let view = try await Self.test(Self.world { $0.tokenAnswer = .json(answer) })
        #expect(view.cause?.code == .instanceRefused)
        #expect(view.cause?.command == nil)
        #expect(try Self.step(.organization, view).evidence["instanceURL"] == "(empty)")
        #expect(try Self.step(.api, view).skipped == .tokenUnused)
    }

    // MARK: Certainty

    @Test("A bare status 429 shows nothing about Salesforce", arguments: ["", "<html>slow down</html>"])
    func tooManyRequests(_ body: String) async throws {
        let view = try await Self.test(Self.world { $0.tokenAnswer = .json(body, status: 429) })
        #expect(view.cause?.code == .signInRateExceeded)
        #expect(view.cause?.certain == false)
        #expect(view.cause?.notRuledOut == [.answerUnintelligible])
        #expect(view.cause?.summary.contains("3,600") == false)
    }

    @Test("An API that is not enabled leaves open the user's right and the org's edition")
    func apiDisabled() async throws {
        let words =
            #"[{"errorCode":"API_DISABLED_FOR_ORG","message":"The REST API is not enabled for this Organization"}]"#
        let view = try await Self.test(
            Self.world(instead: { path, _ in path.hasSuffix("/limits") ? .json(words, status: 403) : nil }))
        #expect(view.cause?.among == [.apiDisabled, .editionWithoutAPI])
        #expect(view.cause?.certain == false)
        #expect(view.cause?.separatedBy != nil)
        #expect(try Self.step(.requests, view).skipped == .apiRefused)
    }

    @Test("A connection without a Consumer Key says that no sign-in was sent, not that nothing was sent")
    func withoutConsumerKey() async throws {
        let view = try await Self.test(Self.world(key: nil))
        #expect(
            view.cause?.reasons == [
                "aprity finds this in the input alone; the org plays no part.", "No sign-in was sent.",
            ])
    }

    @Test("A blocked app says that no sign-in was sent")
    func blocked() async throws {
        let world = try await Self.world()
        _ = try await world.service.blocks.block("prod", reason: "a drill", as: Self.me)
        let view = try await Self.test(world)
        #expect(view.cause?.code == .blocked)
        #expect(view.cause?.reasons == ["aprity refused this, not the org.", "No sign-in was sent."])
    }

    @Test("A failure that says nothing about name resolution does not claim that it worked")
    func timedOut() async throws {
        let transport = ScriptedTransport { _ in throw TransportFailure(.timedOut, detail: "") }
        let world = try await TestWorld.connected(.test(consumerKey: nil), transport: transport)
        #expect(try Self.step(.name, try await Self.test(world)).outcome == .unknown)
    }

    @Test("An answer that is not HTTP is an answer")
    func malformedAnswer() async throws {
        let host = try LoginHost("https://acme.my.salesforce.com")
        let error = ConnectedAppError(TransportFailure(.answerMalformed, detail: ""), host: host)
        #expect(error.cause == .answerUnintelligible)
        let way = WayToTheOrg(host: host, egress: "direct", outcome: .failure(error))
        guard case .passes = way.tls else {
            Issue.record("TLS worked")
            return
        }
    }

    // MARK: Refusals

    /// An org that refuses each sign-in, with another text for a Consumer Key that no app has.
    private static func knowing(_ error: String, _ description: String) -> @Sendable (String, String) -> ScriptedAnswer?
    {
        { path, body in
            guard path == "/services/oauth2/token" else { return nil }
            let parts = body.split(separator: "assertion=").last?.split(separator: ".") ?? []
            let claims = parts.count > 1 ? Base64URL.decode(String(parts[1])) : nil
            let isOurs = claims.map { String(decoding: $0, as: UTF8.self).contains("3MVG9.consumer_key") } ?? false
            let words =
                isOurs ? (error, description) : ("invalid_client_id", "client identifier invalid")
            return .json(#"{"error":"\#(words.0)","error_description":"\#(words.1)"}"#, status: 400)
        }
    }

    @Test("An app that the org knows and does not let in is said to be disabled or not installed")
    func disabledApp() async throws {
        let answer = Self.knowing("app_not_found", "External client app is not installed in this org")
        let view = try await Self.test(Self.world(instead: answer))
        #expect(view.cause?.code == .appNotInstalled)
        #expect(view.cause?.summary == "The app is disabled, or not installed in this org.")
        #expect(view.cause?.remedy.contains("Consumer Key") == false)
    }

    @Test("The error about a Connected App's refused audience names the audiences for such an app, not a My Domain")
    func audienceOfConnectedApp() async throws {
        let view = try await Self.test(
            Self.world(kind: .connectedApp) { $0 = $0.refusing("invalid_grant", "audience is invalid") })
        #expect(view.cause?.code == .audienceRefused)
        #expect(view.cause?.remedy.contains("https://login.salesforce.com") == true)
        #expect(view.cause?.remedy.contains("https://test.salesforce.com") == true)
        #expect(view.cause?.clicks.isEmpty == true)
    }

    @Test("The key of another kind of app is a possible cause, and the remedy says what to do")
    func otherKind() async throws {
        let view = try await Self.test(
            Self.world(instead: Self.knowing("invalid_grant", "audience is invalid")))
        #expect(view.cause?.among == [.audienceRefused, .appKindWrong])
        #expect(view.cause?.remedy.contains("--app-kind connected-app") == true)
        #expect(view.cause?.remedyOnPage.contains("add a connection with that kind") == true)
        #expect(view.cause?.remedyOnPage.contains("--") == false)
    }

    // MARK: The store's other connections

    private static func second(_ alias: String, _ world: TestWorld, host: String, sharing: String? = nil) async throws {
        _ = try await world.service.connections.add(
            .test(
                alias, loginHost: host, consumerKey: sharing == nil ? "3MVG9.other" : nil, sameAppAs: sharing), as: me)
    }

    private static func setKey(_ alias: String, _ world: TestWorld) async throws -> ConnectionView {
        var changes = ConnectionChanges()
        changes.consumerKey = "3MVG9.consumer_key"
        return try await world.service.connections.change(alias, changes, as: me)
    }

    @Test("A Consumer Key that another app here has causes a warning with the connection's alias")
    func sameKeyWarned() async throws {
        let world = try await Self.world()
        try await Self.second("bikes", world, host: "https://acme.my.salesforce.com")
        let view = try await Self.setKey("bikes", world)
        #expect(view.consumerKeyAlsoOf == ["prod"])
        #expect(view.warnings.contains { $0.contains("prod") && $0.contains("same Consumer Key") })
        let notice = try Self.step(.consumerKey, try await world.service.diagnosis.test("bikes", as: Self.me) { _ in })
            .notice
        #expect(notice?.contains("prod") == true)
    }

    @Test("A shared app, and a copy of the app in another org, cause no warning")
    func sameKeyAllowed() async throws {
        let world = try await Self.world()
        try await Self.second("bikes", world, host: "https://acme.my.salesforce.com", sharing: "prod")
        #expect(try await world.service.connections.named("bikes", as: Self.me).consumerKeyAlsoOf.isEmpty)
        try await Self.second("uat", world, host: "https://acme--uat.sandbox.my.salesforce.com")
        #expect(try await Self.setKey("uat", world).consumerKeyAlsoOf.isEmpty)
    }

    @Test(
        "A certificate of the app whose Consumer Key was set here is that app's: the key is wrong, not the certificate")
    func keyOfAnotherApp() async throws {
        let tokens = TokenCounter()
        let world = try await Self.world(instead: { path, _ in
            guard path == "/services/oauth2/token" else { return nil }
            // The third control is signed with the other app's key.
            return tokens.next() == 4
                ? nil
                : .json(#"{"error":"invalid_client","error_description":"invalid client credentials"}"#, status: 400)
        })
        try await Self.second("bikes", world, host: "https://acme.my.salesforce.com")
        _ = try await Self.setKey("bikes", world)
        let view = try await world.service.diagnosis.test("bikes", as: Self.me) { _ in }
        #expect(view.cause?.code == .consumerKeyOfAnotherApp)
        #expect(view.cause?.certain == true)
        #expect(view.probes.last?.asks.contains("prod") == true)
        #expect(view.cause?.command == "aprity connection set bikes --consumer-key KEY")
    }

    // MARK: Followed changes

    @Test("The latest sign-in that followed a change is the latest evidence")
    func followedChange() async throws {
        let world = try await Self.world()
        _ = try await world.service.diagnosis.reportChange(of: "prod", isNewApp: false, as: Self.me)
        let mover = Task {
            while !Task.isCancelled {
                await world.time.sleepers(atLeast: 1)
                world.time.advance(by: .seconds(5))
            }
        }
        let view = try await world.service.diagnosis.followChange(of: "prod", as: Self.me)
        mover.cancel()
        #expect(view.outcome == .passes)
        let seen = try await world.service.connections.named("prod", as: Self.me).state.seenAt
        #expect(seen == view.answers.last?.time)
    }
}

private final class TokenCounter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
