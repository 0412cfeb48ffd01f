internal import ArgumentParser
internal import ConnectedApp
internal import Foundation
internal import Synchronization

struct TestCommand: AprityCommand {
    /// The test is worth showing even if the store cannot be written.
    static let onlyReads = true

    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Test a connection step by step, and name the cause of a failure.",
        discussion: Help.text(
            """
            Uses one sign-in, and up to three more if the org refuses, to distinguish causes. If a change that \
            is still spreading can be the reason for a failure, the outcome is "waiting" (exit status 75). With \
            --changed, signs in repeatedly, each time over a new connection, until the answers agree: at most 20 \
            sign-ins per change.
            """,
            examples: [
                "aprity test acme", "aprity test acme --changed", "aprity test acme --history",
                "aprity test --login-host https://acme.my.salesforce.com \\\n  --username integration@acme.example --consumer-key 3MVG9… \\\n  --signing-key-file server.key",
            ]))

    @OptionGroup var target: TargetOptions
    @Flag(help: "The app was just changed in Salesforce: wait until the change has spread.") var changed = false
    @Flag(
        help: """
            With --changed: the app is new, so the change can take 30 minutes instead of 10. aprity detects this if \
            the Consumer Key was set, or a change of a new app was reported, in the last 30 minutes.
            """) var newApp = false
    @Flag(help: "Continue to follow the change that --changed recorded before.") var follow = false
    @Flag(help: "List the latest tests of the connection instead; sends nothing to the org.") var history = false
    @Option(help: ArgumentHelp("Show this test from the history, by the beginning of its id.", valueName: "id"))
    var run: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if newApp, !changed { throw ValidationError("--new-app needs --changed.") }
        let modes = [changed, follow, history, run != nil].count { $0 }
        if modes > 1 { throw ValidationError("Give only one of --changed, --follow, --history and --run.") }
    }

    func perform(_ world: World) async throws -> ExitStatus {
        let output = world.output
        if changed || follow { return try await followChange(world) }
        if history { return try await listTests(world) }
        if let run { return try await showTest(run, world) }
        @Sendable func show(_ step: TestView.Step) { output.transient("Testing: " + step.id.question) }
        let unsaved = Mutex<(any Error)?>(nil)
        let view: TestView
        switch try target.choice(world) {
        case .alias(let alias):
            view = try await world.service(store).diagnosis.test(
                alias, as: world.principal, onStep: show, onUnsaved: { error in unsaved.withLock { $0 = error } })
        case .storeless(let connection):
            view = try await world.storeless().test(connection, onStep: show)
        }
        output.transient(nil)
        try conclude(view, output)
        if let error = unsaved.withLock({ $0 }) {
            let why = (error as? ConnectedAppError)?.description ?? "\(type(of: error))"
            output.warn("This test could not be saved in the history: " + why)
        }
        return Self.status(view)
    }

    /// Prints the steps, the verdict and the explanation of its cause.
    private func conclude(_ view: TestView, _ output: Output) throws {
        if output.json {
            try output.document(view)
        } else {
            for line in TestText.lines(view.steps, output) + [TestText.verdict(view, output)] {
                output.data(line + "\n")
            }
        }
        if let cause = view.cause, !output.json {
            for line in TestText.explanation(cause, view.probes, flags: store.flags) { output.say(line) }
        }
        if let cause = view.cause {
            let step = view.steps.first { $0.outcome == .fails || $0.outcome == .waiting }
            output.say(
                "aprity: error: " + cause.summary + Evidence.quoted(step?.evidence ?? [:], beside: cause.summary))
            output.say("aprity: hint: " + cause.remedy)
        }
    }

    // MARK: History

    /// Returns the latest tests of the connection, the newest first.
    private func pastTests(_ world: World) async throws -> (alias: String, tests: [TestRecord]) {
        guard case .alias(let alias) = try target.choice(world) else {
            throw ConnectedAppError(
                .usage, detail: "Only connections in the store have a history. Give a connection's name.")
        }
        return (alias, try await world.service(store).diagnosis.tests(of: alias, as: world.principal))
    }

    private func listTests(_ world: World) async throws -> ExitStatus {
        let (alias, tests) = try await pastTests(world)
        let views = tests.map(TestSummaryView.init)
        try world.output.show(views) {
            let rows = views.map { view in
                [
                    String(view.id.prefix(8)), view.finishedAt.ISO8601Format(),
                    view.outcome == .fails && view.connects ? "differs" : view.outcome.rawValue,
                    view.code?.rawValue ?? "", view.principal,
                ]
            }
            return Columns.lines(["RUN", "ENDED", "OUTCOME", "CAUSE", "BY"], rows)
        }
        if views.isEmpty {
            world.output.say("\(alias) was not tested yet. To test it, run: aprity test \(alias)\(store.flags)")
        }
        return .done
    }

    /// Prints the test whose ID begins with `run`, and returns `.done` whatever its outcome was.
    private func showTest(_ run: String, _ world: World) async throws -> ExitStatus {
        let (alias, tests) = try await pastTests(world)
        let found = tests.filter { $0.id.hasPrefix(run) }
        guard let test = found.first, found.count == 1 else {
            throw ConnectedAppError(
                .usage, subject: run,
                detail: found.isEmpty
                    ? "\(alias) has no such test. `aprity test \(alias) --history\(store.flags)` lists the latest ones."
                    : "\(found.count) tests of \(alias) have ids that begin like this. Give more characters.")
        }
        if !world.output.json {
            world.output.data("Test \(test.id) of \(alias), ended \(test.view.finishedAt.ISO8601Format())\n")
        }
        try conclude(test.view, world.output)
        return .done
    }

    private func followChange(_ world: World) async throws -> ExitStatus {
        let output = world.output
        guard case .alias(let alias) = try target.choice(world) else {
            throw ConnectedAppError(.usage, detail: "--changed and --follow need a connection's name.")
        }
        let service = try await world.service(store)
        if changed {
            _ = try await service.diagnosis.reportChange(of: alias, isNewApp: newApp ? true : nil, as: world.principal)
        }
        let view = try await service.diagnosis.followChange(of: alias, as: world.principal) { view in
            if !output.json { output.say(ChangeText.progress(view)) }
        }
        try output.show(view) { [ChangeText.verdict(view, output)] }
        switch view.outcome {
        case .passes: return .done
        case .waiting, .unknown: return .busy
        case .fails: return .refused
        }
    }

    /// Returns the exit status for a verdict: the cause's own if the test fails.
    static func status(_ view: TestView) -> ExitStatus {
        switch view.outcome {
        case .passes: .done
        case .waiting: .busy
        case .unknown: .refused
        case .fails: view.cause?.code.entry.exit ?? .refused
        }
    }
}

/// Formats a test as text.
enum TestText {
    /// Returns the lines for the steps, failures first; skipped steps are only counted, at the end.
    static func lines(_ steps: [TestView.Step], _ output: Output) -> [String] {
        let taken = steps.filter { $0.skipped == nil }
        let sorted = taken.enumerated().sorted { ($0.element.urgency, $0.offset) < ($1.element.urgency, $1.offset) }
        let skipped = TestView.Skip.allCases.compactMap { reason -> String? in
            let count = steps.count { $0.skipped == reason }
            return count == 0 ? nil : reason.sentence(steps: count)
        }
        return sorted.flatMap { line($0.element, output) }
            + skipped.flatMap { TerminalText.wrapped($0, width: output.columns, indent: 2) }
    }

    private static func line(_ step: TestView.Step, _ output: Output) -> [String] {
        let (word, colour): (String, Output.Colour) =
            switch step.outcome {
            case .passes: ("passes ", .green)
            case .fails: ("fails  ", .red)
            case .waiting: ("waiting", .yellow)
            case .unknown: ("unknown", .dim)
            }
        let name = step.id.rawValue + String(repeating: " ", count: max(1, 18 - step.id.rawValue.count))
        let note = step.notice.map { " Note: " + $0 } ?? ""
        let text = word + "  " + name + TerminalText.safe(step.because + note)
        var lines = TerminalText.wrapped(text, width: output.columns, indent: word.count + 2 + name.count)
        lines[0] = output.coloured(word, colour) + lines[0].dropFirst(word.count)
        return lines
    }

    /// Returns what supports a cause and how to repair it, for stderr. The caller prints the cause's own sentence.
    ///
    /// - Parameter flags: The store's options, for the command that the text suggests.
    static func explanation(_ cause: TestView.CauseView, _ probes: [TestView.Probe], flags: String) -> [String] {
        var lines = probes.map { "Further sign-in: \($0.asks). The org: \($0.answer). \($0.shows)" }
        lines += cause.reasons
        if !cause.certain { lines.append("This is likely, not certain: the evidence does not prove it.") }
        if !cause.among.isEmpty {
            lines.append(
                "The evidence cannot distinguish these causes: " + cause.among.map(\.rawValue).joined(separator: ", ")
                    + ".")
        }
        if !cause.notRuledOut.isEmpty {
            // There are many if only the wording of the org's message narrows them down.
            let others =
                cause.notRuledOut.count > 6
                ? "\(cause.notRuledOut.count) further causes are not ruled out; --json lists them."
                : "these are not ruled out: " + cause.notRuledOut.map(\.rawValue).joined(separator: ", ") + "."
            lines.append("If the org's message has another meaning here, \(others)")
        }
        if let step = cause.separatedBy { lines.append("How to distinguish them: " + step) }
        if !cause.clicks.isEmpty {
            lines.append("In Salesforce:")
            lines += cause.clicks.enumerated().map { "  \($0.offset + 1). \($0.element)" }
        }
        if let command = cause.command {
            let worksOnStore = cause.code.entry.command?.needsConnection ?? false
            lines.append("Command: " + command + (worksOnStore ? flags : ""))
        }
        lines.append("More: aprity explain \(cause.code.rawValue)")
        return lines
    }

    static func verdict(_ view: TestView, _ output: Output) -> String {
        output.coloured(view.headline, view.tone) + (view.advice.map { " " + $0.sentences } ?? "")
    }
}

extension TestView.Step {
    /// The sort order; 0 is the most urgent.
    fileprivate var urgency: Int {
        switch outcome {
        case .fails, .waiting: 0
        case .unknown: 1
        case .passes: notice == nil ? 3 : 2
        }
    }
}

/// Formats the progress of a change as text.
enum ChangeText {
    static func progress(_ view: ChangeWatchView) -> String {
        let asked = "\(view.answers.count) of \(view.signInBudget) sign-ins used. "
        guard let next = view.nextAnswerAt else { return asked + view.because }
        let usual = view.usual.map { " " + $0.sentence } ?? ""
        return asked + view.because + " Next sign-in at \(next.formatted(.iso8601)); no sign-in after "
            + "\(view.deadline.formatted(.iso8601))." + usual
    }

    static func verdict(_ view: ChangeWatchView, _ output: Output) -> String {
        output.coloured(view.headline, view.outcome.tone) + " " + view.because
    }
}
