internal import ConnectedApp
internal import Foundation

/// The page of a connection test: its steps and, when it has ended, its verdict. The property names are the tags of
/// `testRun.mustache`.
struct TestRunPage {
    /// A sentence that contains a time. The spaces around the time belong to `before` and `after`.
    struct Advice {
        let before: String
        let until: ShownTime
        let after: String
    }

    /// The verdict. Everything about the cause is `nil` or empty if the test passed.
    struct Verdict {
        let tone: String
        let heading: String
        let summary: String?
        let remedy: [Prose]
        let clicks: [Clicks]
        /// The page that does the same as the command; `nil` if there is none.
        let pageLink: PageLink?
        /// The command that repairs the cause; `nil` if there is none or a page does the same.
        let command: String?
        let reasons: [Clicks]
        /// The further sign-ins that narrowed down the cause.
        let probes: [TestView.Probe]
        /// How to distinguish the cause from similar ones.
        let separation: [Prose]
        let connectionPath: String
        let formToken: String
        let code: String?
        /// The summaries of the causes that the evidence cannot distinguish from the verdict's; `nil` if there are
        /// none.
        let among: String?
        /// Causes that only the wording of the org's message rules out.
        let notRuledOut: [CauseIndex.Line]
        let manualPath: String?
        let isUncertain: Bool
        let advice: Advice?
        let signIns: String
        let finishedAt: ShownTime?
    }

    let alias: String
    let connectionPath: String
    /// The path of the set-up; `nil` if it is complete.
    let setUpPath: String?
    let eventsPath: String
    let formToken: String
    let startedAt: ShownTime
    let isRunning: Bool
    /// The number of steps that have ended.
    let done: Int
    let total = TestStep.allCases.count
    /// All steps: those that have ended, then the others.
    let steps: [StepRow]
    /// `nil` if the test is running or ended without one.
    let verdict: Verdict?
    let problem: ProblemCard?
    let isInterrupted: Bool
    /// Why the test is not in the history; `nil` if it is.
    let unsaved: String?

    /// - Parameters:
    ///   - clicks: The steps in Salesforce that repair the cause, worded for the Settings page; empty if there are none.
    ///   - isSetUp: Whether a sign-in has ever succeeded.
    init(_ run: TestRun, clicks: [String], isSetUp: Bool, session: Session) {
        let progress = run.progress
        alias = run.alias
        connectionPath = SettingsPath.connection(run.alias)
        setUpPath = isSetUp ? nil : SettingsPath.setUp(run.alias)
        eventsPath = SettingsPath.run(run) + "/events"
        formToken = session.formToken
        startedAt = ShownTime(run.startedAt)
        isRunning = progress.ending == nil
        done = progress.steps.count
        let ended = progress.steps.enumerated().map { StepRow(number: $0.offset + 1, $0.element) }
        let isRunning = isRunning
        let open = TestStep.allCases.dropFirst(ended.count).enumerated().map {
            StepRow(number: ended.count + $0.offset + 1, open: $0.element, isNext: isRunning && $0.offset == 0)
        }
        steps = ended + open
        switch progress.ending {
        case nil: (verdict, problem, isInterrupted, unsaved) = (nil, nil, false, nil)
        case .finished(let view, let error):
            (verdict, problem) = (Verdict(view, clicks: clicks, session: session), nil)
            (isInterrupted, unsaved) = (false, error?.description)
        case .failed(let error):
            (verdict, problem, isInterrupted, unsaved) = (nil, ProblemCard(Problem(error)), false, nil)
        case .interrupted: (verdict, problem, isInterrupted, unsaved) = (nil, nil, true, nil)
        }
    }
}

extension TestRunPage.Verdict {
    init(_ view: TestView, clicks: [String], session: Session) {
        (tone, heading) = (view.tone.rawValue, view.headline)
        summary = view.cause?.summary
        remedy = Prose.pieces(view.cause?.remedyOnPage ?? "")
        self.clicks = clicks.map(Clicks.init)
        let entry = view.cause?.code.entry
        // The steps of a rotation begin on its page, whatever the command shows.
        let repair = entry?.task == .rotate ? .showRotation : entry?.command
        let link = repair.flatMap { PageLink($0, of: view.connection) }
        pageLink = link
        command = link == nil ? view.cause?.command : nil
        reasons = (view.cause?.reasons ?? []).map(Clicks.init)
        probes = view.probes
        separation = Prose.pieces(view.cause?.separatedBy ?? "")
        connectionPath = SettingsPath.connection(view.connection)
        formToken = session.formToken
        code = view.cause?.code.rawValue
        let others = view.cause?.among.filter { $0 != view.cause?.code } ?? []
        notRuledOut = (view.cause?.notRuledOut ?? []).map(CauseIndex.Line.init)
        manualPath = (view.cause?.code).map(SettingsPath.cause)
        among = others.isEmpty ? nil : others.map(\.entry.summary).joined(separator: " ")
        isUncertain = view.cause.map { !$0.certain } ?? false
        advice = view.advice.map { TestRunPage.Advice(before: $0.before, until: ShownTime($0.until), after: $0.after) }
        signIns = view.signInsUsed == 1 ? "1 sign-in" : "\(view.signInsUsed) sign-ins"
        finishedAt = ShownTime(view.finishedAt)
    }
}

/// One step, as the page shows it. The property names are tags of `testRun.mustache` and JSON names in `test-run.js`.
struct StepRow: Encodable {
    /// How far a step is.
    ///
    /// The raw value is a contract with `test-run.js`, `testRun.mustache` and `settings.css`: the step's element has
    /// the class `is-` followed by the raw value. The script replaces only rows that are `is-running` or `is-open`, and
    /// makes the first that is `is-open` the running one.
    enum Outcome: String, Encodable {
        case passes, fails, unknown, waiting
        /// The step has not ended. `running` is the first such step of a running test; all others are `open`.
        case running, open

        init(_ outcome: TestOutcome) {
            self =
                switch outcome {
                case .passes: .passes
                case .fails: .fails
                case .unknown: .unknown
                case .waiting: .waiting
                }
        }

        var label: String {
            switch self {
            case .passes: "passed"
            case .fails: "failed"
            case .unknown: "unknown"
            case .waiting: "waiting"
            case .running: "running"
            case .open: "not yet"
            }
        }
    }

    /// From 1.
    let number: Int
    /// The code of the step. The element's ID is `step-` followed by it.
    let id: String
    let question: String
    let outcome: Outcome
    let outcomeLabel: String
    let because: String
    /// Empty if there is none.
    let notice: String
    /// `1.5 s`; empty if the step took less than 0.1 s.
    let elapsed: String
    let facts: [Fact]
    let hasFacts: Bool

    init(number: Int, _ step: TestView.Step) {
        self.number = number
        id = step.id.rawValue
        question = step.id.question
        outcome = Outcome(step.outcome)
        outcomeLabel = outcome.label
        because = VisibleText.of(step.because)
        notice = VisibleText.of(step.notice ?? "")
        elapsed = step.elapsedSeconds < 0.1 ? "" : String(format: "%.1f s", step.elapsedSeconds)
        facts = Fact.list(step.evidence)
        hasFacts = !facts.isEmpty
    }

    /// A step that has not ended.
    init(number: Int, open step: TestStep, isNext: Bool) {
        self.number = number
        id = step.rawValue
        question = step.question
        outcome = isNext ? .running : .open
        outcomeLabel = outcome.label
        because = ""
        notice = ""
        elapsed = ""
        facts = []
        hasFacts = false
    }
}
