internal import Foundation
internal import Subprocess
internal import Testing

/// Ctrl-C and SIGTERM while a command runs: it cleans up, prints a line, and exits with 130 or 143.
@Suite("Interruption")
struct InterruptionTests {
    private static let signals: [(Signal, name: String, status: Int32)] = [
        (.interrupt, "SIGINT", 130), (.terminate, "SIGTERM", 143),
    ]

    private static func reportsInterruption(_ outcome: AprityProcess.Outcome, _ name: String) -> Bool {
        outcome.stderr.contains("aprity: interrupted by \(name)")
    }

    @Test("A command that waits for an org ends within seconds of a signal, without a verdict", arguments: signals)
    func waiting(_ signal: (Signal, name: String, status: Int32)) async throws {
        let host = try SilentHost()
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        // Adding a connection also sends a request to its host, which is accepted here.
        let added = try await aprity.whileRunning([
            "connection", "add", "--allow-tokens", "silent", "--login-host", "http://127.0.0.1:\(host.port)",
            "--username",
            "u@acme.example", "--consumer-key", "3MVG9.consumer_key",
        ]) { program in
            while let caller = host.caller(or: program) { close(caller) }
        }
        try #require(added.status == 0, "\(added.stderr)")
        for command in [["test", "silent"], ["token", "silent"], ["metadata", "list", "silent"]] {
            let start = ContinuousClock.now
            let ended = try await aprity.whileRunning(command) { program in
                guard let caller = host.caller(or: program) else { return }
                if command != ["test", "silent"] { #expect(host.assertionHasCome(from: caller, or: program)) }
                try program.send(signal.0)
                while !program.hasEnded, ContinuousClock.now - start < .seconds(20) { usleep(1000) }
                close(caller)
            }
            #expect(ended.status == signal.status, "\(command): \(ended.stderr)")
            #expect(Self.reportsInterruption(ended, signal.name), "\(command): \(ended.stderr)")
            #expect(!ended.stderr.contains("fails"), "\(command): \(ended.stderr)")
            #expect(ContinuousClock.now - start < .seconds(8), "\(command)")
        }
        let ledger = try await ForeignProgram(in: aprity.home).succeed(
            "sqlite3", ["data/aprity/aprity.sqlite", "SELECT outcome, code FROM signIn"])
        #expect(ledger == "unanswered|interrupted\nunanswered|interrupted\n")
    }

    @Test("An interrupted pull leaves nothing behind", arguments: signals)
    func pull(_ signal: (Signal, name: String, status: Int32)) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            let before = try FileManager.default.contentsOfDirectory(atPath: aprity.home).sorted()
            let ended = try await aprity.whileRunning(["metadata", "pull", "bikes", "--out", "pulled"]) { program in
                // The working folder is created first, seconds before the archive arrives.
                while !program.hasEnded,
                    try !FileManager.default.contentsOfDirectory(atPath: aprity.home).contains(where: {
                        $0.hasPrefix(".pulled.partial-")
                    })
                { usleep(1000) }
                try program.send(signal.0)
            }
            #expect(ended.status == signal.status, "\(ended.stderr)")
            #expect(Self.reportsInterruption(ended, signal.name), "\(ended.stderr)")
            let after = try FileManager.default.contentsOfDirectory(atPath: aprity.home).sorted()
            #expect(after.filter { !$0.hasPrefix("running-") } == before)
        }
    }

    @Test(
        "A server completes open requests, removes its start token, and exits with the signal's status",
        arguments: signals)
    func server(_ signal: (Signal, name: String, status: Int32)) async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let token = aprity.path("data/aprity/start-token")
        let ended = try await aprity.whileRunning(["serve", "--port", "0"]) { program in
            while !program.hasEnded, !FileManager.default.fileExists(atPath: token) { usleep(1000) }
            usleep(300_000)
            try program.send(signal.0)
        }
        #expect(ended.status == signal.status, "\(ended.stderr)")
        #expect(Self.reportsInterruption(ended, signal.name), "\(ended.stderr)")
        #expect(!FileManager.default.fileExists(atPath: token))
    }

    @Test("An interrupted backup leaves a complete file or none")
    func backup() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        _ = try aprity.write("correct horse battery\n", to: "pass")
        for number in 0..<6 {
            let name = "b\(number)"
            let arguments = ["backup", "create", name, "--passphrase-file", "pass"]
            let ended = try await aprity.whileRunning(arguments) { program in
                usleep(UInt32(number) * 120_000 + 60_000)
                try program.send(.terminate)
            }
            // Before the program catches the signal, the signal itself ends the program.
            #expect([0, 143, -15].contains(ended.status), "\(ended.stderr)")
            let names = try FileManager.default.contentsOfDirectory(atPath: aprity.home)
            #expect(!names.contains { $0.contains(".partial-") })
            #expect(names.contains(name) == (ended.status == 0))
            if ended.status == 0 {
                try await aprity.succeed(["backup", "verify", name, "--passphrase-file", "pass"])
            }
        }
    }

    @Test("Ctrl-C at a passphrase prompt restores the terminal's echo")
    func prompt() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let said = try await ForeignProgram(in: aprity.home, environment: aprity.environment).succeed(
            "python3",
            [
                ForeignProgram.tools + "/interrupt_at_terminal.py", AprityProcess.binary, "backup", "create", "b",
            ])
        #expect(said.contains("echo on"), "\(said)")
        #expect(said.contains("status 130"), "\(said)")
        #expect(said.contains("interrupted by SIGINT"), "\(said)")
    }

    @Test("A second signal terminates a command at once")
    func second() async throws {
        let said = try await verifying(sending: "kill -TERM $process; sleep 0.02; kill -TERM $process")
        #expect(said == "status 143\n")
    }

    @Test("An error after a signal is reported too, and the exit status is the signal's")
    func errorAfterSignal() async throws {
        let said = try await verifying(sending: "kill -TERM $process")
        #expect(said.hasPrefix("status 143\n"), "\(said)")
        #expect(said.contains("aprity: error: b: The passphrase does not open this backup."), "\(said)")
        #expect(said.contains("interrupted by SIGTERM"), "\(said)")
    }

    /// Verifies a backup with a wrong passphrase, and sends signals during the key derivation, which cannot be
    /// interrupted.
    ///
    /// - Returns: The exit status and the output.
    private func verifying(sending signals: String) async throws -> String {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        _ = try aprity.write("correct horse battery\n", to: "pass")
        _ = try aprity.write("another horse battery\n", to: "wrong")
        try await aprity.succeed(["backup", "create", "b", "--passphrase-file", "pass"])
        // After 0.1 s of work the command is past its start.
        let script = """
            "$0" backup verify b --passphrase-file wrong 2>said & process=$!
            until [ "$(awk '{ print $14 + $15 }' /proc/$process/stat)" -ge 10 ]; do sleep 0.01; done
            \(signals)
            wait $process
            echo "status $?"
            cat said
            """
        return try await ForeignProgram(in: aprity.home, environment: aprity.environment).succeed(
            "bash", ["-c", script, AprityProcess.binary])
    }
}
