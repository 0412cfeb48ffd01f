internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// The output of `aprity config` about proxies and certificate authorities.
@Suite struct ConfigTests {
    private func setting(_ name: String, _ outcome: AprityProcess.Outcome) throws -> [String: String]? {
        let all = try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [[String: String]] ?? []
        return all.first { $0["name"] == name }
    }

    @Test(
        "The command shows which proxy a host uses, and why",
        arguments: [
            ("acme.my.salesforce.com", "proxyFor acme.my.salesforce.com", "proxy.example:3128", "all_proxy"),
            ("https://hooks.acme.example/", "proxyFor hooks.acme.example", "none", "NO_PROXY: *.acme.example"),
            ("https://10.1.2.3:8443", "proxyFor 10.1.2.3:8443", "none", "NO_PROXY: 10.0.0.0/8"),
            ("http://127.0.0.1:7412", "proxyFor 127.0.0.1:7412", "none", "this machine"),
        ])
    func route(_ host: String, _ name: String, _ value: String, _ source: String) async throws {
        let aprity = try AprityProcess(environment: [
            "HTTPS_PROXY": "", "all_proxy": "http://me:hidden@proxy.example:3128",
            "NO_PROXY": "*.acme.example, 10.0.0.0/8",
        ])
        let outcome = try await aprity.run("config", "--host", host, "--json")
        #expect(outcome.status == 0)
        #expect(try setting(name, outcome) == ["name": name, "value": value, "source": source])
        #expect(try setting("httpsProxy", outcome)?["source"] == "all_proxy")
        let shown = try await aprity.run("config", "--host", host)
        #expect(shown.stdout.contains(name))
        #expect(!(shown.stdout + outcome.stdout + outcome.stderr).contains("hidden"))
    }

    @Test("The command warns of invalid entries of NO_PROXY, and shows which certificate authorities are trusted")
    func others() async throws {
        let aprity = try AprityProcess(environment: [
            "NO_PROXY": "acme.example,*b.example", "SSL_CERT_FILE": "/etc/acme/ca.pem",
        ])
        let outcome = try await aprity.run("config", "--json")
        #expect(outcome.status == 0)
        #expect(outcome.stderr.contains("NO_PROXY: *b.example is not a host"))
        #expect(try setting("noProxy", outcome)?["value"] == "acme.example,*b.example")
        #expect(try setting("sslCertFile", outcome)?["value"] == "/etc/acme/ca.pem")
        #expect(try setting("sslCertDir", outcome)?["value"] == "the system's")
    }

    @Test(
        "It warns of values that commands reject",
        arguments: [
            (["APRITY_PORT": "70000"], "APRITY_PORT: The port must be from 0 to 65535"),
            (["APRITY_KEY_STORE": "safe"], "APRITY_KEY_STORE: The key store must be one of sealed, "),
            (["APRITY_SMTP_URL": "smtp://mail.example:25"], "APRITY_SMTP_FROM: It is not set."),
        ] as [([String: String], String)])
    func wrongValues(_ variables: [String: String], _ words: String) async throws {
        let outcome = try await AprityProcess(environment: variables).run("config", "--json")
        #expect(outcome.status == 0)
        #expect(outcome.stderr.contains(words), "\(outcome.stderr)")
        #expect(try setting("home", outcome) != nil)
    }

    @Test("It warns of nothing if everything is right")
    func rightValues() async throws {
        let aprity = try AprityProcess(environment: [
            "APRITY_PORT": "7500", "APRITY_SMTP_URL": "smtp://mail.example:25", "APRITY_SMTP_FROM": "a@b.example",
            "APRITY_SMTP_TO": "c@d.example",
        ])
        #expect(try await aprity.run("config").stderr.isEmpty)
    }

    @Test("The hint about a malformed configuration file does not name the command that fails for the same reason")
    func configurationFile() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try Data(#"{"home": 5}"#.utf8).write(to: URL(filePath: aprity.path("config/aprity/config.json")))
        let outcome = try await aprity.run("config")
        #expect(outcome.status == 78)
        #expect(
            outcome.stderr.contains(
                "hint: Correct the file, or move it away. Until then, `aprity config` fails too."), "\(outcome.stderr)")
    }

    @Test("An unescaped password in a proxy's URL is reported and never shown")
    func unescaped() async throws {
        let aprity = try AprityProcess(environment: ["HTTPS_PROXY": "http://me:hid#den@proxy.example:3128"])
        let outcome = try await aprity.run("config", "--host", "acme.my.salesforce.com")
        #expect(outcome.status == 78)
        #expect(outcome.stderr.contains("HTTPS_PROXY"))
        #expect(outcome.stderr.contains("%23"))
        let shown = try await aprity.run("config")
        #expect(shown.status == 0)
        #expect(shown.stdout.contains("malformed"))
        #expect(!(outcome.stdout + outcome.stderr + shown.stdout + shown.stderr).contains("den"))
    }

    @Test("A damaged file of certificate authorities is reported with its name and the damaged place")
    func authorities() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
        for (text, words) in [("", "The file is empty."), ("# Ours\n" + damaged, "Certificate 1 (line 2) is damaged.")]
        {
            try Data(text.utf8).write(to: URL(filePath: aprity.path("ca.pem")))
            let outcome = try await aprity.run([
                "connection", "add", "acme", "--login-host", "https://acme.my.salesforce.com", "--username",
                "i@a.example",
                "--ca-file", "ca.pem", "--json",
            ])
            #expect(outcome.status == 65, "\(outcome.stderr)")
            #expect(outcome.stderr.contains("ca.pem: \(words)"), "\(outcome.stderr)")
            #expect(try outcome.json()["code"] as? String == "certificateMalformed")
        }
    }
}
