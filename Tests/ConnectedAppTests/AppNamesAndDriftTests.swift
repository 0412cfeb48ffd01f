import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("Data saved from reading an app")
struct AppNamesAndDriftTests {
    private static let me = Principal(.commandLine, name: "me")

    private static func world(_ transport: ScriptedTransport = .untouchable, time: TestTime = TestTime()) async throws
        -> TestWorld
    {
        try await TestWorld.connected(.test("acme"), time: time, transport: transport)
    }

    @Test("Guides use the app's name from its last check, until another Consumer Key means another app")
    func names() async throws {
        let world = try await Self.world()
        func steps() async throws -> String {
            try await world.service.guides.guide(.certificate, for: "acme", as: Self.me).steps.joined(separator: "\n")
        }
        #expect(try await steps().contains("at the end of the app's row (proposed name: aprity)"))
        let folder = FileManager.default.temporaryDirectory.appending(path: "aprity-name-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bundle = try await world.service.bundles.make(
            for: "acme", BundleRequest(appName: "aprity2", contactEmail: "a@acme.example"), as: Self.me)
        try world.service.bundles.write(bundle, to: folder)
        _ = try await world.service.appCheck.check(of: "acme", folder: folder, as: Self.me)
        #expect(try await steps().contains("at the end of aprity2's row"))
        var changes = ConnectionChanges()
        changes.consumerKey = "3MVG9.another_key"
        _ = try await world.service.connections.change("acme", changes, as: Self.me)
        #expect(try await !steps().contains("aprity2"))
    }

    @Test("A stored app of an older version, without a name, is read")
    func olderRecord() throws {
        let stored = """
            {"id":"a","kind":"external-client-app","activeCredentialID":"c","createdAt":0}
            """
        let app = try JSONDecoder().decode(AppRecord.self, from: Data(stored.utf8))
        #expect(app.nameInSetup == nil)
    }

    @Test("A warning about a difference says when it was read, and disappears when a test reads the app as approved")
    func warningEnds() async throws {
        let time = TestTime()
        let scope = Mutex("api web")
        let transport = ScriptedTransport { request in
            var org = ScriptedOrg { time.now }
            org.scope = scope.withLock { $0 }
            return try await ScriptedAnswer(org.transport.send(request, within: .answer))
        }
        let world = try await Self.world(transport, time: time)
        func warnings() async throws -> [String] {
            try await world.service.connections.named("acme", as: Self.me).warnings.filter { $0.contains("approval") }
        }
        _ = try await world.service.appCheck.check(of: "acme", as: Self.me)
        let seen = time.now.ISO8601Format()
        time.advance(by: .seconds(3_600))
        #expect(
            try await warnings() == [
                "When the app was last read, on \(seen), it did not match its approval. OAuth scopes: Api, RefreshToken, Web, "
                    + "first seen \(seen)."
            ])
        _ = try await world.service.diagnosis.test("acme", as: Self.me) { _ in }
        let again = time.now.ISO8601Format()
        #expect(try await warnings().first?.contains("was last read, on \(again), ") == true)
        scope.withLock { $0 = "api" }
        _ = try await world.service.diagnosis.test("acme", as: Self.me) { _ in }
        #expect(try await warnings().isEmpty)
    }

    @Test("If the app is blocked only in the org, the steps do not unblock it in aprity")
    func blockedInOrg() async throws {
        let time = TestTime()
        let org = ScriptedOrg { time.now }.refusing("OAUTH_APP_BLOCKED", "this app is blocked by admin")
        let world = try await Self.world(org.transport, time: time)
        time.advance(by: .seconds(86_400))
        let cause = try await world.service.diagnosis.test("acme", as: Self.me) { _ in }.cause
        #expect(cause?.code == .appBlockedInOrg)
        #expect(cause?.clicks.contains { $0.contains("aprity unblock") } == false)
    }

    @Test("Settings that are unknown for the same reason form a group, and each reason has its own sentence")
    func unread() {
        let reasons: [UnknownReason] = [
            .noSuchSetting, .notRead, .partNotRead, .fileDoesNotSay, .noConsumerKeyInFile, .certificateWithheld,
            .soapRefused, .rightMissing(.connectedApp), .rightMissing(.externalClientApp), .viewSetupMissing,
            .notAmong(count: 2), .nameNotFound, .usersNotInFiles, .tooManyRows,
        ]
        #expect(Set(reasons.map(\.sentence)).count == reasons.count)
        var app = OrgApp(unknown: .soapRefused)
        app[.enabled] = .text("true")
        app[.certificate] = .unknown(.certificateWithheld)
        let view = AppCheckView(
            "acme", source: "org", app, ApprovedApp(appID: "app"), rules: [:], .unknown(.viewSetupMissing), now: Date())
        #expect(
            view.unread.map { $0.because }
                == [UnknownReason.soapRefused.sentence, UnknownReason.certificateWithheld.sentence])
        #expect(view.unread.last?.labels == [AppSetting.certificate.label])
        #expect(view.unread.first?.labels.count == AppSetting.allCases.count - 2)
    }

    @Test("Without an approval, the headline names the general rules instead")
    func notApproved() async throws {
        let time = TestTime()
        let world = try await Self.world(ScriptedOrg { time.now }.transport, time: time)
        let before = try await world.service.appCheck.check(of: "acme", as: Self.me)
        #expect(before.headline.contains("the general rules"))
        #expect(before.headline.hasSuffix("Nobody has approved its settings yet."))
        let after = try await world.service.appCheck.check(of: "acme", approving: true, as: Self.me)
        #expect(!after.headline.contains("general rules"))
    }

    @Test("A check that fails only because of the app's reach is not described as a difference")
    func reachAlone() {
        func view(_ app: OrgApp, _ users: [String]) -> AppCheckView {
            let way = Reach.Way(kind: .permissionSet, name: "Aprity_Integration", users: users)
            return AppCheckView(
                "acme", source: "org", app, ApprovedApp(appID: "app"), rules: [.enabled: "true"],
                .users(users, ways: [way]), now: Date())
        }
        var (same, different) = (OrgApp(unknown: .soapRefused), OrgApp(unknown: .soapRefused))
        same[.enabled] = .text("true")
        different[.enabled] = .text("false")
        #expect(view(same, ["a@acme.example"]).failure == nil)
        #expect(view(same, ["a@acme.example", "b@acme.example"]).failure == .reachTooWide)
        #expect(view(different, ["a@acme.example", "b@acme.example"]).failure == .appDrifted)
    }

    @Test("A failure to send mail is not explained by a proxy, because mail does not use one")
    func mail() async throws {
        let world = try await Self.world()
        let channel = ScriptedChannel { _ in NoticeFailure(.connectionRefused) }
        let view = try #require(try await world.service.notices.test(over: [channel], as: Self.me).first)
        #expect(view.code == .connectionRefused)
        #expect(view.remedy?.contains("HTTPS_PROXY") == false)
        #expect(view.remedy?.contains("APRITY_SMTP_URL") == true)
    }

    @Test(
        "If a notice fails because of TLS, the remedy names a setting of the notices",
        arguments: [
            (.mail, .serverNotTrusted, "APRITY_SMTP_CA_FILE"), (.mail, .tlsFailed, "APRITY_SMTP_URL"),
            (.mail, .startTLSMissing, "APRITY_SMTP_URL"),
            (.webhook, .serverNotTrusted, "APRITY_NOTIFY_WEBHOOK_CA_FILE"),
        ] as [(NoticeChannelKind, Cause, String)])
    func noticeTLS(_ kind: NoticeChannelKind, _ cause: Cause, _ setting: String) async throws {
        let world = try await Self.world()
        let channel = ScriptedChannel(kind: kind) { _ in NoticeFailure(cause) }
        let view = try #require(try await world.service.notices.test(over: [channel], as: Self.me).first)
        #expect(view.remedy?.contains(setting) == true)
        #expect(view.remedy?.contains("--ca-file") == false)
    }

    @Test(
        "If the Setup Audit Trail cannot be read, nothing is saved, and the next check stores the reason with the difference"
    )
    func reasonAfterFailure() async throws {
        let time = TestTime()
        let fails = Mutex(true)
        let transport = ScriptedTransport { request in
            let query = request.head.path?.removingPercentEncoding ?? ""
            func rows(_ text: String) -> ScriptedAnswer {
                .json(#"{"totalSize":\#(text.isEmpty ? 0 : 1),"done":true,"records":[\#(text)]}"#)
            }
            if query.contains("FROM SetupAuditTrail") {
                guard !fails.withLock({ $0 }) else {
                    return .json(#"[{"errorCode":"UNKNOWN_EXCEPTION","message":"x"}]"#, status: 500)
                }
                return rows(
                    #"{"Display":"Changed aprity","CreatedDate":"2026-01-01T00:00:00.000+0000","CreatedBy":{"Username":"admin@acme.example"}}"#
                )
            }
            if query.contains("COUNT() FROM User") { return .json(#"{"totalSize":3,"done":true,"records":[]}"#) }
            if query.contains("Id FROM User ") || query.contains("FROM User WHERE Username") {
                return rows(#"{"Id":"005000000000001AAA","IsActive":true}"#)
            }
            if query.contains("FROM LoginHistory WHERE UserId"), query.contains("Application") {
                return rows(#"{"Application":"aprity","Status":"Success"}"#)
            }
            if query.contains("FROM ExternalClientApplication ") {
                return rows(#"{"Id":"0xI000000000001","DeveloperName":"aprity"}"#)
            }
            if query.contains("FROM ExtlClntAppOauthPlcyCnfg") {
                return rows(#"{"PermittedUsersPolicyType":"AllSelfAuthorized"}"#)
            }
            if query.contains("FROM SetupEntityAccess") { return rows("") }
            let org = ScriptedOrg { time.now }
            return try await ScriptedAnswer(org.transport.send(request, within: .answer))
        }
        let world = try await Self.world(transport, time: time)
        let appID = try await world.service.targets.preferred("acme").appID
        func stored() async throws -> ApprovedApp? {
            try await world.service.appCheck.records.read { try $0.find(ApprovedApp.self, appID)?.value }
        }
        await #expect(throws: ConnectedAppError.self) {
            try await world.service.appCheck.check(of: "acme", as: Self.me)
        }
        #expect(try await stored()?.drift[.permittedUsers] == nil)
        fails.withLock { $0 = false }
        let view = try await world.service.appCheck.check(of: "acme", as: Self.me)
        #expect(view.outcome == .fails)
        #expect(try await stored()?.drift[.permittedUsers]?.change?.username == "admin@acme.example")
    }
}
