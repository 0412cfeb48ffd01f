internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import Testing

/// Examples/Swift: programs that see only what a user of the libraries sees.
@Suite("The examples of the libraries") struct ExampleTests {
    static let examples: [(name: String, lines: [String])] = [
        (
            "JWTBearerExample",
            [
                "Granted: api in the org 00D", "Revoked: HTTP 200",
                "Another audience: HTTP 400, invalid_grant, audience is invalid",
            ]
        ),
        ("MetadataAPIExample", ["API ", "components of ApexClass", "files, with a package.xml of "]),
        (
            "ConnectedAppExample",
            [
                "passes\tDoes the org accept the sign-in?", "The test's outcome: passes", "A token for the org 00D",
                "of 2 types", "Another user: ", "What to do: ",
            ]
        ),
        ("OrgSimulatorExample", ["The org: https://", "The proxy: http://127.0.0.1:", "ca.crt"]),
    ]

    @Test("An example runs to its end and prints what it is about", arguments: examples)
    func example(_ row: (name: String, lines: [String])) async throws {
        let folder = (AprityProcess.binary as NSString).deletingLastPathComponent
        let outcome = try await Subprocess.run(
            .path(FilePath(folder + "/" + row.name)), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        #expect(outcome.terminationStatus == .exited(0), "\(outcome.standardError)")
        for line in row.lines { #expect(outcome.standardOutput.contains(line), "\(outcome.standardOutput)") }
    }
}
