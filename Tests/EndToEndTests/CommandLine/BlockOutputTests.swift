internal import Foundation
internal import Testing

/// What the command line says about blocks.
@Suite("Blocks on the command line")
struct BlockOutputTests {
    private func aprity() async throws -> AprityProcess {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        for alias in ["one", "two"] {
            try await aprity.succeed([
                "connection", "add", alias, "--login-host", "https://\(alias).my.salesforce.com", "--username",
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
        #expect(lines[0].hasSuffix("BLOCKED") && lines[1].hasSuffix("yes") && lines[2].hasSuffix("no"), "\(lines)")
    }
}
