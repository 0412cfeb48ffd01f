internal import Foundation
internal import Testing

/// Standard output that cannot be written: the work is done, and the message says so.
@Suite("Lost output")
struct LostOutputTests {
    private func bash(_ script: String, _ aprity: AprityProcess) async throws -> String {
        try await ForeignProgram(in: aprity.home, environment: aprity.environment).succeed(
            "bash", ["-c", script, AprityProcess.binary])
    }

    private static let add =
        "connection add one --login-host https://one.my.salesforce.com --username i@one.example"

    @Test("A command that changes something reports that its work is done", arguments: [">/dev/full", ">&-"])
    func changed(_ output: String) async throws {
        let aprity = try AprityProcess()
        let said = try await bash(
            """
            "$0" init 2>&1 \(output); echo "init $?"
            "$0" \(Self.add) 2>said \(output); echo "add $?"; cat said
            "$0" \(Self.add) --json 2>said \(output); echo "again $?"; cat said
            "$0" connection show one --json
            """, aprity)
        #expect(said.contains("init 74"), "\(said)")
        #expect(said.contains("add 74"), "\(said)")
        #expect(said.contains("The command did its work; only its output was lost."), "\(said)")
        #expect(!said.contains("nothing was changed"), "\(said)")
        #expect(said.contains("again 64"), "a failure keeps its own status: \(said)")
        #expect(said.contains("A connection of this name already exists."), "\(said)")
        #expect(said.contains("\"alias\" : \"one\""), "\(said)")
    }

    @Test(
        "Read-only commands, help and the version report it too, without mentioning changes",
        arguments: [">/dev/full", ">&-"])
    func shown(_ output: String) async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        for command in ["connection list", "connection list --json", "config", "--help", "--version", "audit list"] {
            let said = try await bash(#""$0" \#(command) 2>said \#(output); echo "status $?"; cat said"#, aprity)
            #expect(said.contains("status 74"), "\(command): \(said)")
            #expect(said.contains("aprity: error: The output was lost."), "\(command): \(said)")
            #expect(!said.contains("repeat"), "\(command): \(said)")
            #expect(!said.contains("did its work"), "\(command): \(said)")
        }
    }

    @Test("With all three descriptors closed, no output is written into the store")
    func closedDescriptors() async throws {
        let aprity = try AprityProcess()
        let said = try await bash(
            """
            "$0" init <&- >&- 2>&-; echo "init $?"
            "$0" \(Self.add) <&- >&- 2>&-; echo "add $?"
            head -c 15 data/aprity/aprity.sqlite; echo
            "$0" connection show one --json && "$0" audit verify
            """, aprity)
        #expect(said.contains("init 74"), "\(said)")
        #expect(said.contains("add 74"), "\(said)")
        #expect(said.contains("SQLite format 3"), "\(said)")
        #expect(said.contains("\"alias\" : \"one\""), "\(said)")
    }

    @Test("A reader that goes away does not stop a command's work")
    func readerGone() async throws {
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let said = try await bash(
            #""$0" \#(Self.add) 2>said | true; echo "status ${PIPESTATUS[0]}"; "$0" connection list"#, aprity)
        #expect(said.contains("status 0"), "\(said)")
        #expect(said.contains("i@one.example"), "\(said)")
    }

    @Test("A read-only command ends when its reader goes away")
    func readerGoneFromShowing() async throws {
        let host = try SilentHost()
        let aprity = try AprityProcess()
        try await aprity.succeed(["init"])
        let said = try await bash(
            """
            "$0" connection add one --login-host http://127.0.0.1:\(host.port) --username i@one.example \
                --consumer-key 3MVG9.consumer_key 2>said || cat said
            timeout 8 "$0" test one 2>said | true; echo "status ${PIPESTATUS[0]}"; cat said
            """, aprity)
        #expect(said.contains("status 0"), "\(said)")
        #expect(!said.contains("error:"), "\(said)")
    }
}
