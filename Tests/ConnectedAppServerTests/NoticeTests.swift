internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Synchronization
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

/// A notice channel that rejects notices while it is switched off.
final class SwitchedChannel: NoticeChannel {
    let address: NoticeAddress
    private let failure: Mutex<NoticeFailure?>
    private let taken = Mutex<[NoticeKind]>([])

    init(_ kind: NoticeChannelKind = .mail, _ destination: String = "ops@acme.example", failure: NoticeFailure? = nil) {
        address = NoticeAddress(kind, destination)
        self.failure = Mutex(failure)
    }

    /// The accepted notices, in order.
    var kinds: [NoticeKind] { taken.withLock { $0 } }

    func set(_ failure: NoticeFailure?) { self.failure.withLock { $0 = failure } }

    func send(_ notice: Notice, at now: Date) async throws(NoticeFailure) {
        if let failure = failure.withLock({ $0 }) { throw failure }
        taken.withLock { $0.append(notice.content.kind) }
    }
}

@Suite("Certificate checks and notices in the API and on the pages")
struct NoticeTests {
    private static let refused = NoticeFailure(.noticeRefused, reply: "550 <no> such mailbox", isPermanent: true)
    private static let schedule = Principal(.schedule, name: "notices")

    @Test("The check covers all connections or one, with the requested days")
    func check() async throws {
        let time = TestTime()
        let channel = SwitchedChannel(failure: Self.refused)
        try await SettingsClient.run(time: time, noticeChannels: [channel]) { client in
            try await client.addConnection()
            try await client.addConnection("second")
            time.advance(by: .seconds(340 * 86_400))
            let all = try await client.api(.get, "/certificates/check").json(CertificateCheckView.self)
            #expect(all.certificates.map(\.connection) == ["acme", "second"])
            try #require(all.outcome == .warning)
            try #require(all.warnings == [])
            #expect(all.certificates[0].daysLeft == 25)
            let path = "/connections/acme/certificate/check"
            let one = try await client.api(.get, path + "?warn=60&critical=26").json(CertificateCheckView.self)
            #expect(one.certificates.count == 1)
            #expect(one.outcome == .critical)
            #expect(one.warnDays == 60)
            #expect(
                try await client.api(.get, path + "?warn=20").json(CertificateCheckView.self).outcome == .ok)
            for query in ["?warn=x", "?warn=-1", "?warn=5&critical=6", "?critical="] {
                #expect(try await client.api(.get, path + query).status == 400, "\(query)")
                #expect(try await client.api(.get, "/certificates/check" + query).status == 400, "\(query)")
            }
            #expect(try await client.api(.get, "/connections/nobody/certificate/check").status == 404)
            _ = try await client.api(.post, "/notices/test")
            let warned = try await client.api(.get, "/certificates/check?warn=0&critical=0")
                .json(CertificateCheckView.self)
            #expect(warned.outcome == .warning)
            #expect(warned.warnings.count == 1)
        }
    }

    @Test("A test notice is sent on each channel, listed with its result, and recorded with the API as principal")
    func test() async throws {
        let (good, bad) = (SwitchedChannel(), SwitchedChannel(.webhook, "hooks.acme.example", failure: Self.refused))
        try await SettingsClient.run(noticeChannels: [good, bad]) { client in
            let sent = try await client.api(.post, "/notices/test")
            #expect(sent.status == 200)
            let views = try sent.json([NoticeView].self)
            #expect(views.map(\.state) == [.sent, .givenUp])
            #expect(views.map(\.code) == [nil, .noticeRefused])
            let listed = try await client.api(.get, "/notices").json(NoticesView.self)
            #expect(Set(listed.notices.map(\.id)) == Set(views.map(\.id)))
            #expect(listed.channels.map(\.isFailing) == [false, true])
            #expect(try await client.api(.get, "/notices?limit=1").json(NoticesView.self).notices.count == 1)
            for query in ["?limit=0", "?limit=x", "?limit=1001"] {
                #expect(try await client.api(.get, "/notices" + query).status == 400)
            }
            let events = try await client.world.store.events(limit: 10).filter { $0.act == .noticeSent }
            #expect(events.count == 2)
            #expect(events.allSatisfy { $0.principal.channel == .api })
        }
    }

    @Test("Without channels, a test notice is rejected, and a connection has no next notice")
    func nobody() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let refused = try await client.api(.post, "/notices/test")
            #expect(refused.status == 409)
            #expect(refused.members["code"] as? String == "noticeChannelMissing")
            let own = try await client.api(.get, "/connections/acme/notices")
            #expect(own.members["next"] is NSNull)
            #expect(try await client.api(.get, "/connections/nobody/notices").status == 404)
            for (method, path) in [(HTTPRequest.Method.get, "/notices"), (.post, "/notices/test")] {
                #expect(try await client.send(method, "/api/v1" + path).status == 401)
            }
            try await client.signIn()
            let page = try await client.get("/connections/acme").text
            #expect(page.contains("Nobody is notified before this certificate expires"))
            #expect(!page.contains("notice-test-form"))
            let token = try await client.formToken()
            let tried = try await client.post("/connections/acme/notices/test", ["formToken": token])
            #expect(tried.status == 409)
            #expect(tried.text.contains("No receiver for notices is set."))
        }
    }

    @Test("A connection's notices are those of its app: the next one, and those that were sent")
    func ofConnection() async throws {
        let time = TestTime()
        let channel = SwitchedChannel()
        try await SettingsClient.run(time: time, noticeChannels: [channel]) { client in
            let view = try await client.addConnection()
            try await client.addConnection("second")
            func own(_ alias: String) async throws -> ConnectionNoticesView {
                try await client.api(.get, "/connections/\(alias)/notices").json(ConnectionNoticesView.self)
            }
            let first = try #require(try await own("acme").next)
            #expect(first.days == 60)
            #expect(first.at == view.certificate.notAfter.addingTimeInterval(-60 * 86_400))
            time.advance(by: .seconds(306 * 86_400))
            try await client.world.service.notices.sendDue(over: [channel], as: Self.schedule)
            let sent = try await own("acme")
            try #require(sent.notices.map(\.connections) == [["acme"]])
            #expect(sent.notices[0].state == .sent)
            #expect(sent.next?.days == 30)
            #expect(try await own("second").notices.map(\.connections) == [["second"]])
        }
    }

    @Test("The page shows the next notice, the recipients, the results and failing channels; a button sends a test")
    func page() async throws {
        let time = TestTime()
        let channel = SwitchedChannel(failure: Self.refused)
        let hook = SwitchedChannel(.webhook, "hooks.acme.example")
        try await SettingsClient.run(time: time, noticeChannels: [channel, hook]) { client in
            let view = try await client.addConnection()
            try await client.signIn()
            func page(_ query: String = "") async throws -> String {
                try await client.get("/connections/acme" + query).text
            }
            let fresh = try await page()
            let day = ShownTime(view.certificate.notAfter.addingTimeInterval(-60 * 86_400))
            #expect(
                fresh.contains(
                    "The next notice is sent on <time datetime=\"\(day.iso)\">\(day.text)</time>: the certificate expires in 60 days."
                ))
            for text in ["ops@acme.example", "hooks.acme.example", "not tried yet", "Nothing was sent yet."] {
                #expect(fresh.contains(text), "\(text)")
            }
            #expect(!fresh.contains("id=\"notice-warnings\""))

            time.advance(by: .seconds(306 * 86_400))
            try await client.world.service.notices.sendDue(over: [channel, hook], as: Self.schedule)
            try await client.signIn()
            let failing = try await page()
            #expect(failing.contains("id=\"notice-warnings\""))
            #expect(failing.contains("Notices do not arrive:"))
            #expect(failing.contains("550 &lt;no&gt; such mailbox"))
            #expect(!failing.contains("<no>"))
            let again = ShownTime(time.now.addingTimeInterval(6 * 3600))
            #expect(failing.contains("next attempt <time datetime=\"\(again.iso)\">"))
            #expect(failing.contains("<span class=\"text-good\">sent</span></td>"))
            #expect(failing.components(separatedBy: ">next attempt <time").count == 2)

            let token = try await client.formToken()
            let tested = try await client.post("/connections/acme/notices/test", ["formToken": token])
            #expect(tested.status == 303)
            #expect(tested.headers[.location] == "/connections/acme?done=notice-not-taken")
            #expect(try await page("?done=notice-not-taken").contains("A receiver did not accept the test notice"))
            channel.set(nil)
            time.advance(by: .seconds(60))
            let second = try await client.post("/connections/acme/notices/test", ["formToken": token])
            #expect(second.headers[.location] == "/connections/acme?done=notice-taken")
            let well = try await page("?done=notice-taken")
            #expect(well.contains("Every receiver accepted the test notice."))
            #expect(!well.contains("id=\"notice-warnings\""))
            #expect(channel.kinds == [.test])
            #expect(hook.kinds == [.certificateExpiry, .test, .test])
            let events = try await client.world.store.events(limit: 20).filter {
                $0.act == .noticeSent && $0.facts["kind"] == "test"
            }
            #expect(events.count == 4)
            #expect(events.allSatisfy { $0.principal.channel == .settingsPage })
        }
    }

    @Test("The button's form rejects requests from other sites")
    func foreign() async throws {
        let channel = SwitchedChannel()
        try await SettingsClient.run(noticeChannels: [channel]) { client in
            try await client.addConnection()
            try await client.signIn()
            let token = try await client.formToken()
            let path = "/connections/acme/notices/test"
            #expect(try await client.post(path, [:]).status == 403)
            #expect(try await client.post(path, ["formToken": "x"]).status == 403)
            #expect(
                try await client.post(path, ["formToken": token], headers: [.origin: "https://evil.example"]).status
                    == 403)
            #expect(
                try await client.post("/connections/nobody/notices/test", ["formToken": token]).status == 404)
            #expect(channel.kinds.isEmpty)
        }
    }
}
