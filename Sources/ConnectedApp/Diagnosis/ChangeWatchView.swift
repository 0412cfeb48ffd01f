public import Foundation

/// A change of an app while it spreads, as it is shown.
public struct ChangeWatchView: Codable, Sendable, Equatable {
    public struct Answer: Codable, Sendable, Equatable {
        public let time: Date
        /// `null` for an answer that is as it should be.
        @ExplicitNull public var code: Cause?
    }

    public let connection: String
    public let toldAt: Date
    public let isNewApp: Bool
    public let state: ChangeState
    /// `passes` where the last answers agree; `waiting`; `fails` where the time is over or the cause is another; `unknown`
    /// where the change's sign-ins are used up.
    public let outcome: TestOutcome
    /// The sentences that say what was seen.
    public let because: String
    public let answers: [Answer]
    /// How many sign-ins a change has.
    public let signInBudget: Int
    /// The last good answers, without another in between.
    public let goodInARow: Int
    /// How likely one stale server of eight would have stayed unseen in them.
    public let missChance: Double
    @ExplicitNull public var nextAnswerAt: Date?
    /// After this moment it is no longer a matter of spreading.
    public let deadline: Date
    @ExplicitNull public var usual: UsualSpread?
    /// The cause of the last answer that was not as it should be.
    @ExplicitNull public var code: Cause?

    package init(_ connection: String, _ watch: ChangeWatch, _ history: SpreadHistory?, now: Date) {
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
    /// What was seen, in a few words.
    public var headline: String {
        switch state {
        case .agreed: "The answers agree."
        case .waiting: "Salesforce may still be spreading the change."
        case .overdue where answers.contains { $0.code == nil }: "The change has not arrived everywhere."
        case .overdue: "The change has not arrived."
        case .otherCause, .budgetUsed: "It cannot be seen whether the change has arrived."
        }
    }
}

/// What was seen of a change, in sentences that claim no more than that.
private struct ChangeWords {
    let watch: ChangeWatch
    /// The cause of the last answer that was not as it should be.
    let last: Cause?

    private var minutes: Int { Int(watch.change.kind.spread / 60) }

    private var missed: String {
        let percent = Int((watch.missChance * 100).rounded())
        return "one stale server of eight would have been missed with a chance of \(percent) %."
    }

    func because(_ state: ChangeState) -> String {
        switch state {
        case .agreed: agreed
        case .waiting: waiting
        case .overdue:
            """
            \(last?.entry.summary ?? "") After \(minutes) minutes it is unusual that a change is still spreading, so look for a \
            cause: `aprity test`.\(watch.isNewApp ? "" : " A new app may take 30.")
            """
        case .otherCause: "\(last?.entry.summary ?? "") No spreading change causes this."
        case .budgetUsed:
            "The \(ChangeWatch.budget) sign-ins of this change are used up, and its answers did not agree."
        }
    }

    private var agreed: String {
        guard let stale = watch.lastStale else {
            return "All \(watch.inARow) answers since then are as they should be; " + missed
        }
        let since =
            "The last \(watch.inARow) answers, since the stale one at \(stale.ISO8601Format()), are as they should be; "
        return since + missed
    }

    private var waiting: String {
        guard watch.inARow > 0 else {
            return last.map { "\($0.entry.summary) A change that is still spreading can cause this." }
                ?? "Nothing was asked yet."
        }
        let row =
            "\(watch.inARow) good answer\(watch.inARow == 1 ? "" : "s") in a row; \(ChangeWatch.agreementCount) are waited for, "
        return row
            + (watch.lastStale == nil
                ? "over two minutes." : "until \(minutes) minutes after the change, since stale answers were seen.")
    }
}

/// How long changes took to spread in one org, as they were seen.
public struct UsualSpread: Codable, Sendable, Equatable {
    public let medianSeconds: Double
    public let changesSeen: Int

    package init(medianSeconds: Double, changesSeen: Int) {
        self.medianSeconds = medianSeconds
        self.changesSeen = changesSeen
    }

    init?(_ history: SpreadHistory) {
        guard let median = history.median else { return nil }
        self.init(medianSeconds: median, changesSeen: history.seconds.count)
    }

    /// One change says nothing of what is usual.
    public var sentence: String {
        let span =
            medianSeconds < 90
            ? "\(Int(bounding: medianSeconds)) seconds" : "\(Int(bounding: (medianSeconds / 60).rounded())) minutes"
        return changesSeen == 1
            ? "In this org one change was seen: it took \(span)."
            : "In this org a change takes \(span) (median of \(changesSeen))."
    }
}
