internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct TestCommand: AprityCommand {
    static let onlyReads = true

    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Test a connection step by step, and name the cause of a failure.",
        discussion: Help.text(
            """
            Spends one sign-in, and where the org refuses at most three more, to tell causes apart. A failure that a change \
            which is still spreading can cause is "waiting": exit status 75. With --changed it asks again, each time over a \
            connection of its own, until all answers agree: at most 20 sign-ins for one change.
            """,
            examples: [
                "aprity test acme", "aprity test acme --changed",
                "aprity test --login-host https://acme.my.salesforce.com \\\n  --username integration@acme.example --consumer-key 3MVG9… \\\n  --signing-key-file server.key",
            ]))

    @OptionGroup var target: TargetOptions
    @Flag(help: "The app was just changed in Salesforce: wait until the change has spread.") var changed = false
    @Flag(help: "With --changed: the app is new, which may take 30 minutes instead of 10.") var newApp = false
    @Flag(help: "Go on following the change that was told before.") var follow = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if newApp, !changed { throw ValidationError("--new-app goes with --changed.") }
        if changed, follow { throw ValidationError("Give --changed or --follow, not both.") }
    }

    func perform(_ world: World) async throws -> ExitStatus {
        let output = world.output
        if changed || follow { return try await followChange(world) }
        @Sendable func show(_ step: TestView.Step) {
            if !output.json { output.data(TestText.line(step, output) + "\n") }
        }
        let view: TestView
        switch try target.choice(world) {
        case .alias(let alias):
            view = try await world.service(store).test(alias, as: world.principal, onStep: show)
        case .storeless(let connection):
            view = try await world.storeless().test(connection, onStep: show)
        }
        if output.json {
            try output.document(view)
        } else {
            output.data(TestText.verdict(view, output) + "\n")
        }
        if let cause = view.cause, !output.json {
            for line in TestText.explanation(cause, view.probes) { output.say(line) }
        }
        if let cause = view.cause {
            let step = view.steps.first { $0.outcome == .fails || $0.outcome == .waiting }
            output.say("aprity: error: " + cause.summary + OrgWords.quoted(step?.evidence ?? [:]))
            output.say("aprity: hint: " + cause.remedy)
        }
        return Self.status(view)
    }

    private func followChange(_ world: World) async throws -> ExitStatus {
        let output = world.output
        guard case .alias(let alias) = try target.choice(world) else {
            throw ConnectedAppError(.usage, detail: "Following a change wants a connection's name.")
        }
        let service = try await world.service(store)
        if changed { _ = try await service.tellChange(of: alias, isNewApp: newApp, as: world.principal) }
        let view = try await service.followChange(of: alias, as: world.principal) { view in
            if !output.json { output.say(ChangeText.progress(view)) }
        }
        try output.show(view) { [ChangeText.verdict(view, output)] }
        switch view.outcome {
        case .passes: return .done
        case .waiting, .unknown: return .busy
        case .fails: return .refused
        }
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
        let name = step.id.rawValue + String(repeating: " ", count: max(1, 18 - step.id.rawValue.count))
        let notice = step.notice.map { " " + output.coloured("Note: " + TerminalText.safe($0), .yellow) } ?? ""
        return output.coloured(word, colour) + "  " + name + TerminalText.safe(step.because) + notice
    }

    /// What is known of a cause beyond its sentence: for a person, to stderr.
    static func explanation(_ cause: TestView.CauseView, _ probes: [TestView.Probe]) -> [String] {
        var lines = probes.map { "Asked further: \($0.asks). The org: \($0.answer). \($0.shows)" }
        lines += cause.reasons
        if !cause.certain { lines.append("This is likely, not certain: words alone prove nothing.") }
        if !cause.among.isEmpty {
            lines.append("The evidence cannot tell apart: " + cause.among.map(\.rawValue).joined(separator: ", ") + ".")
        }
        if let step = cause.separatedBy { lines.append("What would tell them apart: " + step) }
        if !cause.clicks.isEmpty {
            lines.append("In Salesforce:")
            lines += cause.clicks.enumerated().map { "  \($0.offset + 1). \($0.element)" }
        }
        if let command = cause.command { lines.append("Command: " + command) }
        lines.append("Manual: docs/" + cause.manual)
        return lines
    }

    static func verdict(_ view: TestView, _ output: Output) -> String {
        switch view.outcome {
        case .passes: output.coloured("The connection works.", .green)
        case .fails where view.connects:
            output.coloured("The connection works, but the app or the user is not as it should be.", .yellow)
        case .fails: output.coloured("The connection does not work.", .red)
        case .unknown: "Whether the connection works is not known."
        case .waiting:
            "A change may still be spreading (2 to 10 minutes, a new app up to 30). Try again; after "
                + "\(view.waitingUntil?.formatted(.iso8601) ?? "that") look elsewhere."
        }
    }
}

/// A change that spreads, for people.
enum ChangeText {
    static func progress(_ view: ChangeWatchView) -> String {
        let asked = "\(view.answers.count) of \(view.signInBudget) sign-ins used. "
        guard let next = view.nextAnswerAt else { return asked + view.because }
        let usual = view.usual.map { " Here it usually takes \(minutes($0.medianSeconds))." } ?? ""
        return asked + view.because + " Asked again at \(next.formatted(.iso8601)), at the latest until "
            + "\(view.deadline.formatted(.iso8601))." + usual
    }

    static func verdict(_ view: ChangeWatchView, _ output: Output) -> String {
        switch view.outcome {
        case .passes:
            let chance = Int((view.missChance * 100).rounded())
            return output.coloured("The change has arrived.", .green)
                + " \(view.because) One stale server of eight would have stayed unseen with a chance of \(chance) %."
        case .fails: return output.coloured("The change has not arrived.", .red) + " " + view.because
        case .unknown, .waiting: return view.because
        }
    }

    private static func minutes(_ seconds: Double) -> String {
        seconds < 90 ? "\(Int(seconds)) seconds" : "\(Int((seconds / 60).rounded())) minutes"
    }
}
