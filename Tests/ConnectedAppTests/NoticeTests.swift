import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

/// A channel that answers from a script and records its attempts.
final class ScriptedChannel: NoticeChannel {
    let address: NoticeAddress
    private let script: @Sendable (Notice) -> NoticeFailure?
    private let seen = Mutex<[(notice: Notice, at: Date)]>([])

    init(
        _ destination: String = "ops@acme.example", kind: NoticeChannelKind = .mail,
        _ script: @escaping @Sendable (Notice) -> NoticeFailure? = { _ in nil }
    ) {
        address = NoticeAddress(kind, destination)
        self.script = script
    }

    var attempts: [(notice: Notice, at: Date)] { seen.withLock { $0 } }
    var days: [Int?] { attempts.map(\.notice.content.lead?.days) }

    func send(_ notice: Notice, at now: Date) async throws(NoticeFailure) {
        seen.withLock { $0.append((notice, now)) }
        // Lets two senders meet.
        await Task.yield()
        if let failure = script(notice) { throw failure }
    }
}

@Suite("Notices before a certificate expires")
struct NoticeTests {
    private static let me = Principal(.commandLine, name: "me")
    private static let schedule = [60, 30, 14, 7, 3, 1, 0, -1]

    private func world(days: Int = 365) async throws -> TestWorld {
        let world = try await TestWorld()
        for (alias, other) in [("acme", nil), ("second", "acme")] as [(String, String?)] {
            _ = try await world.service.connections.add(
                .test(
                    alias, username: "\(alias)@acme.example", consumerKey: nil,
                    certificateDays: other == nil ? days : nil, sameAppAs: other), as: Self.me)
        }
        return world
    }

    @Test("An app with altered records is counted, and does not prevent notices about other apps")
    func altered() async throws {
        let world = try await world(days: 20)
        let other = try await world.service.connections.add(
            NewConnection(
                alias: "other", loginHost: "https://acme.my.salesforce.com", username: "o@acme.example",
                certificateDays: 20), as: Self.me)
        let appID = try await world.service.targets.preferred("acme").appID
        try await world.corrupt(.app, appID)
        world.time.advance(by: .seconds(18 * 86_400))
        let channel = ScriptedChannel()
        _ = try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(channel.attempts.map(\.notice.content.connections) == [[other.alias]])
        #expect(world.surroundings.troubles.counts[.notices] == 1)
    }

    /// Returns the service of another process on the same store.
    private func another(_ world: TestWorld) -> AppService {
        world.builder.process("another", .test(world.time, seed: 2)).service()
    }

    private func end(_ world: TestWorld) async throws -> Date {
        try await world.service.certificates.current(of: "acme", as: Self.me).notAfter
    }

    @Test("Each notice is sent once in a certificate's life, although two processes send at the same times")
    func onceEach() async throws {
        let world = try await world()
        let other = another(world)
        let channels = [ScriptedChannel(), ScriptedChannel("second@acme.example")]
        let end = try await end(world)
        for _ in 0..<(375 * 4) {
            async let first = world.service.notices.sendDue(over: channels, as: Self.me)
            async let second = other.notices.sendDue(over: channels, as: Self.me)
            _ = try await (first, second)
            world.time.advance(by: .seconds(6 * 3600))
        }
        for channel in channels {
            #expect(channel.days == Self.schedule)
            for (notice, at) in channel.attempts {
                let moment = end.addingTimeInterval(-86_400 * Double(notice.content.lead?.days ?? 0))
                #expect((0..<(6 * 3600)).contains(Int(at.timeIntervalSince(moment))))
                #expect(notice.content.connections == ["acme", "second"])
            }
        }
        let view = try await world.service.notices.view(over: channels, as: Self.me)
        #expect(view.notices.count == 16)
        #expect(view.notices.allSatisfy { $0.state == .sent && $0.attempts == 1 })
        #expect(view.warnings == [])
        let events = try await world.store.events(limit: 100).filter { $0.act == .noticeSent }
        #expect(events.count == 16)
        #expect(events.allSatisfy { $0.outcome == "done" })
    }

    @Test("Missed notices are not sent later, and a short-lived certificate has no notices from before it was valid")
    func missed() async throws {
        let world = try await world(days: 20)
        let channel = ScriptedChannel()
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(channel.days == [])
        world.time.advance(by: .seconds(18 * 86_400))
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(channel.days == [3])
    }

    @Test("A greylisted notice is retried with growing pauses and the same id until it is accepted")
    func greylisted() async throws {
        let world = try await world()
        let answers = Mutex(5)
        let channel = ScriptedChannel { _ in
            answers.withLock { rest in
                rest -= 1
                return rest >= 0 ? NoticeFailure(.noticeRefused, reply: "450 later") : nil
            }
        }
        world.time.advance(by: .seconds(306 * 86_400))
        for _ in 0..<(24 * 60) {
            try await world.service.notices.sendDue(over: [channel], as: Self.me)
            world.time.advance(by: .seconds(60))
        }
        let times = channel.attempts.map { Int($0.at.timeIntervalSince(channel.attempts[0].at)) }
        #expect(times == [0, 60, 360, 1260, 4860, 4860 + 14_400])
        #expect(Set(channel.attempts.map(\.notice.id)).count == 1)
        let view = try await world.service.notices.view(over: [channel], as: Self.me)
        #expect(view.notices.first?.state == .sent)
        #expect(view.notices.first?.attempts == 6)
        #expect(view.warnings == [])
    }

    @Test(
        "A channel that refuses permanently is rarely tried and causes a warning; the next notice replaces its notice"
    )
    func refused() async throws {
        let world = try await world()
        let channel = ScriptedChannel { _ in NoticeFailure(.noticeLoginRefused, reply: "535 no", isPermanent: true) }
        world.time.advance(by: .seconds(306 * 86_400))
        for _ in 0..<24 {
            try await world.service.notices.sendDue(over: [channel], as: Self.me)
            world.time.advance(by: .seconds(3600))
        }
        #expect(channel.attempts.count == 4)
        let view = try await world.service.notices.view(over: [channel], as: Self.me)
        #expect(view.channels.first?.isFailing == true)
        #expect(view.warnings.first?.contains("noticeLoginRefused (535 no)") == true)
        let check = try await world.service.notices.checkCertificates(
            of: nil, ExpiryThresholds(), channels: [channel], as: Self.me)
        #expect(check.outcome == .warning)
        #expect(check.warnings == view.warnings)
        world.time.advance(by: .seconds(30 * 86_400))
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(channel.days == [60, 60, 60, 60, 30])
        let states = try await world.service.notices.view(over: [channel], as: Self.me).notices.map(\.state)
        #expect(states == [.waiting, .givenUp])
    }

    @Test("If a process dies while it sends a notice, another process sends it with the same id")
    func died() async throws {
        let world = try await world()
        let channel = ScriptedChannel()
        world.time.advance(by: .seconds(306 * 86_400))
        let now = world.time.now
        let certificate = try await world.service.certificates.current(of: "acme", as: Self.me)
        let content = NoticeContent(
            kind: .certificateExpiry, subject: "s", text: "t", connections: ["acme"],
            certificateSHA256: certificate.sha256, notAfter: certificate.notAfter,
            lead: .beforeExpiry(days: 60))
        try await world.records.write { writing in
            let appID = try #require(try writing.all(ConnectionRecord.self).first?.value.appID)
            var outbox = OutboxRecord(of: .app(appID))
            _ = outbox.claim(content, for: channel.address, at: now, id: "of the dead")
            try writing.save(outbox)
        }
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(channel.attempts.count == 0)
        world.time.advance(by: .seconds(601))
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        #expect(channel.attempts.map(\.notice.id) == ["of the dead"])
    }

    @Test("A new certificate has its own notices, and waiting ones about the former certificate are given up")
    func replaced() async throws {
        let world = try await world()
        let isDown = Mutex(true)
        let channel = ScriptedChannel { _ in isDown.withLock { $0 } ? NoticeFailure(.connectionRefused) : nil }
        world.time.advance(by: .seconds(306 * 86_400))
        try await world.service.notices.sendDue(over: [channel], as: Self.me)
        let key = try RSAKey(pem: TestKeys.third) { () throws(ConnectedAppError) in nil }
        let fresh = try await AppCertificate.selfSigned(
            publicKey: key.publicKey, signer: key, commonName: "acme", now: world.time.now, days: 61,
            randomBytes: world.surroundings.randomBytes)
        _ = try await world.service.certificates.importCredential(
            for: "acme", key: CredentialFile(pem: TestKeys.third), passphrase: nil,
            certificate: CredentialFile(Array(fresh.pem.utf8)), as: Self.me)
        isDown.withLock { $0 = false }
        for _ in 0..<(63 * 24) {
            try await world.service.notices.sendDue(over: [channel], as: Self.me)
            world.time.advance(by: .seconds(3600))
        }
        // A certificate that is valid for 61 days is due 20 days before it expires, when no other notice is sent.
        #expect(channel.days == [60, 60, 30, nil, 14, 7, 3, 1, 0, -1])
        #expect(channel.attempts.filter { $0.notice.content.kind == .rotationDue }.count == 1)
        #expect(channel.attempts.dropFirst().allSatisfy { $0.notice.content.certificateSHA256 == fresh.sha256 })
        let states = try await world.service.notices.view(over: [channel], as: Self.me).notices.map(\.state)
        #expect(states == Array(repeating: NoticeState.sent, count: 9) + [.givenUp])
    }

    @Test("The signature matches the published example of Standard Webhooks")
    func signature() throws {
        let secret = try WebhookSecret(line: Array("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8), source: "test")
        let signature = secret.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", time: "1614265330", body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        for short in ["", "short", "whsec_AAAA", "whsec_%%%"] {
            #expect(
                thrown { try WebhookSecret(line: Array(short.utf8), source: "S") }?.cause == .configurationMalformed)
        }
    }

    @Test(
        "A webhook's answer determines whether the failure is permanent",
        arguments: [
            (200, nil), (204, nil), (302, true), (404, true), (410, true), (429, false), (500, false), (503, false),
        ] as [(Int, Bool?)])
    func webhook(_ status: Int, _ isPermanent: Bool?) async throws {
        let transport = ScriptedTransport { _ in ScriptedAnswer(status, pieces: [Array("ok".utf8)]) }
        let receiver = try WebhookReceiver(
            url: "https://hooks.example/a/secret/path?x=1", shownAs: "URL", transports: OneTransport(transport))
        let channel = WebhookChannel(receiver, format: .slack, secret: nil)
        #expect(channel.address.destination == "hooks.example")
        let world = try await world()
        let views = try await world.service.notices.test(over: [channel], as: Self.me)
        #expect(views.map(\.state) == [isPermanent == nil ? .sent : .givenUp])
        #expect(transport.requests.map(\.head.path) == ["/a/secret/path?x=1"])
        let shown = String(decoding: try ViewJSON.encode(views), as: UTF8.self)
        #expect(!shown.contains("secret"))
    }

    @Test("A webhook is asked for an answer without a content coding, and an answer with one is not a success")
    func coding() async throws {
        let transport = ScriptedTransport { _ in
            ScriptedAnswer(200, headers: [.contentEncoding: "br"], pieces: [[0x8b, 0, 0x80, 0x6f, 0x6b, 3]])
        }
        let receiver = try WebhookReceiver(
            url: "https://hooks.example/a", shownAs: "URL", transports: OneTransport(transport))
        let world = try await world()
        let views = try await world.service.notices.test(
            over: [WebhookChannel(receiver, format: .slack, secret: nil)], as: Self.me)
        #expect(transport.requests.map { $0.head.headerFields[.acceptEncoding] } == ["identity"])
        #expect(views.map(\.code) == [.noticeRefused])
        #expect(views.first?.reply?.hasSuffix(": br") == true)
    }

    @Test(
        "A notice says in words what it is about",
        arguments: [
            (.certificateExpiry, 60, "the certificate expires in 60 days"),
            (.certificateExpiry, 1, "the certificate expires in 1 day"),
            (.certificateExpiry, 0, "the certificate expires"),
            (.certificateExpiry, -1, "the certificate expired a day ago"),
            (.rotationDue, nil, "the certificate is due to be replaced"),
            (.uploadMissing, 30, "the next certificate has not been uploaded for 30 days"), (.test, nil, "a test"),
        ] as [(NoticeKind, Int?, String)])
    func about(_ kind: NoticeKind, _ days: Int?, _ words: String) { #expect(kind.about(days: days) == words) }

    @Test("The names of kinds, channels and states in views and records do not change")
    func names() {
        #expect(NoticeKind.allCases.map(\.rawValue) == ["certificateExpiry", "rotationDue", "uploadMissing", "test"])
        #expect(NoticeChannelKind.allCases.map(\.rawValue) == ["mail", "webhook"])
        #expect(NoticeState.allCases.map(\.rawValue) == ["sending", "sent", "waiting", "givenUp"])
    }

    @Test(
        "An outbox of an earlier version can be read, and is stored unchanged",
        arguments: [
            ("0123456789abcdef0123456789abcdef", .app("0123456789abcdef0123456789abcdef"), "certificateExpiry", -1),
            ("0123456789abcdef0123456789abcdef", .app("0123456789abcdef0123456789abcdef"), "uploadMissing", 7),
            ("test", .tests, "test", nil),
        ] as [(String, OutboxRecord.Owner, String, Int?)])
    func storedOutbox(_ id: String, _ owner: OutboxRecord.Owner, _ kind: String, _ days: Int?) throws {
        let sha256 = days == nil ? "" : #""certificateSHA256":"ab","#
        let lead = days.map { #""days":\#($0),"# } ?? ""
        let stored =
            #"{"id":"\#(id)","notices":[{"address":{"destination":"a@b.example","kind":"mail"},"attempts":2,"#
            + #""cause":"timedOut","content":{\#(sha256)"connections":["acme"],\#(lead)"kind":"\#(kind)","subject":"s","#
            + #""text":"t"},"createdAt":100,"id":"n","lastAttempt":200,"nextAttempt":300,"reply":"r","state":"waiting"}]}"#
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        let outbox = try decoder.decode(OutboxRecord.self, from: Data(stored.utf8))
        #expect(outbox.owner == owner)
        #expect(outbox.recordID == id)
        #expect(outbox.notices.first?.content.lead?.days == days)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .secondsSince1970
        #expect(String(decoding: try encoder.encode(outbox), as: UTF8.self) == stored)
    }

    @Test("The thresholds apply to the day, and invalid ones are rejected")
    func thresholds() async throws {
        let world = try await world(days: 40)
        let before = [CertificateCheckView.Outcome.ok, .ok, .warning, .warning, .critical, .critical]
        for (days, outcome) in zip([0, 9.9, 0.2, 22.7, 0.3, 8], before) {
            world.time.advance(by: .seconds(Int64(days * 86_400)))
            let view = try await world.service.notices.checkCertificates(of: "acme", ExpiryThresholds(), as: Self.me)
            #expect(view.outcome == outcome, "\(view.certificates[0].daysLeft) days left")
        }
        for (warn, critical) in [(-1, 0), (5, 6), (4000, 1), (5, -1)] {
            #expect(thrown { try ExpiryThresholds(warn: warn, critical: critical) }?.cause == .usage)
        }
    }

    /// Remembers the hosts that were allowed for each transport.
    private final class RecordingTransports: TransportSource {
        private let seen = Mutex<[[AllowedHost]]>([])
        var allowed: [[AllowedHost]] { seen.withLock { $0 } }

        func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) -> any HTTPTransport {
            seen.withLock { $0.append(allowedHosts) }
            return ScriptedTransport { _ in ScriptedAnswer(200, pieces: []) }
        }
    }

    @Test(
        "Every name of this machine is treated the same: http is accepted, and no host has to be allowed",
        arguments: ["127.0.0.1", "127.0.0.2", "localhost", "localhost.", "LOCALHOST", "[::1]"])
    func loopback(_ name: String) throws {
        let transports = RecordingTransports()
        let receiver = try WebhookReceiver(url: "http://\(name):8080/in", shownAs: "URL", transports: transports)
        #expect(receiver.host.form == .loopback)
        #expect(transports.allowed == [[]])
    }

    @Test(
        "A full outbox that drops a notice that was not sent yet counts and logs this; a sent one is dropped silently")
    func fullOutbox() async throws {
        let world = try await world()
        let channel = ScriptedChannel()
        func sendTest() async throws -> Int? {
            _ = try await world.service.notices.test(over: [channel], as: Self.me)
            return world.surroundings.troubles.counts[.notices]
        }
        #expect(try await sendTest() == 0)
        let (address, now) = (channel.address, world.time.now)
        let content = try #require(channel.attempts.first).notice.content
        try await world.service.notices.records.write { writing in
            var outbox = OutboxRecord(of: .tests)
            for number in 0..<300 {
                let notice = outbox.claimTest(content, for: address, at: now, id: String(number))
                // The process that sent the first one died.
                if number > 0 { outbox.recordResult(notice.id, nil, at: now) }
            }
            try writing.save(outbox)
        }
        #expect(try await sendTest() == 1)
        #expect(try await sendTest() == 1)
    }
}
