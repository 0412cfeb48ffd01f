internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// Notices that running servers send on their own, and the certificate check.
@Suite struct ServedNoticeTests {
    private static let secret = "0123456789abcdef0123456789abcdef"

    /// Creates a key, and a certificate for it that expires in a number of days.
    private static let maker = """
        import datetime, sys
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import rsa
        key = rsa.generate_private_key(65537, 2048)
        now = datetime.datetime.now(datetime.timezone.utc)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "acme")])
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=300))
            .not_valid_after(now + datetime.timedelta(days=float(sys.argv[1]), minutes=5)).sign(key, hashes.SHA256()))
        open(sys.argv[2], "wb").write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        open(sys.argv[3], "wb").write(made.public_bytes(serialization.Encoding.PEM))
        """

    private func home(daysLeft: Double, environment: [String: String] = [:]) async throws -> AprityProcess {
        let aprity = try AprityProcess(environment: environment)
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "acme", "--login-host", "https://acme.my.salesforce.com", "--username",
            "i@acme.example",
        ])
        let (key, certificate) = (aprity.path("imported.key"), aprity.path("imported.crt"))
        _ = try await OutsideTool(ForeignProgram.python()).output(["-c", Self.maker, "\(daysLeft)", key, certificate])
        try await aprity.succeed([
            "certificate", "import", "acme", "--key", key, "--certificate", certificate,
        ])
        return aprity
    }

    @Test("Two servers on one store send a notice once and signed, and a restart does not repeat it")
    func once() async throws {
        let folder = try TemporaryFolder()
        let options: [String: Any] = ["webhook": ["secret": Self.secret]]
        try await NoticeReceivers.run(options, in: folder) { receivers in
            let aprity = try await home(
                daysLeft: 5,
                environment: [
                    "APRITY_NOTIFY_WEBHOOK": "http://127.0.0.1:\(receivers.ports.webhook ?? 0)/hook/of/secret?k=v",
                    "APRITY_NOTIFY_WEBHOOK_SECRET_FILE": try folder.file("secret", Self.secret + "\n"),
                ])
            try await aprity.serving(["serve", "--port", "0"]) { _ in
                try await aprity.serving(["serve", "--port", "0"]) { _ in
                    try await receivers.wait(for: 1, "webhook")
                    try await Task.sleep(for: .milliseconds(700))
                }
            }
            try await aprity.serving(["serve", "--port", "0"]) { _ in try await Task.sleep(for: .milliseconds(700)) }
            let hooks = try receivers.received("webhook")
            #expect(hooks.count == 1)
            #expect(hooks.first?["signed"] as? Bool == true)
            #expect(hooks.first?["path"] as? String == "/hook/of/secret?k=v")
            let body = try #require(hooks.first?["body"] as? [String: Any])
            #expect(body["type"] as? String == "certificateExpiry")
            let data = try #require(body["data"] as? [String: Any])
            #expect(data["days"] as? Int == 7)
            #expect(data["connections"] as? [String] == ["acme"])
            let listed = try await aprity.run("notify", "list", "--json")
            let notices = try #require(try listed.json()["notices"] as? [[String: Any]])
            #expect(notices.count == 1)
            #expect(notices.first?["state"] as? String == "sent")
            #expect(notices.first?["id"] as? String == hooks.first?["id"] as? String)
            let config = try await aprity.run("config")
            for text in [listed.stdout, config.stdout] {
                #expect(!text.contains("of/secret"))
                #expect(!text.contains(Self.secret))
            }
            let audit = try await aprity.run("audit", "list", "--json")
            #expect(audit.stdout.contains("noticeSent"))
            #expect(!audit.stdout.contains("of/secret"))
        }
    }

    @Test("A Slack webhook needs no secret, and its URL can come from a file")
    func slack() async throws {
        let folder = try TemporaryFolder()
        try await NoticeReceivers.run(["webhook": ["statuses": [404], "body": "no_service"]], in: folder) { receivers in
            let url = "http://127.0.0.1:\(receivers.ports.webhook ?? 0)/services/T0/B0/token"
            let aprity = try AprityProcess(environment: [
                "APRITY_NOTIFY_WEBHOOK_FILE": try folder.file("url", url + "\n"),
                "APRITY_NOTIFY_WEBHOOK_FORMAT": "slack",
            ])
            try await aprity.succeed(["init"])
            let first = try await aprity.run("notify", "test")
            #expect(first.status == 1)
            #expect(first.stdout.contains("webhookMissing (HTTP status 404: no_service)"))
            #expect(first.stderr.contains("Create a new webhook at the receiver"))
            let check = try await aprity.run("certificate", "check", "--all")
            #expect(check.status == 1)
            #expect(check.stderr.contains("have failed since"))
            // The answer is kept, and "no_service" is not what Slack answers to an accepted message.
            #expect(
                try await aprity.run("notify", "test").stdout.contains("noticeRefused (HTTP status 200: no_service)"))
            let hooks = try receivers.received("webhook")
            #expect(hooks.map { $0["hasSignature"] as? Bool } == [false, false])
            let text = (hooks.last?["body"] as? [String: Any])?["text"] as? String
            #expect(text?.hasPrefix("aprity: test notice\n") == true)
            #expect(!(first.stdout + first.stderr + check.stderr).contains("/services"))
        }
    }

    @Test("A webhook that is down or has an untrusted certificate is reported, and a short secret is rejected")
    func unreachable() async throws {
        let folder = try TemporaryFolder()
        let tls = try await NoticeAuthority(in: folder)
        let secret = try folder.file("secret", Self.secret)
        let options: [String: Any] = [
            "webhook": ["secret": Self.secret, "certificate": tls.certificate, "key": tls.key]
        ]
        try await NoticeReceivers.run(options, in: folder) { receivers in
            var environment = [
                "APRITY_NOTIFY_WEBHOOK": "https://localhost:\(receivers.ports.webhook ?? 0)/",
                "APRITY_NOTIFY_WEBHOOK_SECRET_FILE": secret,
            ]
            func test() async throws -> AprityProcess.Outcome {
                let aprity = try AprityProcess(environment: environment)
                try await aprity.succeed(["init"])
                return try await aprity.run("notify", "test")
            }
            let untrusted = try await test()
            #expect(untrusted.stdout.contains("serverNotTrusted"))
            #expect(untrusted.stderr.contains("APRITY_NOTIFY_WEBHOOK_CA_FILE"))
            #expect(untrusted.stderr.contains("SSL_CERT_FILE"))
            environment["SSL_CERT_FILE"] = tls.authority
            #expect(try await test().status == 0)
            environment["SSL_CERT_FILE"] = nil
            environment["APRITY_NOTIFY_WEBHOOK_CA_FILE"] = tls.authority
            #expect(try await test().status == 0)
            environment["APRITY_NOTIFY_WEBHOOK"] = "http://127.0.0.1:1/"
            #expect(try await test().stdout.contains("connectionRefused"))
            environment["APRITY_NOTIFY_WEBHOOK_SECRET_FILE"] = try folder.file("short", "tooshort\n")
            let short = try await test()
            #expect(short.status == 78)
            #expect(!short.stderr.contains("tooshort"))
        }
    }

    @Test(
        "The check exits with 0 or 1, or, for Nagios, with 0, 1, 2 and, after any failure, 3",
        arguments: [(300, 0, 0), (20, 1, 1), (5, 1, 2), (-3, 1, 2)] as [(Double, Int32, Int32)])
    func check(_ days: Double, _ plain: Int32, _ nagios: Int32) async throws {
        let aprity = try await home(daysLeft: days)
        let first = try await aprity.run("certificate", "check", "--all")
        #expect(first.status == plain, "\(first.stdout)")
        let second = try await aprity.run("certificate", "check", "acme", "--nagios")
        #expect(second.status == nagios)
        let word = ["OK", "WARNING", "CRITICAL"][Int(nagios)]
        #expect(second.stdout.hasPrefix("CERTIFICATE \(word) - "))
        #expect(second.stdout.contains(" | 'acme'=\(Int(days));30:;7:\n"), "\(second.stdout)")
        #expect(second.stdout.split(separator: "\n").count == 1)
        #expect(second.stderr.isEmpty)
        for wrong in [
            ["certificate", "check", "nobody", "--nagios"], ["certificate", "check", "--nagios"],
            ["certificate", "check", "--all", "--nagios", "--warn", "x"],
            ["certificate", "check", "--all", "--nagios", "--warn", "1", "--critical", "2"],
            ["certificate", "check", "--all", "--nagios", "--home", "/nonexistent"],
        ] {
            let result = try await aprity.run(wrong)
            #expect(result.status == 3, "\(wrong)")
            #expect(result.stdout.hasPrefix("CERTIFICATE UNKNOWN - "), "\(wrong)")
        }
    }
}
