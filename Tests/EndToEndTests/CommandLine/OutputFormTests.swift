internal import Foundation
internal import Testing

/// The output form of failing commands.
@Suite struct OutputFormTests {
    /// Arguments, separated by spaces, and whether the failure is a problem document.
    struct Case: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let isJSON: Bool
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ arguments: String, json: Bool) {
            self.arguments = arguments.split(separator: " ").map(String.init)
            isJSON = json
        }
    }

    static let cases = [
        // The command can be parsed, so it knows its own options.
        Case("explain nosuchcause", json: false),
        Case("explain nosuchcause --json", json: true),
        Case("explain --json nosuchcause", json: true),
        Case("explain -- --json", json: false),
        Case("explain --json -- --json", json: true),
        Case("connection show --home=--json nobody", json: false),
        Case("connection show --home=--json nobody --json", json: true),
        // The command cannot be parsed.
        Case("--json explain nosuchcause", json: true),
        Case("explian --json", json: true),
        Case("explian", json: false),
        Case("explian --json --help", json: true),
        Case("explian -- --json", json: false),
        Case("connection show --hmoe x nobody --json", json: true),
        Case("connection show --hmoe x nobody -- --json", json: false),
        Case("connection show --hmoe=--json nobody", json: false),
        Case("connection --json show --hmoe x nobody", json: true),
        Case("connection show nobody --home --json", json: true),
        Case("connection show nobody --json=yes", json: false),
        Case("block nobody --json", json: true),
        Case("block nobody", json: false),
    ]

    @Test(
        "A failure is a problem document only if --json was given as an option",
        arguments: cases)
    func problem(_ wrong: Case) async throws {
        let aprity = try AprityProcess()
        let outcome = try await aprity.run(wrong.arguments)
        #expect(outcome.status != 0)
        #expect(outcome.stderr.contains("aprity: error: "))
        if wrong.isJSON {
            #expect(try outcome.json()["exitStatus"] as? Int == Int(outcome.status), "\(outcome.stdout)")
        } else {
            #expect(outcome.stdout.isEmpty, "\(outcome.stdout)")
        }
    }

    @Test(
        "A failed check is a line for Nagios only if --nagios was given as an option",
        arguments: [
            ("certificate check nobody --nagios", true), ("certificate check --nagios --json nobody", true),
            ("certificate check --nagios --warn x", true), ("certificate check --nagios --wran 1", true),
            ("certificate check -- --nagios", false), ("certificate check --wran 1 -- --nagios", false),
            ("certificate check --home=--nagios nobody", false), ("certificate shwo --nagios", false),
        ])
    func nagios(_ arguments: String, _ isLine: Bool) async throws {
        let aprity = try AprityProcess()
        let outcome = try await aprity.run(arguments.split(separator: " ").map(String.init))
        #expect((outcome.status == 3) == isLine)
        #expect(outcome.stdout.hasPrefix("CERTIFICATE UNKNOWN - ") == isLine, "\(outcome.stdout)")
        #expect(outcome.stderr.isEmpty == isLine, "\(outcome.stderr)")
    }

    @Test("Help is text, whatever other options are given", arguments: [["--json"], ["--nagios"]])
    func help(_ flags: [String]) async throws {
        let aprity = try AprityProcess()
        let outcome = try await aprity.run(["certificate", "check", "--help"] + flags)
        #expect(outcome.status == 0)
        #expect(outcome.stdout.hasPrefix("OVERVIEW: "))
    }
}
