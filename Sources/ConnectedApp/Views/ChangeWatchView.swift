public import Foundation

/// A change of an app while it spreads, as it is shown.
public struct ChangeWatchView: Codable, Sendable, Equatable {
    public struct Answer: Codable, Sendable, Equatable {
        public let time: Date
        /// `null` for an answer that is as it should be.
        @ExplicitNull public var code: Cause?
    }

    /// What is known of this org from changes before.
    public struct Usual: Codable, Sendable, Equatable {
        public let medianSeconds: Double
        public let changesSeen: Int
    }

    public let connection: String
    public let toldAt: Date
    public let isNewApp: Bool
    /// `passes` where all answers agree; `waiting`; `fails` where the time is over or the cause is another; `unknown` where
    /// the change's sign-ins are used up.
    public let outcome: TestOutcome
    /// One or two sentences.
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
    @ExplicitNull public var usual: Usual?
    /// The cause of the last answer that was not as it should be.
    @ExplicitNull public var code: Cause?

    package init(_ connection: String, _ watch: ChangeWatch, _ history: SpreadHistory?, now: Date) {
        self.connection = connection
        toldAt = watch.toldAt
        isNewApp = watch.isNewApp
        let ending = watch.outcome(at: now)
        outcome =
            switch ending {
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
        if let history, let median = history.median {
            usual = Usual(medianSeconds: median, changesSeen: history.seconds.count)
        } else {
            usual = nil
        }
        let last = watch.answers.last { !$0.isGood }?.code.flatMap(Cause.init(rawValue:))
        code = last
        because = Self.sentence(ending, watch, last)
    }

    private static func sentence(_ ending: ChangeWatch.Outcome, _ watch: ChangeWatch, _ last: Cause?) -> String {
        switch ending {
        case .agreed:
            return "The last \(watch.inARow) answers agree, each over a connection of its own."
        case .waiting where watch.inARow > 0:
            return
                "\(watch.inARow) good answers in a row; \(ChangeWatch.agreementCount) are waited for, over two minutes."
        case .waiting:
            let seen = last.map { $0.row.summary } ?? "Nothing was asked yet."
            return "\(seen) A change that is still spreading can cause this."
        case .overdue:
            let span = watch.isNewApp ? "30 minutes" : "10 minutes"
            let newApp = watch.isNewApp ? "" : " A new app may take 30."
            return """
                \(last?.row.summary ?? "") After \(span) it is unusual that a change is still spreading, so look for a cause: \
                `aprity test`.\(newApp)
                """
        case .otherCause:
            return "\(last?.row.summary ?? "") No spreading change causes this."
        case .budgetUsed:
            return "The \(ChangeWatch.budget) sign-ins of this change are used up, and its answers did not agree."
        }
    }
}
