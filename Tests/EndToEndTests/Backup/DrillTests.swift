internal import Foundation
internal import Testing

/// The guide's commands, as written.
@Suite("The drill in the backup guide")
struct DrillTests {
    private static let guide = ManagedOrg.packageFolder + "/docs/guides/backup-and-restore.md"

    /// Returns the commands of a section, in order.
    private func commands(_ heading: String) throws -> String {
        let text = try String(contentsOfFile: Self.guide, encoding: .utf8)
        let sections = text.components(separatedBy: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix(heading + "\n") }, "no section \(heading)")
        let blocks = section.components(separatedBy: "```sh\n").dropFirst()
        return blocks.compactMap { $0.components(separatedBy: "\n```").first }.joined(separator: "\n")
    }

    private func run(_ heading: String, _ aprity: AprityProcess) async throws -> AprityProcess.Outcome {
        let bin = aprity.path("bin")
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try? FileManager.default.createSymbolicLink(atPath: bin + "/aprity", withDestinationPath: AprityProcess.binary)
        var environment = aprity.environment
        environment["PATH"] = bin + ":" + (environment["PATH"] ?? "")
        let commands = try commands(heading)
        #expect(commands.contains("aprity backup"))
        return try await ForeignProgram(in: aprity.home, environment: environment).run(
            "bash", ["-euc", "set -o pipefail\n" + commands])
    }

    @Test("The commands of the drill and of the recovery after a loss work as the guide says")
    func guide() async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org, alias: "acme")
            try await aprity.succeed(["token", "acme"])
            try await aprity.serving(["serve", "--port", "0"]) { _ in
                let made = try await run("Make a backup", aprity)
                #expect(made.status == 0, "\(made.stdout)\(made.stderr)")
                let before = try await org.signIns()
                let drill = try await run("The drill", aprity)
                #expect(drill.status == 0, "\(drill.stdout)\(drill.stderr)")
                #expect(drill.stdout.contains("acme"))
                #expect(drill.stderr.contains("blocked"))
                #expect(try await org.signIns() == before, "a drill asks the org for nothing")
                #expect(!FileManager.default.fileExists(atPath: aprity.path("drill")))
                try await aprity.succeed(["token", "acme"])
            }
            for name in ["data", "config"] { try FileManager.default.removeItem(atPath: aprity.path(name)) }
            let back = try await run("After a loss", aprity)
            #expect(back.status == 0, "\(back.stdout)\(back.stderr)")
            try await aprity.succeed(["token", "acme"])
            #expect(try await aprity.run("connection", "list", "--json").stdout.contains("\"isBlocked\" : false"))
        }
    }
}
