package import Foundation

/// What is seen of one change of an app while it spreads over the org's servers: from when somebody said that they made
/// it until all answers agree, or the time is over.
///
/// A value without clock and network. Answers that a spreading change can cause are *waited for*; one lucky answer is no
/// success. A change has sign-ins of its own, ``budget`` of them.
package struct ChangeWatch: RecordValue, Equatable {
    package static let kind = RecordKind.changeWatch

    package struct Answer: Codable, Sendable, Equatable {
        package let time: Date
        /// The cause's code; `nil` for an answer that is as it should be.
        package let code: String?
        package var isGood: Bool { code == nil }

        package init(time: Date, code: String?) {
            self.time = time
            self.code = code
        }
    }

    package enum Outcome: String, Codable, Sendable {
        /// Answers disagree, or are still those of before.
        case waiting
        /// All the last answers are as they should be, over a while.
        case agreed
        /// The time is over, and answers are still otherwise.
        case overdue
        /// A failure that no spreading change causes.
        case otherCause
        /// The change's sign-ins are used up before its answers agreed.
        case budgetUsed
    }

    package let appID: String
    package let toldAt: Date
    /// A new app may take longer than an edit.
    package let isNewApp: Bool
    package private(set) var answers: [Answer] = []

    package var recordID: String { appID }

    /// Sign-ins for one change.
    package static let budget = 20
    /// So many good answers in a row, over at least ``agreementSpan``, count as agreement.
    package static let agreementCount = 7
    package static let agreementSpan: TimeInterval = 120

    package init(appID: String, toldAt: Date, isNewApp: Bool) {
        self.appID = appID
        self.toldAt = toldAt
        self.isNewApp = isNewApp
    }

    package var change: AppChange { AppChange(isNewApp ? .newApp : .edit, at: toldAt) }

    package var deadline: Date { change.deadline }

    package mutating func record(_ answer: Answer) { answers.append(answer) }

    /// The good answers since the last other one.
    package var inARow: Int { answers.reversed().prefix { $0.isGood }.count }

    private var rowSpan: TimeInterval {
        let row = answers.suffix(inARow)
        guard let first = row.first, let last = row.last else { return 0 }
        return last.time.timeIntervalSince(first.time)
    }

    package func outcome(at now: Date) -> Outcome {
        if let last = answers.last?.code, Cause(rawValue: last)?.spreadingChanges.contains(change.kind) != true {
            return .otherCause
        }
        if inARow >= Self.agreementCount, rowSpan >= Self.agreementSpan { return .agreed }
        if now >= deadline, inARow == 0 { return .overdue }
        return answers.count >= Self.budget ? .budgetUsed : .waiting
    }

    /// When to ask again; `nil` where nothing more is to be asked.
    ///
    /// Often while a change mostly arrives, then less so; quickly once it has begun to arrive, so that agreement is seen
    /// with what is left of the budget.
    package func nextAnswer(at now: Date) -> Date? {
        guard outcome(at: now) == .waiting else { return nil }
        guard let last = answers.last else { return now }
        if last.isGood { return last.time.addingTimeInterval(Self.agreementSpan / Double(Self.agreementCount - 1)) }
        let age = last.time.timeIntervalSince(toldAt)
        let pause: TimeInterval = age < 180 ? 30 : age < AppChange.Kind.edit.spread ? 75 : 300
        let next = last.time.addingTimeInterval(pause)
        return last.time < deadline ? min(next, deadline) : next
    }

    /// From the change to the last answer of before it; `nil` where none was seen, or it is not over.
    package var spreadSeconds: TimeInterval? {
        guard outcome(at: toldAt) == .agreed, let last = answers.last(where: { !$0.isGood }) else { return nil }
        return last.time.timeIntervalSince(toldAt)
    }

    /// The chance that one stale server of eight would not have shown in the answers of the row: each comes over a
    /// connection of its own.
    package var missChance: Double { pow(7.0 / 8.0, Double(inARow)) }
}

/// How long changes took to spread in one org, as they were seen.
package struct SpreadHistory: RecordValue, Equatable {
    package static let kind = RecordKind.spreadHistory
    /// The org's id; before it is known, the login host.
    package let place: String
    /// The newest last.
    package private(set) var seconds: [Double] = []

    package var recordID: String { place }
    static let kept = 20

    package init(place: String) { self.place = place }

    package mutating func add(_ seconds: Double) { self.seconds = (self.seconds + [seconds]).suffix(Self.kept) }

    package var median: Double? {
        let sorted = seconds.sorted()
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }
}
