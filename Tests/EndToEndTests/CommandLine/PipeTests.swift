internal import ConnectedAppTesting
internal import Foundation
internal import Testing

/// `-` and pipes instead of files.
@Suite struct PipeTests {
    private static let host = ["--login-host", "https://acme.my.salesforce.com", "--username", "i@acme.example"]

    private func home() async throws -> AprityProcess {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed(["connection", "add", "known"] + Self.host)
        _ = try aprity.write("correct horse battery\n", to: "pass")
        return aprity
    }

    private func names(_ aprity: AprityProcess) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: aprity.home).sorted()
    }

    /// Commands that reject `-`, and the beginning of the message.
    static let refusals: [(arguments: [String], says: String)] = [
        (["connection", "list", "--master-key-file", "-"], "--master-key-file: The master key cannot come from"),
        (["block", "known", "--reason", "x", "--master-key-file", "-"], "--master-key-file: The master key cannot"),
        (["connection", "list", "--home", "-"], "--home: This must be a folder"),
        (["backup", "create", "-", "--passphrase-file", "pass"], "FILE: A backup is written completely"),
        (["metadata", "pull", "known", "--out", "-"], "--out: This must be a folder"),
        (["app", "bundle", "known", "--out", "-"], "--out: This must be a folder"),
        (["app", "check", "known", "--from", "-"], "--from: This must be a folder"),
        (["backup", "verify", "-", "--passphrase-file", "-"], "Only one file can come from standard input"),
        (["backup", "restore", "-", "--passphrase-file", "-"], "Only one file can come from standard input"),
        (
            [
                "metadata", "pull", "--consumer-key", "3MVG9abcdef", "--signing-key-file", "-", "--package", "-",
                "--out", "x",
            ]
                + host, "Only one file can come from standard input, not both --signing-key-file and --package."
        ),
    ]

    @Test("- is rejected where it cannot mean a pipe, and nothing is written", arguments: refusals)
    func refused(_ row: (arguments: [String], says: String)) async throws {
        let aprity = try await home()
        let before = try names(aprity)
        let outcome = try await aprity.run(row.arguments, input: "x")
        #expect(outcome.status == 64)
        #expect(outcome.stderr.contains("aprity: error: " + row.says), "\(outcome.stderr)")
        #expect(try names(aprity) == before)
    }

    @Test("- means standard output for text, and creates no file")
    func output() async throws {
        let aprity = try await home()
        let plain = try await aprity.succeed(["audit", "export"])
        let before = try names(aprity)
        let dashed = try await aprity.succeed(["audit", "export", "--out", "-"])
        #expect(dashed == plain)
        #expect(!dashed.isEmpty)
        #expect(try names(aprity) == before)
        try await aprity.succeed(["audit", "export", "--out", "./-"])
        #expect(try String(contentsOfFile: aprity.path("-"), encoding: .utf8) == plain)
    }

    @Test("A backup can come from standard input, and its passphrase in any encoding")
    func backup() async throws {
        let aprity = try await home()
        _ = try aprity.write("\u{FEFF}correct horse battery\r\n", to: "marked")
        try await aprity.succeed(["backup", "create", "b", "--passphrase-file", "marked"])
        try await aprity.succeed(["backup", "verify", "b", "--passphrase-file", "pass"])
        let shell = ForeignProgram(in: aprity.home, environment: aprity.environment)
        let outcome = try await shell.run(
            "sh", ["-c", "cat b | \"$0\" backup verify - --passphrase-file pass", AprityProcess.binary])
        #expect(outcome.status == 0, "\(outcome.stderr)")
    }

    @Test("A FIFO as an output file is rejected at once", .timeLimit(.minutes(1)))
    func outputFIFO() async throws {
        let aprity = try await home()
        try #require(mkfifo(aprity.path("fifo"), 0o600) == 0)
        #expect(try await aprity.run("certificate", "download", "known", "--out", "fifo").status == 73)
    }
}
