internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct ReportCommand: AprityCommand {
    static let onlyReads = true

    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Test a connection, and write a report to share.",
        discussion: Help.text(
            """
            Writes Markdown, or JSON with --json or a file name that ends in .json. Usernames and the Consumer Key are \
            masked unless you give --show-names. The report contains no secret. Exits with 0 if the report was \
            written, whatever the test found.
            """,
            examples: ["aprity report acme --out acme-report.md", "aprity report acme --json --show-names"]))

    @Argument(help: "The connection's name.") var alias: String
    @Option(
        help: ArgumentHelp("The file to create (default: stdout, as for -).", valueName: "file"))
    var out: String?
    @Flag(help: "Show usernames and the Consumer Key.") var showNames = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        let output = world.output
        let out = out == "-" ? nil : out
        if let out { try OutputFile.check(out) }
        let view = try await world.service(store).diagnosis.report(
            on: alias, showingNames: showNames, as: world.principal
        ) {
            step in
            if !output.json, out != nil { output.say("\(step.id.rawValue): \(step.outcome.rawValue)") }
        }
        let isJSON = output.json || out?.hasSuffix(".json") == true
        let json = String(decoding: try ViewJSON.encode(view), as: UTF8.self) + "\n"
        let text = isJSON ? json : view.markdown
        guard let out else {
            if output.json { try output.document(view) } else { output.data(text) }
            return .done
        }
        try OutputFile.create(out, content: Array(text.utf8), mode: 0o600)
        try output.show(Written(report: out, masked: view.isMasked)) {
            ["Wrote \(out). \(view.isMasked ? "Names are masked; read it before you share it." : "Names are shown.")"]
        }
        return .done
    }

    /// The JSON of `--json` with `--out`. The names must not change.
    private struct Written: Encodable {
        let report: String
        let masked: Bool
    }
}
