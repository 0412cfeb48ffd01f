internal import ArgumentParser
internal import ConnectedApp

struct ExplainCommand: AprityCommand {
    static let onlyReads = true

    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print the manual's page of a cause, by the code that errors and --json name.",
        discussion: Help.text(
            "Without a code it lists all of them. Needs no store and no network.",
            examples: ["aprity explain signatureRefused", "aprity explain"]))

    @Argument(help: "The code; capitals do not matter.") var code: String?
    @OptionGroup var common: CommonOptions

    struct View: Encodable {
        let code: Cause
        let title: String
        let exitStatus: Int32
        let remedy: String
        /// Markdown.
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

    private static func cause(_ code: String) throws -> Cause {
        if let cause = Cause.allCases.first(where: { $0.rawValue.lowercased() == code.lowercased() }) { return cause }
        let meant = Spelling.nearest(to: code, among: Cause.allCases.map(\.rawValue)).map { " Did you mean \($0)?" }
        throw ConnectedAppError(
            .usage, subject: code,
            detail: "There is no cause of this code." + (meant ?? " `aprity explain` lists all of them."))
    }
}
