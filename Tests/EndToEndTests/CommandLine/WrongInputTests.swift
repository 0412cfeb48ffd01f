internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// Each wrong input gets one clear sentence, one hint, and the exit status of its kind, and nothing is lost.
@Suite struct WrongInputTests {
    private static let usages = [
        ("budget set a --per-hour -1", "--per-hour must be from 1 to 3600"),
        ("budget set a --per-hour=-1", "--per-hour must be from 1 to 3600"),
        ("rotate advance a --wait -1", "--wait must be from 1 to 86400"),
        ("audit list --limit -1", "--limit must be from 1 to 100000"),
        ("serve --port -1", "The port must be from 0 to 65535"),
        ("serve --port -1", "hint: Correct --port."),
        ("health --port 0", "hint: Correct --port."),
        ("simulator --port 70000", "--port: The port must be from 0 to 65535"),
        ("simulator --port -1", "hint: Correct --port."),
        ("simulator --management-port 65537", "--management-port: The port must be from 0 to 65535"),
        ("simulator --proxy-port -1", "hint: Correct --proxy-port."),
        ("api-token add dash --expires 90", "'90' is not a lifetime. Write 1d to 366d, for example 90d."),
        ("api-token add dash --expires 0d", "'0d' is not a lifetime."),
        ("explain sigRefused", "There is no cause with this code. Did you mean "),
        ("explain sigRefused", "or `aprity explain`, which lists all codes."),
        ("explain recordalterd", "hint: Run `aprity explain recordAltered`, or"),
        ("explain x", "hint: Run `aprity explain`, which lists all codes."),
        ("certificate download a --next", "hint: To begin one, run `aprity rotate start a`."),
        ("audit verify --public-key zz", "hint: Copy the key from an earlier `aprity audit verify --json`"),
        ("connection remove a", "hint: Run the command at a terminal, or with --yes."),
        ("block a --all --reason x", "Give a connection's name or --all, not both."),
        ("block --reason x", "Give a connection's name, or --all."),
        ("--json connection list", "--json belongs after the command: aprity connection list --json."),
        ("connection --json list", "--json belongs after the command: aprity connection list --json."),
        ("audit list --act keyDestroied", "Did you mean keyDestroyed?"),
        ("audit list --act bogus", "The command's help lists the "),
        ("audit list --connection nope", "nope: There is no connection of this name."),
        ("connection set a --allow-host x.example --no-allow-host", "Give either --allow-host or --no-allow-host"),
        ("connection repin a --expect 00D000000000062EAA", "hint: Run `aprity test a`: its sign-in pins"),
        (
            "connection add b --same-app-as a --app-kind connected-app --login-host https://acme.my.salesforce.com --username i@b.example",
            "hint: Leave out --app-kind"
        ),
        ("connection show -a", "-a is not an option. A connection's name begins with a letter or digit."),
    ]

    @Test("Wrong usage is explained")
    func usage() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "a", "--login-host", "https://acme.my.salesforce.com", "--username", "i@a.example",
        ])
        for (arguments, words) in Self.usages {
            let outcome = try await aprity.run(arguments.split(separator: " ").map(String.init))
            #expect(outcome.status == 64, "\(arguments)")
            #expect((outcome.stderr + outcome.stdout).contains(words), "\(arguments): \(outcome.stderr)")
        }
    }

    @Test("A very long name is cut in the message, and an empty path is named")
    func lengths() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "a", "--login-host", "https://acme.my.salesforce.com", "--username", "i@a.example",
        ])
        let long = try await aprity.run("connection", "show", String(repeating: "x", count: 100_000))
        #expect(long.stderr.utf8.count < 5_000)
        #expect(long.stderr.contains("«cut: 100000 characters in all»"))
        let empty = try await aprity.run("certificate", "download", "a", "--out", "")
        #expect(empty.stderr.contains("an empty path: "))
        let other = try await aprity.run("app", "guide", "a", "--task", "migrate")
        #expect(other.status == 64)
        #expect(other.stderr.contains("does not need the task migrate"))
        #expect(try await !aprity.succeed(["app", "guide", "a"]).contains("migrate"))
    }

    @Test("A secret file with a relative path is rejected if the working folder was removed")
    func removedFolder() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let pass = aprity.path("pass")
        try Data("a long passphrase".utf8).write(to: URL(filePath: pass))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: pass)
        let command = "'\(AprityProcess.binary)' backup create '\(aprity.path("b"))' --passphrase-file ../pass"
        let said = try await ForeignProgram(in: aprity.home, environment: aprity.environment).succeed(
            "bash", ["-c", "mkdir gone && cd gone && rmdir ../gone && \(command) 2>&1; true"])
        #expect(said.contains("The working folder cannot be checked: No such file or directory."), "\(said)")
        #expect(!FileManager.default.fileExists(atPath: aprity.path("b")))
    }

    /// A command and its expected result.
    struct Case: Sendable, CustomStringConvertible {
        let arguments: [String]
        let status: Int32
        let code: String
        var description: String { arguments.joined(separator: " ") }

        init(_ arguments: String, _ status: Int32, _ code: String) {
            self.arguments = arguments.split(separator: " ").map(String.init)
            self.status = status
            self.code = code
        }
    }

    static let cases = [
        Case("nonsense", 64, "usage"),
        Case("connection ad", 64, "usage"),
        Case("connection add", 64, "usage"),
        Case("connection show nobody", 64, "unknownAlias"),
        Case("test nobody", 64, "unknownAlias"),
        Case("test", 64, "usage"),
        Case("test known --login-host https://acme.my.salesforce.com", 64, "usage"),
        Case(
            "connection add known --login-host https://acme.my.salesforce.com --username i@a.example", 64, "aliasTaken"),
        Case(
            "connection add .x --login-host https://acme.my.salesforce.com --username i@a.example", 64, "aliasMalformed"
        ),
        Case("connection add x --login-host https://acme.my.salesforce.com --username nobody", 65, "usernameMalformed"),
        Case("connection add x --login-host https://a.b/c --username i@a.example", 65, "loginHostMalformed"),
        Case(
            "connection add x --login-host https://salesforce.evil.example --username i@a.example", 77, "hostNotAllowed"
        ),
        Case(
            "connection add x --login-host http://acme.my.salesforce.com --username i@a.example", 77, "clearTextRefused"
        ),
        Case(
            "connection add x --login-host https://login.salesforce.com --username i@a.example", 64,
            "hostUnfitForAppKind"),
        Case(
            "connection add x --login-host https://acme.my.salesforce.mil --username i@a.example", 64,
            "audienceUndecided"),
        Case(
            "connection add x --login-host https://acme.my.salesforce.com --username i@a.example --days 0", 64, "usage"),
        Case(
            "connection add x --login-host https://acme.my.salesforce.com --username i@a.example --key-size 1024", 64,
            "usage"),
        Case(
            "connection add x --login-host https://acme.my.salesforce.com --username i@a.example --ca-file missing.pem",
            66, "fileMissing"),
        Case("connection set known --consumer-key short", 65, "consumerKeyMalformed"),
        Case("connection set known --consumer-key 7312345678901234567", 65, "consumerSecretGiven"),
        Case("connection set known", 64, "usage"),
        Case("connection set known --accept-org-id 00Dnonsense", 64, "usage"),
        Case("connection remove known", 64, "usage"),
        Case("certificate download known --next", 64, "rotationRefused"),
        Case("certificate download known --out no/such/folder/x.crt", 73, "outputCannotBeCreated"),
        Case("certificate download known --out taken.crt", 73, "outputExists"),
        Case("certificate inspect missing.crt", 66, "fileMissing"),
        Case("certificate inspect .", 66, "fileUnreadable"),
        Case("certificate inspect taken.crt", 65, "certificateMalformed"),
        Case("certificate import known --key missing.key --certificate taken.crt", 66, "fileMissing"),
        Case("certificate import known --key taken.crt --certificate taken.crt", 65, "keyMalformed"),
        Case("token known", 78, "consumerKeyMissing"),
        Case("metadata pull known --out x --types A --package p.xml", 64, "usage"),
        Case("metadata pull known --out x --types ,", 64, "usage"),
        Case("metadata list known --types ,", 64, "usage"),
        Case(
            "metadata types --login-host https://acme.my.salesforce.com --username i@a.example --consumer-key 3MVG9abcdef --signing-key-file missing.pem",
            66, "fileMissing"),
        Case("block known", 64, "usage"),
        Case("block known --all --reason x", 64, "usage"),
        Case("block nobody --reason x", 64, "unknownAlias"),
        Case("unblock known", 64, "notBlocked"),
        Case("budget nobody", 64, "unknownAlias"),
        Case("budget set known", 64, "usage"),
        Case("budget set known --per-hour 3601", 64, "usage"),
        Case("budget set known --per-hour 10 --reserve 10", 64, "usage"),
        Case("audit list --act nonsense", 64, "usage"),
        Case("audit list --limit 0", 64, "usage"),
        Case("audit verify --checkpoints missing.jsonl", 66, "fileMissing"),
        Case("audit verify --public-key zz", 64, "usage"),
        Case("audit export --out taken.crt", 73, "outputExists"),
        Case("serve --port 99999", 64, "usage"),
        Case("simulator --seed missing.json --port 0 --management-port 0", 66, "fileMissing"),
        Case("simulator --seed taken.crt --port 0 --management-port 0", 65, "inputMalformed"),
    ]

    @Test("Wrong input is reported in two lines, with the exit status and the code of its kind")
    func wrongInput() async throws {
        let aprity = try AprityProcess()
        try await prepare(aprity)
        let before = try await aprity.run("connection", "list", "--json").stdout
        for wrong in Self.cases {
            let plain = try await aprity.run(wrong.arguments)
            #expect(plain.status == wrong.status, "\(wrong)")
            let lines = plain.stderr.split(separator: "\n").map(String.init)
            #expect(lines.contains { $0.hasPrefix("aprity: error: ") }, "\(wrong): \(plain.stderr)")
            #expect(lines.contains { $0.hasPrefix("aprity: hint: ") }, "\(wrong): \(plain.stderr)")
            #expect(plain.stdout.isEmpty, "\(wrong)")

            let machine = try await aprity.run(wrong.arguments + ["--json"])
            #expect(machine.status == wrong.status, "\(wrong)")
            let problem = try machine.json()
            #expect(problem["code"] as? String == wrong.code, "\(wrong)")
            #expect((problem["remedy"] as? String)?.isEmpty == false, "\(wrong)")
            #expect(problem["exitStatus"] as? Int == Int(wrong.status), "\(wrong)")
        }
        #expect(try await aprity.run("connection", "list", "--json").stdout == before)
    }

    private func prepare(_ aprity: AprityProcess) async throws {
        _ = try await aprity.run("init")
        _ = try await aprity.run(
            "connection", "add", "known", "--login-host", "https://acme.my.salesforce.com", "--username",
            "i@acme.example")
        _ = try aprity.write("no certificate", to: "taken.crt")
    }

    @Test("A likely Consumer Secret is neither printed nor stored")
    func secretIsNotEchoed() async throws {
        let aprity = try AprityProcess()
        try await prepare(aprity)
        let secret = String(repeating: "A1B2C3D4", count: 8)
        let result = try await aprity.run("connection", "set", "known", "--consumer-key", secret, "--json")
        #expect(result.status == 65)
        #expect(!result.stdout.contains(secret))
        #expect(!result.stderr.contains(secret))
        let stored = try Data(contentsOf: URL(filePath: aprity.path("data/aprity/aprity.sqlite")))
        #expect(stored.range(of: Data(secret.utf8)) == nil)
    }

    @Test(
        "A usage error quotes no key, no part of one, and no token",
        arguments: [
            ["connection", "set", "known", "--consumer-key"], ["connection", "set", "known"],
            ["audit", "list", "--act"],
            ["test"], ["budget", "set", "known", "--per-hour"], [],
        ])
    func keyIsNotEchoed(_ words: [String]) async throws {
        let aprity = try AprityProcess()
        try await prepare(aprity)
        let line = try #require(TestKeys.first.split(separator: "\n").dropFirst().first)
        let token = "00D000000000001!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL"
        // A single line can be a Consumer Key or a name.
        let isParsed = words.first != "test" && words.last != "--consumer-key"
        for secret in [TestKeys.first, token] + (isParsed ? [String(line)] : []) {
            for json in [[], ["--json"]] {
                let result = try await aprity.run(words + [secret] + json)
                #expect(result.status != 0)
                let said = result.stdout + result.stderr
                #expect(!said.contains(line.prefix(30)))
                #expect(!said.contains("AQcAQH0dMHZf"))
            }
        }
    }

    @Test("A misspelt command or alias gets a suggestion")
    func spelling() async throws {
        let aprity = try AprityProcess()
        try await prepare(aprity)
        #expect(try await aprity.run("conection").stderr.contains("Did you mean connection?"))
        #expect(try await aprity.run("test", "knwon").stderr.contains("Did you mean known?"))
    }

    @Test("Without a store, every command that needs one says how to create it")
    func noStore() async throws {
        let aprity = try AprityProcess()
        for command in [["connection", "list"], ["test", "x"]] {
            let result = try await aprity.run(command)
            #expect(result.status == 78)
            #expect(result.stderr.contains("aprity init"))
        }
    }

    @Test("A home that lost its store is not new: serve refuses instead of beginning with an empty store")
    func lostStore() async throws {
        let aprity = try AprityProcess()
        let made = try await aprity.run("init", "--json").json()
        let store = try #require(made["store"] as? String)
        try FileManager.default.removeItem(atPath: store)
        let result = try await aprity.run("serve", "--port", "0")
        #expect(result.status == 78)
        #expect(!FileManager.default.fileExists(atPath: store))
    }

    @Test("`aprity config` shows only the host of a webhook's URL")
    func webhooksInConfig() async throws {
        let names = ["APRITY_AUDIT_CHECKPOINT_WEBHOOK", "APRITY_NOTIFY_WEBHOOK"]
        let urls = [
            ("https://u:s3cr3t@hooks.example/s3cr3tpath?s3cr3t#s3cr3t", "hooks.example"), ("s3cr3t", "not a URL"),
            ("https:///s3cr3t", "not a URL"), ("", "none"),
        ]
        for (url, shown) in urls {
            let aprity = try AprityProcess(environment: Dictionary(uniqueKeysWithValues: names.map { ($0, url) }))
            for format in [[], ["--json"]] {
                let result = try await aprity.run(["config"] + format)
                #expect(result.status == 0)
                #expect(!(result.stdout + result.stderr).contains("s3cr3t"))
                let line = format.isEmpty ? "" : "\"value\" : \"\(shown)\""
                #expect(result.stdout.contains(line.isEmpty ? shown : line))
            }
        }
    }
}
