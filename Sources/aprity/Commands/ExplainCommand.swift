internal import ArgumentParser
internal import ConnectedApp

struct ExplainCommand: AprityCommand {
    static let onlyReads = true

    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print the manual's page about a cause, by its code. `aprity test` and --json show the code.",
        discussion: Help.text(
            "Without a code, lists all codes. Needs no store and no network.",
            examples: ["aprity explain signatureRefused", "aprity explain"]))

    @Argument(help: "The code, in upper or lower case.") var code: String?
    @OptionGroup var common: CommonOptions

    /// The JSON of `--json`. The names must not change.
    struct View: Encodable {
        let code: Cause
        let title: String
        let exitStatus: Int32
        let remedy: String
        /// The manual's page, in Markdown.
        let page: String

        init(_ cause: Cause) {
            code = cause
            title = cause.entry.summary
            exitStatus = cause.entry.exit.rawValue
            remedy = cause.entry.remedy
            page = CausePage.text(cause)
        }
    }

    func perform(_ world: World) async throws -> ExitStatus {
        guard let code else {
            try world.output.show(Cause.allCases.map(View.init)) {
                Columns.lines(["CODE", "WHAT IT IS"], Cause.allCases.map { [$0.rawValue, $0.entry.summary] })
            }
            return .done
        }
        let cause = try Self.cause(code)
        try world.output.show(View(cause)) {
            CausePage.blocks(cause).map(\.text).filter { !$0.isEmpty }.joined(separator: "\n\n").split(
                separator: "\n", omittingEmptySubsequences: false
            ).map { TerminalText.safe(String($0)) }
        }
        return .done
    }

    /// - Throws: ``ConnectedAppError`` with `.usage` if no cause has this code. It suggests a similar one.
    private static func cause(_ code: String) throws -> Cause {
        if let cause = Cause.allCases.first(where: { $0.rawValue.lowercased() == code.lowercased() }) { return cause }
        let similar = Spelling.nearest(to: code, among: Cause.allCases.map(\.rawValue))
        throw ConnectedAppError(
            .usage, subject: code,
            detail: "There is no cause with this code." + (similar.map { " Did you mean \($0)?" } ?? ""),
            remedy: "Run " + (similar.map { "`aprity explain \($0)`, or " } ?? "")
                + "`aprity explain`, which lists all codes.")
    }
}
