internal import Foundation
internal import Testing

/// The rehearsal clock works with the embedded org only.
@Suite("The rehearsal clock")
struct RehearsalTests {
    private static let real = ["--login-host", "https://acme.my.salesforce.com", "--username", "u@acme.example"]
    private static let local = ["--login-host", "http://127.0.0.1:9", "--username", "u@acme.example"]

    @Test("A connection to another org is not added, and a store that has one is not opened")
    func otherOrgs() async throws {
        let time = try RehearsalTime()
        let aprity = try AprityProcess(environment: time.environment)
        try await aprity.succeed(["init"])
        let refused = try await aprity.run(["connection", "add", "acme"] + Self.real)
        #expect(refused.status == 78)
        #expect(refused.stderr.contains("APRITY_REHEARSAL_CLOCK is set"))
        #expect(try await !aprity.run("connection", "list", "--json").stdout.contains("acme"))
        try await aprity.succeed(["connection", "add", "--allow-tokens", "embedded"] + Self.local)

        // Without the variable, the store has such a connection.
        let mixed = try AprityProcess()
        try await mixed.succeed(["init"])
        try await mixed.succeed(["connection", "add", "--allow-tokens", "embedded"] + Self.local)
        try await mixed.succeed(["connection", "add", "acme"] + Self.real)
        let inRehearsal = try AprityProcess(
            environment: time.environment.merging(["APRITY_HOME": mixed.home + "/data/aprity"]) { $1 }.merging([
                "XDG_CONFIG_HOME": mixed.home + "/config"
            ]) { $1 })
        for command in [
            ["rotate", "status", "embedded"], ["token", "acme"], ["block", "acme", "--reason", "x"], ["serve"],
        ] {
            let outcome = try await inRehearsal.run(command)
            #expect(outcome.status == 78, "\(command)")
            #expect(outcome.stderr.contains("acme: APRITY_REHEARSAL_CLOCK"), "\(command)")
        }
        #expect(try await mixed.run("rotate", "status", "embedded").status == 0)
    }

    @Test("A backup with a connection to another org is not restored, and existing files do not change")
    func restore() async throws {
        let time = try RehearsalTime()
        for (connection, isRestored) in [(Self.real, false), (Self.local, true)] {
            let aprity = try AprityProcess()
            let pass = ["--passphrase-file", try aprity.write("correct horse battery staple\n", to: "pass")]
            try await aprity.succeed(["init"])
            try await aprity.succeed(["connection", "add", "--allow-tokens", "acme"] + connection)
            try await aprity.succeed(["backup", "create", aprity.path("b")] + pass)

            let rehearsing = try AprityProcess(environment: time.environment)
            try await rehearsing.succeed(["init"])
            let before = try FileManager.default.subpathsOfDirectory(atPath: rehearsing.home).sorted()
            let outcome = try await rehearsing.run(["backup", "restore", aprity.path("b"), "--force"] + pass)
            #expect(outcome.status == (isRestored ? 0 : 78), "\(outcome.stderr)")
            #expect(outcome.stderr.contains("acme: APRITY_REHEARSAL_CLOCK") == !isRestored)
            let after = try FileManager.default.subpathsOfDirectory(atPath: rehearsing.home).sorted()
            #expect((after == before) == !isRestored)
        }
    }

    @Test("Commands report the rehearsal, and a file without a valid time is rejected")
    func file() async throws {
        let time = try RehearsalTime()
        let aprity = try AprityProcess(environment: time.environment)
        try await aprity.succeed(["init"])
        try time.advance(by: 400 * 86_400)
        try await aprity.succeed(["connection", "add", "--allow-tokens", "embedded"] + Self.local)
        let shown = try await aprity.run("certificate", "show", "embedded", "--json")
        #expect(shown.stderr.contains("This is a rehearsal: the clock is 34560000 s ahead."))
        let notBefore = try #require(try shown.json()["notBefore"] as? String)
        #expect(try Date(notBefore, strategy: .iso8601) > Date.now.addingTimeInterval(399 * 86_400))
        #expect(try await aprity.run("config").stdout.contains("rehearsalClock"))

        for text in ["", "soon", "-5", "inf", "nan", "400000000"] {
            let file = try aprity.write(text, to: "clock")
            let wrong = try AprityProcess(environment: ["APRITY_REHEARSAL_CLOCK": file])
            try await wrong.succeed(["init"])
            for command in [["connection", "list"], ["simulator", "--port", "0", "--management-port", "0"]] {
                #expect(try await wrong.run(command).status == 78, "\(text): \(command)")
            }
        }
    }

    @Test("Commands without a store, and mail, send nothing")
    func nothingLeaves() async throws {
        let time = try RehearsalTime()
        let mail = ["APRITY_SMTP_URL": "smtps://mail.acme.example", "APRITY_SMTP_FROM": "a@acme.example"]
        let aprity = try AprityProcess(environment: time.environment.merging(mail) { $1 })
        try await aprity.succeed(["init"])
        try await ForeignProgram(in: aprity.home).makeKeyPair("own")
        let key = ["--consumer-key", "3MVG9appOfTheRehearsal.01", "--signing-key-file", aprity.path("own.key")]
        let token = try await aprity.run(["token"] + Self.real + key)
        #expect(token.status == 78)
        #expect(token.stderr.contains("APRITY_REHEARSAL_CLOCK is set"))
        let notice = try await aprity.run("notify", "test")
        #expect(notice.status == 78)
        #expect(notice.stderr.contains("APRITY_REHEARSAL_CLOCK is set"))
    }
}
