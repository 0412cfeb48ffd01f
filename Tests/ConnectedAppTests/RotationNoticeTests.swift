import ConnectedAppTesting
import Foundation
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp
@testable import ConnectedAppHTTP

@Suite("Notices of a rotation")
struct RotationNoticeTests {
    private static let me = Principal(.commandLine, name: "me")

    private func world(days: Int) async throws -> TestWorld {
        try await TestWorld.connected(.test("acme", consumerKey: nil, certificateDays: days))
    }

    /// Returns the notices sent, each as `kind days`, and how many days after the start.
    private func sent(_ world: TestWorld, over channel: ScriptedChannel, days: Int) async throws -> [String] {
        let (start, before) = (world.time.now, channel.attempts.count)
        for _ in 0..<(days * 4) {
            try await world.service.notices.sendDue(over: [channel], as: Self.me)
            world.time.advance(by: .seconds(6 * 3600))
        }
        return channel.attempts.dropFirst(before).map { notice, at in
            let day = Int(at.timeIntervalSince(start) / 86_400)
            return
                "\(notice.content.kind.rawValue) \((notice.content.lead?.days).map(String.init) ?? "-") on day \(day)"
        }
    }

    @Test("A due rotation has one notice, between those about the expiry, which says how to start it")
    func due() async throws {
        let world = try await world(days: 120)
        let channel = ScriptedChannel()
        let notices = try await sent(world, over: channel, days: 91)
        #expect(
            notices == [
                "certificateExpiry 60 on day 60", "rotationDue - on day 80", "certificateExpiry 30 on day 90",
            ])
        let due = try #require(channel.attempts.dropFirst().first?.notice.content)
        #expect(due.text.contains("`aprity rotate start acme`"))
        #expect(due.text.contains("39 days are left"))
        #expect(due.certificateSHA256 == (try await world.service.certificates.current(of: "acme", as: Self.me).sha256))
        let texts = channel.attempts.map(\.notice.content.text)
        try #require(!texts[0].contains("is due"))
        #expect(texts[2].contains("Its replacement is due"))
        #expect(due.text.allSatisfy { $0.isASCII })
        #expect(due.subject.allSatisfy { $0.isASCII })
    }

    @Test("A notice about the expiry says in words how far the replacement is", arguments: RotationStateName.allCases)
    func replacement(_ state: RotationStateName) async throws {
        let world = try await world(days: 120)
        let certificate = try #require(try await world.service.targets.preferred("acme").certificate)
        let texts = RotationStateName.allCases.map { state in
            NoticeContent.expiry(
                of: certificate, connections: NoticeConnections("acme", []), rotation: state, isRotationDue: false,
                lead: .beforeExpiry(days: 30), now: world.time.now
            ).text
        }
        let text = try #require(RotationStateName.allCases.firstIndex(of: state).map { texts[$0] })
        #expect(texts.count { $0 == text } == 1)
        #expect(!text.contains("(\(state.rawValue))"))
        #expect(text.contains("`aprity rotate \(state == .steady ? "start" : "status") acme`"))
        #expect(text.allSatisfy { $0.isASCII })
    }

    @Test("A notice about the expiry on the same day says that the rotation is due, and no other is sent")
    func dueAtANoticeOfTheEnd() async throws {
        let world = try await world(days: 365)
        let channel = ScriptedChannel()
        world.time.advance(by: .seconds(300 * 86_400))
        let notices = try await sent(world, over: channel, days: 10)
        #expect(notices == ["certificateExpiry 60 on day 5"])
        #expect(channel.attempts[0].notice.content.text.contains("Its replacement is due"))
    }

    @Test("While a rotation is under way, there is no notice that it is due, and a waiting one is given up")
    func begun() async throws {
        let world = try await world(days: 120)
        let channel = ScriptedChannel { _ in NoticeFailure(.connectionRefused) }
        world.time.advance(by: .seconds(81 * 86_400))
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(channel.attempts.map(\.notice.content.kind) == [.rotationDue])
        _ = try await world.service.rotations.begin(of: "acme", as: Self.me)
        world.time.advance(by: .seconds(3600))
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(channel.attempts.count == 1)
        let view = try await world.service.notices.view(of: "acme", over: [channel], as: Self.me)
        #expect(view.notices.map(\.state) == [.givenUp])
        #expect(view.warnings.count == 1)
        #expect(view.next?.kind == .uploadMissing)
        #expect(view.next?.days == 3)
    }

    @Test("A given-up notice is sent if it becomes due again because the rotation was aborted")
    func dueAgain() async throws {
        let world = try await world(days: 120)
        let isDown = Mutex(true)
        let channel = ScriptedChannel { _ in isDown.withLock { $0 } ? NoticeFailure(.connectionRefused) : nil }
        world.time.advance(by: .seconds(81 * 86_400))
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        // Like a rotation that begins and is aborted.
        try await world.records.write { writing in
            var outbox = try #require(try writing.all(OutboxRecord.self).first?.value)
            outbox.giveUpWaiting(otherThan: [])
            try writing.save(outbox)
        }
        isDown.withLock { $0 = false }
        for _ in 0..<3 { try await world.service.notices.sendDue(over: [channel], as: Self.me) }
        #expect(channel.attempts.map(\.notice.content.kind) == [.rotationDue, .rotationDue])
        #expect(Set(channel.attempts.map(\.notice.id)).count == 1)
        let view = try await world.service.notices.view(of: "acme", over: [channel], as: Self.me)
        #expect(view.notices.map(\.state) == [.sent])
        #expect(view.notices.map(\.attempts) == [2])
    }

    @Test("Reminders to upload the next certificate are sent after 3, 7, 14 and 30 days, and then no more")
    func uploadMissing() async throws {
        let world = try await world(days: 365)
        let channel = ScriptedChannel()
        _ = try await world.service.rotations.begin(of: "acme", as: Self.me)
        let next = try await world.service.certificates.next(of: "acme", as: Self.me)
        let notices = try await sent(world, over: channel, days: 60)
        #expect(notices == [3, 7, 14, 30].map { "uploadMissing \($0) on day \($0)" })
        let contents = channel.attempts.map(\.notice.content)
        #expect(contents.allSatisfy { $0.certificateSHA256 == next.sha256 && $0.text.contains(next.sha256) })
        #expect(contents.map { $0.text.contains("rotate abort acme") } == [false, false, false, true])
        #expect(contents.allSatisfy { $0.text.allSatisfy(\.isASCII) })
        // The last reminder is sent at the deadline, which the rotation's page shows too.
        #expect(try await world.service.rotations.view(of: "acme", as: Self.me).isOverdue)
        #expect(RotationPolicy.uploadReminders.last.map { Double($0) * 86_400 } == RotationPolicy.uploadDeadline)
    }

    @Test("A reported upload or an abort stops the reminders; the next rotation has its own")
    func uploaded() async throws {
        let world = try await world(days: 365)
        let channel = ScriptedChannel()
        _ = try await world.service.rotations.begin(of: "acme", as: Self.me)
        #expect(try await sent(world, over: channel, days: 5) == ["uploadMissing 3 on day 3"])
        _ = try await world.service.rotations.confirmUpload(of: "acme", as: Self.me)
        #expect(try await sent(world, over: channel, days: 40) == [])
        let other = try await self.world(days: 365)
        _ = try await other.service.rotations.begin(of: "acme", as: Self.me)
        _ = try await other.service.rotations.abort(of: "acme", as: Self.me)
        #expect(try await sent(other, over: channel, days: 40) == [])
    }

    @Test("The next notice is shown with its time and kind, and a failed one with its next attempt")
    func next() async throws {
        let world = try await world(days: 120)
        let channel = ScriptedChannel { _ in NoticeFailure(.connectionRefused) }
        let end = try await world.service.certificates.current(of: "acme", as: Self.me).notAfter
        func next() async throws -> NextNoticeView? {
            try await world.service.notices.view(of: "acme", over: [channel], as: Self.me).next
        }
        let first = try #require(try await next())
        #expect(first.kind == .certificateExpiry)
        #expect(first.days == 60)
        #expect(first.at == end.addingTimeInterval(-60 * 86_400))
        world.time.advance(by: .seconds(70 * 86_400))
        #expect(try await next()?.at == world.time.now)
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(try await next()?.at == world.time.now.addingTimeInterval(60))
        #expect(try await world.service.notices.view(of: "acme", over: [], as: Self.me).next == nil)
        world.time.advance(by: .seconds(60 * 86_400))
        let quiet = ScriptedChannel("other@acme.example")
        try await world.service.notices.sendDue(over: [quiet], as: Self.me)
        #expect(try await world.service.notices.view(of: "acme", over: [quiet], as: Self.me).next == nil)
    }
}

@Suite("A slow receiver of webhooks")
struct SlowWebhookTests {
    private static let me = Principal(.commandLine, name: "me")

    @Test(
        "If a receiver never finishes its answer, the attempt times out, and the notice is sent again with the same id",
        arguments: [[], [.send("HTTP/1.1 200 OK\r\n"), .drip("X: y\r\n", everyMilliseconds: 20)]]
            as [[LoopbackServer.Act]])
    func silent(_ acts: [LoopbackServer.Act]) async throws {
        let world = try await TestWorld.connected(.test("acme", consumerKey: nil))
        world.time.advance(by: .seconds(360 * 86_400))
        let server = try await LoopbackServer { _, number in
            number == 0 ? acts : [.send("HTTP/1.1 204 No Content\r\n\r\n")]
        }
        let transports = NetworkTransports(proxy: try ProxySettings(environment: [:]))
        let receiver = try WebhookReceiver(
            url: "http://127.0.0.1:\(server.port)/hook", shownAs: "URL", transports: transports,
            limits: ExchangeLimits(bodyBytes: 1024, total: .milliseconds(300)))
        let secret = try WebhookSecret(line: Array("0123456789abcdef0123456789abcdef".utf8), source: "S")
        let channel = WebhookChannel(receiver, secret: secret)
        let start = ContinuousClock.now
        let failed = try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(start.duration(to: .now) < .seconds(10))
        #expect(failed.map(\.code) == [.timedOut])
        #expect(failed.map(\.state) == [.waiting])
        let view = try await world.service.notices.view(of: "acme", over: [channel], as: Self.me)
        #expect(view.warnings.count == 1)
        #expect(view.next?.at == world.time.now.addingTimeInterval(60))
        world.time.advance(by: .seconds(60))
        #expect(try await world.service.notices.sendDue(over: [channel], as: Self.me).isEmpty)
        let ids = server.heads.compactMap { head in
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("webhook-id:") }
        }
        #expect(ids.count == 2)
        #expect(Set(ids).count == 1)
        #expect(try await world.service.notices.view(of: "acme", over: [channel], as: Self.me).warnings == [])
        await transports.close()
        await server.close()
    }

    @Test("In a test over several channels, slow receivers are waited for at the same time")
    func beside() async throws {
        let world = try await TestWorld()
        let server = try await LoopbackServer { _, _ in [] }
        let transports = NetworkTransports(proxy: try ProxySettings(environment: [:]))
        func channel(_ limit: Duration) throws -> WebhookChannel {
            WebhookChannel(
                try WebhookReceiver(
                    url: "http://127.0.0.1:\(server.port)/hook", shownAs: "URL", transports: transports,
                    limits: ExchangeLimits(bodyBytes: 1024, total: limit)), format: .slack, secret: nil)
        }
        let start = ContinuousClock.now
        let quick = ScriptedChannel()
        let channels: [any NoticeChannel] = try (0..<8).map { _ in try channel(.seconds(2)) } + [quick]
        let views = try await world.service.notices.test(over: channels, as: Self.me)
        #expect(views.map(\.code) == Array(repeating: Cause?.some(.timedOut), count: 8) + [nil])
        // One after the other would take 16 seconds.
        #expect(start.duration(to: .now) < .seconds(14))
        await transports.close()
        await server.close()
    }
}
