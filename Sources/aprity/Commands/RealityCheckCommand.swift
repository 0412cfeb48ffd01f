internal import ArgumentParser
package import ConnectedApp
internal import Foundation

struct RealityCheckCommand: AprityCommand {
    static let configuration = CommandConfiguration(
        commandName: "reality-check",
        abstract: "Test assumptions about Salesforce on a real org. Changes nothing in it.",
        discussion: Help.text(
            """
            Works with any org, for example a free Developer Edition. Asks for confirmation before each question. Most \
            questions use a sign-in, and some of these sign-ins fail on purpose. The transcript names no user, org or \
            key, and shows how to configure the embedded org to answer the same.
            """,
            examples: [
                "aprity reality-check acme --out reality.json", "aprity reality-check acme --list",
                "aprity reality-check acme --yes --only wrong-signature --json",
            ]))

    @Argument(help: "The connection's name.") var alias: String
    @Option(help: ArgumentHelp("Only this question; may be repeated.", valueName: "question"))
    var only: [RealityQuestion] = []
    @Flag(help: "List the questions and their sign-ins; send nothing.") var list = false
    @Flag(help: "Ask all questions without confirmation.") var yes = false
    @Option(help: ArgumentHelp("The file to create for the transcript; - for stdout.", valueName: "file")) var out:
        String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        let output = world.output
        let questions = only.isEmpty ? RealityQuestion.allCases : only
        if list {
            try output.show(questions.map(Listed.init)) {
                Columns.lines(
                    ["QUESTION", "SIGN-INS", "ASKS"], questions.map { [$0.rawValue, String($0.signIns), $0.asks] })
            }
            return .done
        }
        let file = out == "-" ? nil : out
        if let file { try OutputFile.check(file) }
        let isAsking = !yes
        if isAsking, isatty(STDIN_FILENO) != 1 {
            throw ConnectedAppError(
                .usage, detail: "There is no terminal to ask for confirmation.",
                remedy: "Run the command at a terminal, or with --yes.")
        }
        let view = try await world.service(store).reality.check(of: alias, questions, as: world.principal) { question in
            guard isAsking else { return true }
            output.say("\(question.asks) (sign-ins: \(question.signIns)) [y/N]")
            return try TerminalLine.isYes()
        } onAnswer: { answer in
            if !output.json { output.say("\(answer.question.rawValue): \(answer.answer)") }
        }
        if let file {
            try OutputFile.create(file, content: [UInt8](try ViewJSON.encode(view)), mode: 0o600)
        } else if out != nil {
            try output.document(view)
            return .done
        }
        try output.show(view) {
            ["Answers: \(view.answers.count). Sign-ins used: at most \(view.signInsUsed)."]
                + (file.map { ["Wrote \($0). Read it before you share it."] } ?? [])
        }
        return .done
    }

    /// A question in the JSON of `--list --json`. The names must not change.
    private struct Listed: Encodable {
        let question, asks, changes: String
        let signIns: Int

        init(_ question: RealityQuestion) {
            self.question = question.rawValue
            asks = question.asks
            changes = question.changes
            signIns = question.signIns
        }
    }
}

extension RealityQuestion: ExpressibleByArgument {}
