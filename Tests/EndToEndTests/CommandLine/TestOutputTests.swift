internal import Foundation
internal import Testing

/// The output of `aprity test` and `aprity explain`.
struct TestOutputTests {
    /// Returns a home with a connection to a host on which nothing listens.
    private func unreachable() async throws -> AprityProcess {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        try await aprity.succeed([
            "connection", "add", "--allow-tokens", "down", "--login-host", "http://127.0.0.1:1", "--username",
            "u@acme.example",
            "--consumer-key", "3MVG9.consumer_key",
        ])
        return aprity
    }

    @Test("Failures come first, and skipped steps are only counted")
    func order() async throws {
        let tested = try await unreachable().run("test", "down")
        let lines = tested.stdout.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("fails    connection") == true, "\(tested.stdout)")
        #expect(lines.contains("1 check skipped: the host was not reached."), "\(tested.stdout)")
        #expect(lines.contains { $0.hasSuffix("checks skipped: they need an access token, and there is none.") })
        #expect(lines.filter { $0.contains("access token") }.count == 1, "\(tested.stdout)")
        #expect(tested.status == 69)
    }

    @Test("At a terminal, lines are wrapped between words to its width")
    func wrapped() async throws {
        let aprity = try await unreachable()
        let said = try await ForeignProgram(in: aprity.home, environment: aprity.environment).succeed(
            "bash",
            [
                "-c",
                "script -qec 'stty cols 60; NO_COLOR=1 exec \"\(AprityProcess.binary)\" test down 2>/dev/null' log; true",
            ])
        let lines = said.split(whereSeparator: \.isNewline).map(String.init)
        #expect(lines.contains { $0.hasPrefix("passes   audience") }, "\(said)")
        let longest = lines.map(\.count).max() ?? 0
        #expect(longest <= 60, "\(said)")
        #expect(lines.contains { $0.hasPrefix("                           ") }, "\(said)")
    }

    @Test("The error line shows the evidence")
    func evidence() async throws {
        let refused = try await unreachable().run("token", "down")
        let error = refused.stderr.split(separator: "\n").first.map(String.init) ?? ""
        #expect(error.hasPrefix("aprity: error: "))
        #expect(error.contains("(detail: Connection refused, errno 111; transport: connectionRefused)"), "\(error)")
    }

    @Test("Past tests can be listed and shown")
    func history() async throws {
        let aprity = try await unreachable()
        #expect(try await aprity.run("test", "down", "--history").stderr.contains("was not tested yet"))
        let tested = try await aprity.run("test", "down")
        let listed = try await aprity.run("test", "down", "--history")
        #expect(listed.status == 0)
        let row = try #require(listed.stdout.split(separator: "\n").dropFirst().first?.split(separator: " "))
        #expect(row.contains("connectionRefused"))
        let shown = try await aprity.run("test", "down", "--run", String(row[0]))
        #expect(shown.status == 0)
        #expect(shown.stdout.hasSuffix(tested.stdout), "\(shown.stdout)")
        #expect(try await aprity.run("test", "down", "--run", "zz").status == 64)
    }

    @Test("explain prints a cause's page by its code in any case, and suggests similar codes")
    func explain() async throws {
        let aprity = try AprityProcess()
        let page = try await aprity.run("explain", "SIGNATURErefused")
        #expect(page.status == 0)
        #expect(page.stdout.hasPrefix("The signature does not match the certificate in the org.\n"))
        #expect(page.stdout.contains("After a change:"))
        let head = "  `error`  |  `error_description`  |  evidence with JWT Bearer  |  can also mean\n"
        #expect(page.stdout.contains(head), "\(page.stdout)")
        let unknown = try await aprity.run("explain", "signatureRefuse")
        #expect(unknown.status == 64)
        #expect(unknown.stderr.contains("Did you mean signatureRefused?"))
        let all = try await aprity.run("explain")
        #expect(all.stdout.contains("\norgUnavailable "))
    }
}
