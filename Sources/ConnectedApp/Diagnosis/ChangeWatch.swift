package import Foundation

/// What is seen of one change of an app while it spreads over the org's servers: from when somebody said that they made
/// it until its answers agree, or the time is over.
///
/// A value without clock and network. Answers that a spreading change can cause are *waited for*; one lucky answer is no
/// success. Good answers alone do not show that every server has the change: once a stale answer was seen, more of them
/// are expected until ``deadline``. A change has sign-ins of its own, ``budget`` of them.
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

    package let appID: String
    package let toldAt: Date
    /// A new app may take longer than an edit.
    package let isNewApp: Bool
    package private(set) var answers: [Answer] = []

    package var recordID: String { appID }

    /// Sign-ins for one change.
    package static let budget = 20
    /// So many good answers in a row, over at least ``agreementSpan``, count as agreement. After a stale answer the
    /// ``deadline`` must be over too, or ``missChance`` be small.
    package static let agreementCount = 7
    package static let agreementSpan: TimeInterval = 120
    /// A stale server is unlikely enough then to end the wait before the deadline.
    private static let smallMissChance = 0.05

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

    /// When an answer of before the change was last seen; `nil` if none was.
    package var lastStale: Date? { answers.last { !$0.isGood }?.time }

    private var isAgreed: Bool {
        guard inARow >= Self.agreementCount, rowSpan >= Self.agreementSpan, let last = answers.last else {
            return false
        }
        return lastStale == nil || last.time >= deadline || missChance <= Self.smallMissChance
    }

    package func outcome(at now: Date) -> ChangeState {
        if let last = answers.last?.code, Cause(rawValue: last)?.spreadingChanges.contains(change.kind) != true {
            return .otherCause
        }
        if isAgreed { return .agreed }
        if now >= deadline, inARow == 0 { return .overdue }
        return answers.count >= Self.budget ? .budgetUsed : .waiting
    }

    /// When to ask again; `nil` where nothing more is to be asked.
    ///
    /// Often while a change mostly arrives, then less so. Once it has begun to arrive, the good answers that agreement
    /// needs are spread over the time that is left, so that the budget suffices.
    package func nextAnswer(at now: Date) -> Date? {
        guard outcome(at: now) == .waiting else { return nil }
        guard let last = answers.last else { return now }
        if last.isGood { return last.time.addingTimeInterval(pauseAfterGood(at: last.time)) }
        let age = last.time.timeIntervalSince(toldAt)
        let slower: TimeInterval = isNewApp ? 150 : 75
        let pause: TimeInterval = age < 180 ? 30 : age < AppChange.Kind.edit.spread ? slower : 300
        let next = last.time.addingTimeInterval(pause)
        return last.time < deadline ? min(next, deadline) : next
    }

    private func pauseAfterGood(at time: Date) -> TimeInterval {
        let quick = Self.agreementSpan / Double(Self.agreementCount - 1)
        guard lastStale != nil else { return quick }
        return max(quick, deadline.timeIntervalSince(time) / Double(max(1, Self.agreementCount - inARow)))
    }

    /// From the change to the last answer of before it; `nil` where none was seen, or it is not over.
    package var spreadSeconds: TimeInterval? {
        guard isAgreed, let lastStale else { return nil }
        return lastStale.timeIntervalSince(toldAt)
    }

    /// The chance that one stale server of eight would not have shown in the answers of the row: each comes over a
    /// connection of its own.
    package var missChance: Double { pow(7.0 / 8.0, Double(inARow)) }
}

/// How far a change that spreads was seen.
public enum ChangeState: String, Codable, Sendable, CaseIterable {
    /// Answers disagree, or are still those of before, or too few were seen.
    case waiting
    /// All the last answers are as they should be, for long enough.
    case agreed
    /// The time is over, and the last answer is still one of before.
    case overdue
    /// A failure that no spreading change causes, so it hides whether the change arrived.
    case otherCause
    /// The change's sign-ins are used up before its answers agreed.
    case budgetUsed
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
