internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct TestCommand: AprityCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Test a connection step by step, and name the cause of a failure.",
        discussion: Help.text(
            """
            Spends one sign-in. A failure that a change which is still spreading can cause is "waiting": exit status 75.
            """,
            examples: [
                "aprity test acme",
                "aprity test --login-host https://acme.my.salesforce.com \\\n  --username integration@acme.example --consumer-key 3MVG9… \\\n  --signing-key-file server.key",
            ]))

    @OptionGroup var target: TargetOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        let output = world.output
        @Sendable func show(_ step: TestView.Step) {
            if !output.json { try? output.data(TestText.line(step, output) + "\n") }
        }
        let view: TestView
        switch try target.choice() {
        case .alias(let alias):
            view = try await world.service(store).test(alias, as: world.principal, onStep: show)
        case .storeless(let connection):
            view = try await world.storeless().test(connection, onStep: show)
        }
        if output.json {
            try output.document(view)
        } else {
            try output.data(TestText.verdict(view, output) + "\n")
        }
        if let cause = view.cause {
            let step = view.steps.first { $0.outcome == .fails || $0.outcome == .waiting }
            output.say("aprity: error: " + cause.summary + OrgWords.quoted(step?.evidence ?? [:]))
            output.say("aprity: hint: " + cause.remedy)
        }
        return Self.status(view)
    }

    static func status(_ view: TestView) -> ExitStatus {
        switch view.outcome {
        case .passes: .done
        case .waiting: .busy
        case .unknown: .refused
        case .fails: view.cause?.code.row.exit ?? .refused
        }
    }
}

/// A test for people.
enum TestText {
    static func line(_ step: TestView.Step, _ output: Output) -> String {
        let (word, colour): (String, Output.Colour) =
            switch step.outcome {
            case .passes: ("passes ", .green)
            case .fails: ("fails  ", .red)
            case .waiting: ("waiting", .yellow)
            case .unknown: ("unknown", .dim)
            }
        let name = step.id.rawValue + String(repeating: " ", count: max(1, 13 - step.id.rawValue.count))
        return output.coloured(word, colour) + "  " + name + TerminalText.safe(step.because)
    }

    static func verdict(_ view: TestView, _ output: Output) -> String {
        switch view.outcome {
        case .passes: output.coloured("The connection works.", .green)
        case .fails: output.coloured("The connection does not work.", .red)
        case .unknown: "Whether the connection works is not known."
        case .waiting:
            "A change may still be spreading (2 to 10 minutes, a new app up to 30). Try again; after "
                + "\(view.waitingUntil?.formatted(.iso8601) ?? "that") look elsewhere."
        }
    }
}
