package import Foundation

/// The state of a change of an app while it spreads, in output for people and in JSON; see ``ChangeWatch`` for the terms. The
/// property names are the JSON keys; they must not change.
package struct ChangeWatchView: Codable, Sendable, Equatable {
    package struct Answer: Codable, Sendable, Equatable {
        package let time: Date
        /// The cause of the failure; `null` for a good answer.
        @ExplicitNull package var code: Cause?
    }

    /// The connection's name.
    package let connection: String
    /// When the change was reported to aprity.
    package let toldAt: Date
    let isNewApp: Bool
    let state: ChangeState
    /// `passes` if the latest answers agree; `waiting` if more are needed; `fails` if the last answer is a failure and the
    /// deadline has passed, or a spreading change cannot cause it; `unknown` if the sign-ins for this change are used up.
    package let outcome: TestOutcome
    /// Sentences about what the answers show.
    package let because: String
    /// The oldest first.
    package let answers: [Answer]
    /// The maximum number of sign-ins for one change.
    package let signInBudget: Int
    /// The number of good answers since the last failure.
    let goodInARow: Int
    /// The probability, from 0 to 1, that none of these answers came from the stale server, if exactly one of eight servers
    /// were stale.
    let missChance: Double
    /// When aprity will sign in again; `null` if the wait is over.
    @ExplicitNull package var nextAnswerAt: Date?
    /// After this time, spreading is no longer a plausible cause of a failure.
    package let deadline: Date
    /// How long earlier changes took in this org; `null` if aprity saw none.
    @ExplicitNull package var usual: UsualSpread?
    /// The cause of the last failed answer; `null` if no answer failed.
    @ExplicitNull package var code: Cause?

    init(_ connection: String, _ watch: ChangeWatch, _ history: SpreadHistory?, now: Date) {
        self.connection = connection
        toldAt = watch.toldAt
        isNewApp = watch.isNewApp
        let state = watch.outcome(at: now)
        self.state = state
        outcome =
            switch state {
            case .waiting: .waiting
            case .agreed: .passes
            case .overdue, .otherCause: .fails
            case .budgetUsed: .unknown
            }
        answers = watch.answers.map { Answer(time: $0.time, code: $0.code.flatMap(Cause.init(rawValue:))) }
        signInBudget = ChangeWatch.budget
        goodInARow = watch.inARow
        missChance = (watch.missChance * 1000).rounded() / 1000
        nextAnswerAt = watch.nextAnswer(at: now)
        deadline = watch.deadline
        usual = history.flatMap(UsualSpread.init)
        let last = watch.answers.last { !$0.isGood }?.code.flatMap(Cause.init(rawValue:))
        code = last
        because = ChangeWords(watch: watch, last: last).because(state)
    }
}

extension ChangeWatchView {
    /// What the answers show, in one sentence.
    package var headline: String {
        switch state {
        case .agreed: "The answers agree."
        case .waiting: "Salesforce may still be spreading the change."
        case .overdue where answers.contains { $0.code == nil }: "The change has not arrived everywhere."
        case .overdue: "The change has not arrived."
        case .otherCause, .budgetUsed: "It is not known whether the change has arrived."
        }
    }
}

/// Sentences about a change. They claim no more than the answers show.
private struct ChangeWords {
    let watch: ChangeWatch
    /// The cause of the last failed answer.
    let last: Cause?

    private var minutes: Int { Int(watch.change.kind.longestSpread / 60) }

    private var missed: String {
        let percent = Int((watch.missChance * 100).rounded())
        return
            "if one of eight servers did not have the change, the chance that they missed that server is \(percent)%."
    }

    func because(_ state: ChangeState) -> String {
        switch state {
        case .agreed: agreed
        case .waiting: waiting
        case .overdue:
            """
            \(last?.entry.summary ?? "") A change rarely takes longer than \(minutes) minutes to spread, so look for \
            another cause with `aprity test`.\(watch.isNewApp ? "" : " A new app may take 30 minutes.")
            """
        case .otherCause: "\(last?.entry.summary ?? "") A spreading change cannot cause this."
        case .budgetUsed:
            "The \(ChangeWatch.budget) sign-ins for this change are used up, and the org's answers did not agree."
        }
    }

    private var agreed: String {
        guard let stale = watch.lastStale else {
            return "All \(watch.inARow) answers since the change are good; " + missed
        }
        let since =
            "The last \(watch.inARow) answers, since the failure at \(stale.ISO8601Format()), are good; "
        return since + missed
    }

    private var waiting: String {
        guard watch.inARow > 0 else {
            return last.map { "\($0.entry.summary) A change that is still spreading can cause this." }
                ?? "aprity has not asked the org yet."
        }
        let answers = watch.inARow == 1 ? "answer" : "answers"
        let row =
            "\(watch.inARow) good \(answers) in a row; \(ChangeWatch.agreementCount) are needed, and they must continue "
        return row
            + (watch.lastStale == nil
                ? "for two minutes."
                : "until \(minutes) minutes after the change, because some answers were failures.")
    }
}

/// How long changes usually take to spread in one org. The property names are JSON keys; they must not change.
package struct UsualSpread: Codable, Sendable, Equatable {
    let medianSeconds: Double
    let changesSeen: Int

    init(medianSeconds: Double, changesSeen: Int) {
        self.medianSeconds = medianSeconds
        self.changesSeen = changesSeen
    }

    init?(_ history: SpreadHistory) {
        guard let median = history.median else { return nil }
        self.init(medianSeconds: median, changesSeen: history.seconds.count)
    }

    /// A sentence about the time that changes take. After a single change, it does not call the time usual.
    package var sentence: String {
        let span =
            medianSeconds < 90
            ? "\(Int(bounding: medianSeconds)) seconds" : "\(Int(bounding: (medianSeconds / 60).rounded())) minutes"
        return changesSeen == 1
            ? "In this org, the one change that aprity saw took \(span)."
            : "In this org, a change takes \(span) (median of \(changesSeen))."
    }
}
