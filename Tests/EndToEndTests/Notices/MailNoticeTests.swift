internal import ConnectedAppHTTP
internal import ConnectedAppMail
internal import ConnectedAppTesting
internal import Foundation
internal import Testing

@testable internal import ConnectedApp

/// Notices by mail from the built program to an independent mail server.
@Suite struct MailNoticeTests {
    private static let password = "correct horse battery staple 7"

    private let folder: TemporaryFolder
    private let tls: NoticeAuthority

    init() async throws {
        folder = try TemporaryFolder()
        tls = try await NoticeAuthority(in: folder)
    }

    private func mail(_ kind: String, _ more: [String: Any] = [:]) -> [String: Any] {
        let own: [String: Any] = ["tls": kind, "certificate": tls.certificate, "key": tls.key]
        return ["mail": own.merging(more) { $1 }]
    }

    private func environment(
        _ receivers: NoticeReceivers, scheme: String = "smtp", to: String = "ops@acme.example", password: String? = nil,
        host: String = "127.0.0.1"
    ) throws -> [String: String] {
        var environment = [
            "APRITY_SMTP_URL": "\(scheme)://\(host):\(receivers.ports.mail ?? 0)",
            "APRITY_SMTP_FROM": "aprity@acme.example", "APRITY_SMTP_TO": to, "APRITY_SMTP_CA_FILE": tls.authority,
        ]
        if let password {
            environment["APRITY_SMTP_USERNAME"] = "aprity"
            environment["APRITY_SMTP_PASSWORD_FILE"] = try folder.file("password", password + "\n")
        }
        return environment
    }

    private struct Tested {
        let status: Int32
        let views: [[String: Any]]
        let said: String
        var states: [String?] { views.map { $0["state"] as? String } }
        var codes: [String?] { views.map { $0["code"] as? String } }
        func reply(_ index: Int = 0) -> String { views[index]["reply"] as? String ?? "" }
    }

    private func test(_ environment: [String: String]) async throws -> Tested {
        let aprity = try AprityProcess(environment: environment)
        try await aprity.succeed(["init"])
        let result = try await aprity.run("notify", "test", "--json")
        let listed = try await aprity.run("notify", "list", "--json")
        let config = try await aprity.run("config", "--json")
        // The password is in no output and in no file of the store.
        let files = try FileManager.default.subpathsOfDirectory(atPath: aprity.home).compactMap {
            FileManager.default.contents(atPath: aprity.home + "/" + $0)
        }
        let everything = [result.stdout, result.stderr, listed.stdout, listed.stderr, config.stdout, config.stderr]
        let all = everything.map { Data($0.utf8) } + files
        let encoded = Data(Self.password.utf8).base64EncodedData()
        for data in all {
            #expect(data.range(of: Data(Self.password.utf8)) == nil)
            #expect(data.range(of: encoded) == nil)
        }
        let views = try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) as? [[String: Any]] ?? []
        #expect(try listed.json()["notices"].flatMap { $0 as? [Any] }?.count == views.count)
        return Tested(status: result.status, views: views, said: result.stderr)
    }

    @Test("Mail is sent over STARTTLS or implicit TLS, with AUTH, separately to each recipient")
    func sent() async throws {
        for (kind, scheme) in [("starttls", "smtp"), ("implicit", "smtps")] {
            let options = mail(kind, ["user": "aprity", "password": Self.password])
            try await NoticeReceivers.run(options, in: folder) { receivers in
                let tested = try await test(
                    environment(
                        receivers, scheme: scheme, to: "ops@acme.example, second@acme.example", password: Self.password)
                )
                #expect(tested.status == 0, "\(kind): \(tested.views)")
                #expect(tested.states == ["sent", "sent"], "\(kind): \(tested.views)")
                let mails = try receivers.received("mail")
                let recipients = mails.compactMap { $0["to"] as? [String] }
                #expect(mails.count == 2)
                #expect(Set(recipients) == [["ops@acme.example"], ["second@acme.example"]])
                for mail in mails {
                    #expect(mail["tls"] as? Bool == true)
                    #expect(mail["login"] as? Bool == true)
                    let text = mail["text"] as? String ?? ""
                    #expect(text.contains("Subject: aprity: test notice\r\n"))
                    #expect(text.contains("Auto-Submitted: auto-generated\r\n"))
                    #expect(text.contains("\r\nThis is a test"))
                }
            }
        }
    }

    @Test(
        "A server without STARTTLS, with an untrusted certificate or with another name gets no notice and no password"
    )
    func wrongTLS() async throws {
        let other = try await NoticeAuthority(in: folder)
        let wrongName = try await NoticeAuthority(in: folder, name: "DNS:other.example")
        let login: [String: Any] = ["user": "aprity", "password": Self.password]
        for (options, authority, code) in [
            (mail("none", login), tls.authority, "startTLSMissing"),
            (mail("starttls", login), other.authority, "serverNotTrusted"),
            (mail("implicit", login), other.authority, "serverNotTrusted"),
            (
                mail("starttls", login.merging(["certificate": wrongName.certificate, "key": wrongName.key]) { $1 }),
                wrongName.authority, "serverNotTrusted"
            ),
        ] {
            try await NoticeReceivers.run(options, in: folder) { receivers in
                let kind = (options["mail"] as? [String: Any])?["tls"] as? String
                var environment = try environment(
                    receivers, scheme: kind == "implicit" ? "smtps" : "smtp", password: Self.password)
                environment["APRITY_SMTP_CA_FILE"] = authority
                let tested = try await test(environment)
                #expect(tested.status == 1, "\(tested.views)")
                #expect(tested.codes == [code], "\(tested.views)")
                #expect(tested.said.contains("APRITY_SMTP_"), "\(tested.said)")
                #expect(!tested.said.contains("--ca-file"), "\(tested.said)")
                #expect(tested.said.contains("SSL_CERT_FILE") == (code == "serverNotTrusted"))
                #expect(try receivers.received("mail").isEmpty)
                #expect(try receivers.received("login").isEmpty)
            }
        }
    }

    @Test("A private mail server is trusted by APRITY_SMTP_CA_FILE in DER, and by SSL_CERT_FILE")
    func trusted() async throws {
        let der = folder.path + "/authority.der"
        _ = try await OutsideTool.openssl.output(["x509", "-in", tls.authority, "-outform", "der", "-out", der])
        try await NoticeReceivers.run(mail("starttls"), in: folder) { receivers in
            for (variable, path) in [
                ("APRITY_SMTP_CA_FILE", der), ("SSL_CERT_FILE", tls.authority), ("SSL_CERT_FILE", der),
            ] {
                var environment = try environment(receivers)
                environment["APRITY_SMTP_CA_FILE"] = nil
                environment[variable] = path
                let tested = try await test(environment)
                #expect(tested.status == 0, "\(variable): \(tested.views) \(tested.said)")
            }
        }
    }

    @Test("An unusable file of certificate authorities is reported with its setting")
    func unusableAuthorities() async throws {
        try await NoticeReceivers.run(mail("starttls"), in: folder) { receivers in
            var environment = try environment(receivers)
            environment["APRITY_SMTP_CA_FILE"] = "/nowhere/ca.pem"
            let aprity = try AprityProcess(environment: environment)
            try await aprity.succeed(["init"])
            let result = try await aprity.run("notify", "test")
            #expect(result.status == 78)
            #expect(result.stderr.contains("APRITY_SMTP_CA_FILE: /nowhere/ca.pem"), "\(result.stderr)")
        }
    }

    @Test("A wrong password has its own cause, and the right one works at the next attempt")
    func wrongPassword() async throws {
        let options = mail("starttls", ["user": "aprity", "password": Self.password])
        try await NoticeReceivers.run(options, in: folder) { receivers in
            let tested = try await test(environment(receivers, password: "another one"))
            #expect(tested.status == 1)
            #expect(tested.codes == ["noticeLoginRefused"])
            #expect(tested.reply() == "535")
            #expect(tested.said.contains("APRITY_SMTP_PASSWORD_FILE"))
            #expect(try receivers.received("mail").isEmpty)
        }
    }

    @Test(
        "A server that echoes AUTH is not quoted, whatever the username's length",
        arguments: ["a", "ab", "abc"], [("login", "535"), ("recipient", "(not shown)")])
    func repeatedCredentials(_ user: String, _ refusal: (at: String, reply: String)) async throws {
        let options = mail("starttls", ["user": user, "password": Self.password, "repeat": refusal.at])
        try await NoticeReceivers.run(options, in: folder) { receivers in
            var environment = try environment(receivers, password: Self.password)
            environment["APRITY_SMTP_USERNAME"] = user
            let tested = try await test(environment)
            #expect(tested.reply() == refusal.reply)
            let sent = Data("\0\(user)\0\(Self.password)".utf8).base64EncodedString()
            let piece = sent.dropFirst(8).prefix(12)
            #expect(!"\(tested.views) \(tested.said)".contains(piece))
        }
    }

    @Test(
        "A password with an invisible character, on several lines or in another case is not quoted either",
        arguments: ["unseen", "pieces", "capitals"])
    func repeatedOtherwise(_ form: String) async throws {
        let options = mail("starttls", ["user": "aprity", "password": Self.password, "repeat": form])
        try await NoticeReceivers.run(options, in: folder) { receivers in
            let tested = try await test(environment(receivers, password: Self.password))
            #expect(tested.codes == ["noticeRefused"])
            #expect(tested.reply() == "(not shown)")
        }
    }

    @Test("A password file that others can read is rejected")
    func readablePassword() async throws {
        let file = try folder.file("password", Self.password + "\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        let aprity = try AprityProcess(environment: [
            "APRITY_SMTP_URL": "smtp://127.0.0.1:2525", "APRITY_SMTP_FROM": "a@b.example",
            "APRITY_SMTP_TO": "c@d.example", "APRITY_SMTP_USERNAME": "aprity", "APRITY_SMTP_PASSWORD_FILE": file,
        ])
        try await aprity.succeed(["init"])
        let result = try await aprity.run("notify", "test", "--json")
        #expect(result.status == 78)
        #expect(result.stderr.contains("APRITY_SMTP_PASSWORD_FILE: The mode of "))
    }

    @Test("A refused recipient does not affect the others, and the server's reply is stored")
    func refused() async throws {
        let options = mail("starttls", ["refuse": ["gone@acme.example"]])
        try await NoticeReceivers.run(options, in: folder) { receivers in
            let tested = try await test(environment(receivers, to: "gone@acme.example,ops@acme.example"))
            #expect(tested.status == 1)
            #expect(tested.states == ["givenUp", "sent"])
            #expect(tested.codes == ["noticeRefused", nil])
            #expect(tested.reply() == "550 5.1.1 no such mailbox")
        }
    }

    @Test(
        "A temporary refusal is retried; a mechanism that is too weak or needs TLS is reported",
        arguments: [
            ("454 4.7.0 later", "noticeRefused", "454: the server refuses the sign-in temporarily"),
            ("534 5.7.9 weak", "noticeLoginRefused", "534: the server requires a stronger mechanism"),
            ("538 5.7.11 clear", "noticeLoginRefused", "538: the server requires encryption for this mechanism"),
        ])
    func authReplies(_ answer: String, _ code: String, _ reply: String) async throws {
        let options = mail("starttls", ["user": "aprity", "password": Self.password, "authReply": answer])
        try await NoticeReceivers.run(options, in: folder) { receivers in
            let tested = try await test(environment(receivers, password: Self.password))
            #expect(tested.codes == [code])
            #expect(tested.reply() == reply)
            #expect(Cause(rawValue: code)?.entry.retry == answer.hasPrefix("4"))
        }
    }

    @Test(
        "A URL with the scheme of the other TLS mode gets a hint with the right scheme",
        arguments: [("implicit", "smtp", "smtps", Cause.timedOut), ("starttls", "smtps", "smtp", .tlsFailed)])
    func wrongScheme(_ kind: String, _ scheme: String, _ right: String, _ code: Cause) async throws {
        try await NoticeReceivers.run(mail(kind), in: folder) { receivers in
            let world = try await TestWorld()
            let views = try await world.service.notices.test(
                over: [channel(receivers, scheme: scheme, limit: .seconds(3))], as: Principal(.commandLine, name: "me"))
            #expect(views.map(\.code) == [code])
            #expect(views[0].reply?.hasSuffix("write \(right)://127.0.0.1:\(receivers.ports.mail ?? 0)") == true)
            #expect(views[0].remedy?.contains("smtps://") == true)
        }
    }

    @Test("A failure without a server's reply has libcurl's message")
    func failureWords() async throws {
        let world = try await TestWorld()
        let channel = try channel(url: "smtp://127.0.0.1:1", limit: .seconds(5))
        let views = try await world.service.notices.test(over: [channel], as: Principal(.commandLine, name: "me"))
        #expect(views.map(\.code) == [.connectionRefused])
        #expect(views[0].reply?.contains("127.0.0.1 port 1") == true)
    }

    @Test("A temporary refusal of STARTTLS is retried, and nothing is sent without it")
    func startTLSLater() async throws {
        let login = ["user": "aprity", "password": Self.password]
        let options = mail("starttls", login.merging(["startTLSReply": "454 4.7.0 TLS not available"]) { $1 })
        try await NoticeReceivers.run(options, in: folder) { receivers in
            let tested = try await test(environment(receivers, password: Self.password))
            #expect(tested.codes == ["noticeRefused"])
            #expect(tested.reply() == "454 4.7.0 TLS not available")
            #expect(try receivers.received("login").isEmpty)
        }
    }

    @Test("All lines of a refusal are stored as one text")
    func severalLines() async throws {
        let options = mail("starttls", ["refusal": "550-5.7.26 not authenticated\r\n550 5.7.26 see the guide"])
        try await NoticeReceivers.run(options, in: folder) { receivers in
            let tested = try await test(environment(receivers))
            #expect(tested.reply() == "550 5.7.26 not authenticated see the guide")
        }
    }

    private func channel(
        _ receivers: NoticeReceivers, scheme: String = "smtp", limit: Duration = .seconds(20)
    ) throws -> MailChannel {
        try channel(url: "\(scheme)://127.0.0.1:\(receivers.ports.mail ?? 0)", limit: limit)
    }

    private func channel(url: String, limit: Duration) throws -> MailChannel {
        MailChannel(
            try MailServer(
                url: url, source: "test",
                authorities: .only(pem: CertificateAuthorities(file: tls.authority).pem)),
            from: try MailAddress("aprity@acme.example", source: "test"),
            to: try MailAddress("ops@acme.example", source: "test"), limit: limit)
    }

    @Test("A greylisting server gets the notice once, at the next attempt, with the same Message-ID")
    func greylisted() async throws {
        let world = try await TestWorld.connected(.test("acme", consumerKey: nil))
        world.time.advance(by: .seconds(360 * 86_400))
        try await NoticeReceivers.run(mail("starttls", ["greylist": 2]), in: folder) { receivers in
            let channel = try channel(receivers)
            var failures: [NoticeView] = []
            for _ in 0..<12 {
                failures += try await world.service.notices.sendDue(
                    over: [channel], as: Principal(.schedule, name: "test"))
                world.time.advance(by: .seconds(60))
            }
            #expect(failures.map(\.reply) == Array(repeating: "450 4.2.0 greylisted, come back later", count: 2))
            #expect(failures.allSatisfy { $0.state == .waiting && $0.code == .noticeRefused })
            let mails = try receivers.received("mail")
            #expect(mails.count == 1)
            #expect((mails.first?["text"] as? String)?.contains("Message-ID: <\(failures[0].id)@acme.example>") == true)
            #expect(
                (mails.first?["text"] as? String)?.contains("The certificate of acme expires in 5 days") == true)
        }
    }

    @Test("A slow server times out, and cancelling ends the conversation")
    func slow() async throws {
        try await NoticeReceivers.run(mail("starttls", ["slow": 30]), in: folder) { receivers in
            let world = try await TestWorld()
            let start = ContinuousClock.now
            let views = try await world.service.notices.test(
                over: [channel(receivers, limit: .seconds(1))], as: Principal(.commandLine, name: "me"))
            #expect(views.map(\.code) == [.timedOut])
            let long = try channel(receivers)
            let sending = Task {
                try await world.service.notices.test(over: [long], as: Principal(.commandLine, name: "me"))
            }
            try await Task.sleep(for: .milliseconds(300))
            sending.cancel()
            _ = try? await sending.value
            #expect(start.duration(to: .now) < .seconds(15))
        }
    }

    @Test(
        "A server with only unsupported mechanisms gets no password, and is reported",
        arguments: ["XOAUTH2", "GSSAPI NTLM OAUTHBEARER"])
    func mechanisms(_ offered: String) async throws {
        let options = ["user": "aprity", "password": Self.password, "mechanisms": offered]
        try await NoticeReceivers.run(mail("starttls", options), in: folder) { receivers in
            let tested = try await test(environment(receivers, password: Self.password))
            #expect(tested.codes == ["noticeLoginUnsupported"])
            #expect(tested.reply() == "AUTH " + offered)
            #expect(tested.said.contains("SMTP AUTH with PLAIN or LOGIN"))
            #expect(try receivers.received("login").isEmpty)
        }
    }

    @Test("Display names and internationalised domains are encoded for mail")
    func names() async throws {
        try await NoticeReceivers.run(mail("starttls"), in: folder) { receivers in
            let to = #""Ops, \"night\"" <ops@acme.example>, Größe & Söhne <post@bücher.example>, <plain@acme.example>"#
            let tested = try await test(environment(receivers, to: to))
            #expect(tested.states == ["sent", "sent", "sent"])
            // The recipients are served in parallel.
            let mails = try receivers.received("mail").sorted { recipient($0) < recipient($1) }
            #expect(
                mails.map { $0["to"] as? [String] } == [
                    ["ops@acme.example"], ["plain@acme.example"], ["post@xn--bcher-kva.example"],
                ])
            let texts = mails.compactMap { $0["text"] as? String }
            try #require(texts.count == 3)
            #expect(texts[0].contains(#"To: "Ops, \"night\"" <ops@acme.example>"#))
            #expect(texts[2].contains("To: =?UTF-8?B?R3LDtsOfZSAmIFPDtmhuZQ==?= <post@xn--bcher-kva.example>"))
            #expect(texts[1].contains("To: <plain@acme.example>"))
            #expect(texts.allSatisfy { $0.contains("From: aprity <aprity@acme.example>") })
        }
    }

    private func recipient(_ mail: [String: Any]) -> String { (mail["to"] as? [String])?.first ?? "" }

    @Test("An invalid mail server, address or TLS setting is reported with its setting")
    func malformed() async throws {
        let right = [
            "APRITY_SMTP_URL": "smtp://127.0.0.1:2525", "APRITY_SMTP_FROM": "a@b.example",
            "APRITY_SMTP_TO": "c@d.example",
        ]
        for (name, value) in [
            ("APRITY_SMTP_URL", "http://127.0.0.1"), ("APRITY_SMTP_URL", "smtp://user:secret@mail.example"),
            ("APRITY_SMTP_TO", "c@d.example\r\nRCPT TO:<x@y.example>"), ("APRITY_SMTP_FROM", "a@b.example>"),
            ("APRITY_SMTP_FROM", "größe@b.example"), ("APRITY_SMTP_TO", "c@-.example@d"),
            ("APRITY_SMTP_TO", "x@y <c@d.example>"),
            ("APRITY_SMTP_TO", "c@d.example,c@d.example"), ("APRITY_SMTP_TLS", "perhaps"),
            ("APRITY_SMTP_FROM", "a b@c.example"),
        ] {
            let aprity = try AprityProcess(environment: right.merging([name: value]) { $1 })
            try await aprity.succeed(["init"])
            let result = try await aprity.run("notify", "test", "--json")
            #expect(result.status == 78, "\(name) \(value)")
            #expect(try result.json()["code"] as? String == "configurationMalformed")
            #expect(result.stderr.contains(name))
            #expect(!result.stderr.contains("secret"))
            #expect(!result.stdout.contains("secret"))
        }
        let open = try AprityProcess(
            environment: right.merging(["APRITY_SMTP_URL": "smtp://mail.example", "APRITY_SMTP_TLS": "none"]) { $1 })
        try await open.succeed(["init"])
        #expect(try await open.run("notify", "test").status == 78)
    }
}
