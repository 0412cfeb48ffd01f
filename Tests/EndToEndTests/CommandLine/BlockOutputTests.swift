internal import Foundation
internal import Testing

/// The command line's output about blocks.
@Suite("Blocks on the command line")
struct BlockOutputTests {
    private func aprity() async throws -> AprityProcess {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        for alias in ["one", "two"] {
            try await aprity.succeed([
                "connection", "add", "--allow-tokens", alias, "--login-host", "https://\(alias).my.salesforce.com",
                "--username",
                "i@\(alias).example", "--consumer-key", "3MVG9.consumer_key_\(alias)",
            ])
        }
        return aprity
    }

    @Test("The list of connections says which apps are blocked")
    func list() async throws {
        let aprity = try await aprity()
        #expect(try await [0, 75].contains(aprity.run("block", "one", "--reason", "drill").status))
        let lines = try await aprity.succeed(["connection", "list"]).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasSuffix("STATE"), "\(lines)")
        #expect(lines[1].hasSuffix("blocked"), "\(lines)")
        #expect(lines[2].hasSuffix("not tested yet"), "\(lines)")
    }

    @Test("An interrupted block reports that it is in force, and it is")
    func interrupted() async throws {
        let aprity = try await aprity()
        let script = """
            sqlite3 data/aprity/aprity.sqlite "BEGIN IMMEDIATE; SELECT 'held';" ".shell touch held; sleep 9" ".quit" & holder=$!
            while [ ! -e held ]; do sleep 0.05; done
            "$0" block one --reason drill >view 2>said & process=$!
            sleep 3.5
            kill -INT $process
            wait $process
            echo "status $?"
            cat said view
            wait $holder
            "$0" token one --json
            """
        // Children of an interactive shell do not ignore SIGINT.
        let said = try await ForeignProgram(in: aprity.home, environment: aprity.environment).succeed(
            "bash", ["-c", "set -m; " + script + "; true", AprityProcess.binary])
        #expect(said.contains("status 130"), "\(said)")
        #expect(said.contains("The block is in force,"), "\(said)")
        #expect(said.contains("interrupted by SIGINT"), "\(said)")
        #expect(said.contains("Blocked: one since"), "the view is printed: \(said)")
        #expect(said.contains("\"code\" : \"blocked\""), "\(said)")
    }
}
