internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// The source of each setting, and the message for a malformed one.
@Suite struct SettingsTests {
    /// A setting that `aprity config` shows, and its value if nothing sets it.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let variable: String
        let fallback: String
        var testDescription: String { variable }

        init(_ name: String, _ variable: String, _ fallback: String = "none") {
            (self.name, self.variable, self.fallback) = (name, variable, fallback)
        }
    }

    /// `HOME` and its content are below the test's home, `~`.
    static let rows = [
        Row("home", "APRITY_HOME", "~/data/aprity"),
        Row("masterKeyFile", "APRITY_MASTER_KEY_FILE", "~/config/aprity/master.key"),
        Row("port", "APRITY_PORT", "7411"),
        Row("auditKeyFile", "APRITY_AUDIT_KEY_FILE", "~/config/aprity/audit.key"),
        Row("auditCheckpointFile", "APRITY_AUDIT_CHECKPOINT_FILE", "~/config/aprity/audit-checkpoints.jsonl"),
        Row("auditCheckpointWebhook", "APRITY_AUDIT_CHECKPOINT_WEBHOOK"),
        Row("auditKeepDays", "APRITY_AUDIT_KEEP_DAYS", "for ever"),
        Row("keyStore", "APRITY_KEY_STORE", "sealed"),
        Row("pkcs11Module", "APRITY_PKCS11_MODULE"),
        Row("pkcs11Token", "APRITY_PKCS11_TOKEN"),
        Row("pkcs11PINFile", "APRITY_PKCS11_PIN_FILE"),
        Row("signerCommand", "APRITY_SIGNER_COMMAND"),
        Row("smtpURL", "APRITY_SMTP_URL"),
        Row("smtpFrom", "APRITY_SMTP_FROM"),
        Row("smtpTo", "APRITY_SMTP_TO"),
        Row("smtpUsername", "APRITY_SMTP_USERNAME"),
        Row("smtpPasswordFile", "APRITY_SMTP_PASSWORD_FILE"),
        Row("smtpCAFile", "APRITY_SMTP_CA_FILE", "the system's"),
        Row("smtpTLS", "APRITY_SMTP_TLS", "required"),
        Row("notifyWebhook", "APRITY_NOTIFY_WEBHOOK"),
        Row("notifyWebhookFile", "APRITY_NOTIFY_WEBHOOK_FILE"),
        Row("notifyWebhookSecretFile", "APRITY_NOTIFY_WEBHOOK_SECRET_FILE"),
        Row("notifyWebhookFormat", "APRITY_NOTIFY_WEBHOOK_FORMAT", "json"),
        Row("notifyWebhookCAFile", "APRITY_NOTIFY_WEBHOOK_CA_FILE", "the system's"),
        Row("metricsTokenFile", "APRITY_METRICS_TOKEN_FILE"),
        Row("noStartToken", "APRITY_NO_START_TOKEN", "no"),
        Row("rehearsalClock", "APRITY_REHEARSAL_CLOCK"),
    ]

    /// Returns a setting's value and source.
    private func setting(_ name: String, of aprity: AprityProcess, _ options: [String] = []) async throws -> [String] {
        let shown = try await aprity.succeed(["config", "--json"] + options)
        let all = try JSONSerialization.jsonObject(with: Data(shown.utf8)) as? [[String: String]] ?? []
        let found = try #require(all.first { $0["name"] == name })
        return [found["value"], found["source"]].map { ($0 ?? "").replacing(aprity.home + "/", with: "~/") }
    }

    private func write(_ configuration: String, for aprity: AprityProcess) throws {
        try FileManager.default.createDirectory(
            atPath: aprity.path("config/aprity"), withIntermediateDirectories: true)
        _ = try aprity.write(configuration, to: "config/aprity/config.json")
    }

    @Test("A setting comes from its variable, or is the default; an empty variable counts as not set", arguments: rows)
    func variable(_ row: Row) async throws {
        // Only the host of a webhook is shown.
        let isURL = row.name.hasSuffix("Webhook")
        let given = isURL ? "https://hooks.example/secret" : "/given/" + row.name
        let set = try AprityProcess(environment: [row.variable: given])
        #expect(try await setting(row.name, of: set) == [isURL ? "hooks.example" : given, row.variable])
        let empty = try AprityProcess(environment: [row.variable: ""])
        #expect(try await setting(row.name, of: empty) == [row.fallback, "default"])
    }

    @Test("An option overrides the variable, the variable the configuration file, and that the default")
    func order() async throws {
        let json = #"{"home": "/file/home", "masterKeyFile": "/file/key", "port": 1}"#
        let variables = ["APRITY_HOME": "/env/home", "APRITY_MASTER_KEY_FILE": "/env/key", "APRITY_PORT": "2"]
        let options = ["--home", "/option/home", "--master-key-file", "/option/key"]
        let aprity = try AprityProcess(environment: variables)
        try write(json, for: aprity)
        #expect(try await setting("home", of: aprity, options) == ["/option/home", "--home"])
        #expect(try await setting("masterKeyFile", of: aprity, options) == ["/option/key", "--master-key-file"])
        for (name, value) in [("home", "/env/home"), ("masterKeyFile", "/env/key"), ("port", "2")] {
            let variable = try #require(Self.rows.first { $0.name == name }).variable
            #expect(try await setting(name, of: aprity) == [value, variable])
        }
        let others = try AprityProcess(environment: variables.mapValues { _ in "" })
        try write(json, for: others)
        for (name, value) in [("home", "/file/home"), ("masterKeyFile", "/file/key"), ("port", "1")] {
            #expect(try await setting(name, of: others) == [value, "~/config/aprity/config.json"])
        }
        #expect(try await setting("configurationFile", of: others) == ["~/config/aprity/config.json", "default"])
        try FileManager.default.removeItem(atPath: others.path("config/aprity/config.json"))
        #expect(try await setting("configurationFile", of: others) == ["~/config/aprity/config.json", "absent"])
    }

    @Test("A systemd credential overrides the configuration file, and the variable overrides the credential")
    func credential() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("aprity-master-key", "any")
        let aprity = try AprityProcess(environment: ["CREDENTIALS_DIRECTORY": folder.path])
        try write(#"{"masterKeyFile": "/file/key"}"#, for: aprity)
        #expect(try await setting("masterKeyFile", of: aprity) == [path, "systemd credential"])
        let given = try AprityProcess(environment: [
            "CREDENTIALS_DIRECTORY": folder.path, "APRITY_MASTER_KEY_FILE": "/env/key",
        ])
        #expect(try await setting("masterKeyFile", of: given) == ["/env/key", "APRITY_MASTER_KEY_FILE"])
    }

    @Test("If there is neither a credential nor the other file, the error names both")
    func missingCredential() async throws {
        let folder = try TemporaryFolder()
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let key = aprity.path("config/aprity/master.key")
        try FileManager.default.removeItem(atPath: key)
        let other = try AprityProcess(environment: [
            "CREDENTIALS_DIRECTORY": folder.path, "APRITY_HOME": aprity.path("data/aprity"),
        ])
        let outcome = try await other.run("connection", "list")
        #expect(
            outcome.stderr.contains(
                "CREDENTIALS_DIRECTORY is set but there is no file \(folder.path)/aprity-master-key"))
        #expect(outcome.stderr.contains("/aprity/master.key: "))
        let without = try await aprity.run("connection", "list")
        #expect(!without.stderr.contains("CREDENTIALS_DIRECTORY is set"))
    }

    private static let number = "The value of port must be a whole number without quotation marks."
    private static let form =
        "The file is not a JSON object with the optional members home, masterKeyFile, port and noStartToken."

    @Test(
        "A malformed configuration file is reported with its path",
        arguments: [
            ("", form), ("[]", form), (#"{"home": 1}"#, "The value of home must be a text."),
            (#"{"home": {"home": "/srv"}}"#, "The value of home must be a text."), (#"{"port": true}"#, number),
            (#"{"port": "7411"}"#, number), (#"{"port": 0.5}"#, number),
            (#"{"port": 1, "home": "/srv", "port" : 2}"#, "The file contains the setting port twice."),
            (#"{"home": "\"port\":", "p\u006frt": 1, "port": 2}"#, "The file contains the setting port twice."),
            (#"{"hone": "/srv"}"#, "Unknown setting hone."),
            (#"{"keyStore": "sealed"}"#, "Unknown setting keyStore."),
        ])
    func malformedFile(_ text: String, _ words: String) async throws {
        let aprity = try AprityProcess()
        try write(text, for: aprity)
        let outcome = try await aprity.run("config")
        #expect(outcome.status == 78)
        #expect(outcome.stderr.contains("config.json: \(words)"), "\(outcome.stderr)")
    }

    /// Variables, a command, and its message.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let variables: [String: String]
        let command: String
        let words: String
        var testDescription: String { "\(variables.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }) \(command)" }

        init(_ variables: [String: String], _ command: String, _ words: String) {
            (self.variables, self.command, self.words) = (variables, command, words)
        }

        static func mail(_ changed: [String: String], _ words: String) -> Wrong {
            let right = [
                "APRITY_SMTP_URL": "smtp://mail.example:25", "APRITY_SMTP_FROM": "a@b.example",
                "APRITY_SMTP_TO": "c@d.example",
            ]
            return Wrong(right.merging(changed) { $1 }, "notify test", words)
        }

        static func webhook(_ others: [String: String], _ words: String) -> Wrong {
            Wrong(others.merging(["APRITY_NOTIFY_WEBHOOK": "https://hooks.example/x"]) { $1 }, "notify test", words)
        }
    }

    static let wrong = [
        Wrong(
            ["APRITY_AUDIT_KEEP_DAYS": "0"], "connection list",
            "APRITY_AUDIT_KEEP_DAYS: The value must be a number of days, 1 or more."),
        Wrong(
            ["APRITY_KEY_STORE": "safe"], "connection list", "APRITY_KEY_STORE: The key store must be one of sealed, "),
        Wrong(
            ["APRITY_KEY_STORE": "pkcs11"], "connection list",
            "APRITY_PKCS11_MODULE (pkcs11Module): It is not set. A PKCS#11 token needs APRITY_PKCS11_MODULE, "
                + "APRITY_PKCS11_TOKEN and APRITY_PKCS11_PIN_FILE together."),
        Wrong(
            ["APRITY_PKCS11_MODULE": "a.so", "APRITY_PKCS11_TOKEN": "t", "APRITY_PKCS11_PIN_FILE": "/pin"],
            "connection list", "APRITY_PKCS11_MODULE: The module's path must be absolute."),
        Wrong(
            ["APRITY_KEY_STORE": "command"], "connection list",
            "APRITY_SIGNER_COMMAND (signerCommand): It is not set. The key store `command` needs it."),
        Wrong(
            ["APRITY_REHEARSAL_CLOCK": "/nowhere"], "connection list",
            "APRITY_REHEARSAL_CLOCK: The file /nowhere is missing, or does not contain"),
        Wrong(["APRITY_PORT": "high"], "serve", "APRITY_PORT: The port must be from 0 to 65535; 0 picks a free one."),
        Wrong(["APRITY_PORT": "0"], "health", "APRITY_PORT: The port is not a number from 1 to 65535."),
        Wrong(["APRITY_HOME": "-"], "config", "APRITY_HOME: This must be a folder"),
        Wrong(["APRITY_MASTER_KEY_FILE": "-"], "config", "APRITY_MASTER_KEY_FILE: The master key cannot come from"),
        .mail(["APRITY_SMTP_TLS": "never"], "APRITY_SMTP_TLS: The value must be required or none."),
        .mail(
            ["APRITY_SMTP_USERNAME": "me"], "Set both APRITY_SMTP_USERNAME and APRITY_SMTP_PASSWORD_FILE, or neither."),
        .mail(["APRITY_SMTP_URL": "mail.example"], "APRITY_SMTP_URL: Give smtp://host:port"),
        .mail(["APRITY_SMTP_FROM": ""], "APRITY_SMTP_FROM: It is not set. APRITY_SMTP_URL needs it to send mail."),
        .mail(["APRITY_SMTP_FROM": "b"], "APRITY_SMTP_FROM: This is not a mail address"),
        .mail(["APRITY_SMTP_TO": ""], "APRITY_SMTP_TO: It is not set. APRITY_SMTP_URL needs it to send mail."),
        .mail(["APRITY_SMTP_TO": ","], "APRITY_SMTP_TO: Give 1 to 10 different addresses"),
        .mail(["APRITY_SMTP_CA_FILE": "/nowhere"], "APRITY_SMTP_CA_FILE: /nowhere: The file does not exist."),
        .webhook([:], "APRITY_NOTIFY_WEBHOOK: Requests in the format json are signed"),
        .webhook(
            ["APRITY_NOTIFY_WEBHOOK_FILE": "/url"], "APRITY_NOTIFY_WEBHOOK_FILE: Set APRITY_NOTIFY_WEBHOOK or "),
        .webhook(
            ["APRITY_NOTIFY_WEBHOOK_FORMAT": "xml"], "APRITY_NOTIFY_WEBHOOK_FORMAT: The format must be json or slack."),
        .webhook(
            ["APRITY_NOTIFY_WEBHOOK_FORMAT": "slack", "APRITY_NOTIFY_WEBHOOK_CA_FILE": "/nowhere"],
            "APRITY_NOTIFY_WEBHOOK_CA_FILE: /nowhere: The file does not exist."),
    ]

    @Test("A malformed value is reported with the name of its source", arguments: wrong)
    func wrongValue(_ wrong: Wrong) async throws {
        let aprity = try AprityProcess(environment: wrong.variables)
        // Created without the malformed settings.
        let home = try AprityProcess()
        try await home.succeed(["init"])
        for folder in ["data", "config"] {
            try FileManager.default.moveItem(atPath: home.path(folder), toPath: aprity.path(folder))
        }
        let outcome = try await aprity.run(wrong.command.split(separator: " ").map(String.init))
        #expect(outcome.status != 0)
        #expect(outcome.stderr.contains(wrong.words), "\(outcome.stderr)")
    }

    @Test("The settings library's access log variable does not make it write a log")
    func accessLog() async throws {
        let folder = try TemporaryFolder()
        let aprity = try AprityProcess(environment: ["CONFIG_ACCESS_LOG_FILE": folder.path + "/accesses"])
        try await aprity.succeed(["config"])
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/accesses"))
    }

    @Test(
        "A path that begins with ~ is rejected with the setting's name",
        arguments: ["APRITY_HOME", "APRITY_MASTER_KEY_FILE", "APRITY_AUDIT_KEY_FILE"])
    func tilde(_ variable: String) async throws {
        let aprity = try AprityProcess(environment: [variable: "~/x"])
        let result = try await aprity.run("init")
        #expect(result.status == 78)
        #expect(result.stderr.contains(variable))
        #expect(result.stderr.contains("Use an absolute path"))
        #expect(!FileManager.default.fileExists(atPath: aprity.path("~")))
    }

    @Test("The same for the configuration file and an option, which the message names")
    func tildeElsewhere() async throws {
        let aprity = try AprityProcess()
        try write(#"{"home": "~/x"}"#, for: aprity)
        let file = try await aprity.run("init")
        #expect(file.status == 78)
        #expect(file.stderr.contains("home in "))
        let option = try await aprity.run("init", "--home=~/x")
        #expect(option.status == 78)
        #expect(option.stderr.contains("--home"))
    }

    @Test("A relative path is one in the current folder")
    func relative() async throws {
        let aprity = try AprityProcess(environment: ["APRITY_HOME": "./here", "APRITY_MASTER_KEY_FILE": "keys/k"])
        #expect(try await setting("home", of: aprity) == ["~/here", "APRITY_HOME"])
        #expect(try await setting("auditKeyFile", of: aprity) == ["~/keys/audit.key", "default"])
    }
}
