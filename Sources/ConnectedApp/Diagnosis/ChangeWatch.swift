internal import Foundation

/// The org's answers while one change of an app spreads over its servers: from when the change was reported until the
/// answers agree or the time is over.
///
/// A value without a clock or a network. A failure that a spreading change can cause means *waiting*; one good answer
/// is not success. Good answers alone do not show that every server has the change: after a stale answer, more of them
/// are expected until ``deadline``. Each change may use ``budget`` sign-ins.
struct ChangeWatch: RecordValue, Equatable {
    static let kind = RecordKind.changeWatch

    struct Answer: Codable, Sendable, Equatable {
        let time: Date
        /// The cause's code; `nil` for a good answer.
        let code: String?
        var isGood: Bool { code == nil }

        init(time: Date, code: String?) {
            self.time = time
            self.code = code
        }
    }

    let appID: String
    /// When the change was reported to aprity.
    let toldAt: Date
    /// A new app may take longer than an edit.
    let isNewApp: Bool
    private(set) var answers: [Answer] = []

    var recordID: String { appID }

    /// The most sign-ins for one change.
    static let budget = 20
    /// How many good answers in a row, over at least ``agreementSpan``, count as agreement. After a stale answer, the
    /// ``deadline`` must also have passed, or ``missChance`` must be small.
    static let agreementCount = 7
    /// Seconds.
    static let agreementSpan: TimeInterval = 120
    /// The ``missChance`` up to which the wait may end before the deadline.
    private static let smallMissChance = 0.05

    init(appID: String, toldAt: Date, isNewApp: Bool) {
        self.appID = appID
        self.toldAt = toldAt
        self.isNewApp = isNewApp
    }

    var change: AppChange { AppChange(isNewApp ? .newApp : .edit, at: toldAt) }

    var deadline: Date { change.deadline }

    mutating func record(_ answer: Answer) { answers.append(answer) }

    /// The number of good answers since the last failure.
    var inARow: Int { answers.reversed().prefix { $0.isGood }.count }

    private var rowSpan: TimeInterval {
        let row = answers.suffix(inARow)
        guard let first = row.first, let last = row.last else { return 0 }
        return last.time.timeIntervalSince(first.time)
    }

    /// The time of the last failed answer, which counts as one from before the change; `nil` if there was none.
    var lastStale: Date? { answers.last { !$0.isGood }?.time }

    private var isAgreed: Bool {
        guard inARow >= Self.agreementCount, rowSpan >= Self.agreementSpan, let last = answers.last else {
            return false
        }
        return lastStale == nil || last.time >= deadline || missChance <= Self.smallMissChance
    }

    func outcome(at now: Date) -> ChangeState {
        if let last = answers.last?.code, Cause(rawValue: last)?.spreadingChanges.contains(change.kind) != true {
            return .otherCause
        }
        if isAgreed { return .agreed }
        if now >= deadline, inARow == 0 { return .overdue }
        return answers.count >= Self.budget ? .budgetUsed : .waiting
    }

    /// Returns when to ask again; `nil` if there is nothing more to ask.
    ///
    /// The pauses are short during the time in which most changes arrive, and then longer. Once the change has begun to
    /// arrive, the good answers that agreement needs are spread over the remaining time, so that the budget suffices.
    func nextAnswer(at now: Date) -> Date? {
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

    /// Seconds from the change to the last stale answer; `nil` if there was none, or if the answers do not agree yet.
    var spreadSeconds: TimeInterval? {
        guard isAgreed, let lastStale else { return nil }
        return lastStale.timeIntervalSince(toldAt)
    }

    /// The probability that the good answers in a row would have missed one stale server of eight. Each answer comes
    /// over a new connection.
    var missChance: Double { pow(7.0 / 8.0, Double(inARow)) }
}

/// What the answers show about a change that spreads.
enum ChangeState: String, Codable, Sendable, CaseIterable {
    /// The answers disagree, are still stale, or are too few.
    case waiting
    /// The latest answers are good, and have been for long enough.
    case agreed
    /// The time is over, and the last answer is still stale.
    case overdue
    /// The last answer is a failure that no spreading change causes. It hides whether the change arrived.
    case otherCause
    /// The change's sign-ins were used up before the answers agreed.
    case budgetUsed
}

/// How long changes took to spread in one org, as far as aprity saw.
struct SpreadHistory: RecordValue, Equatable {
    static let kind = RecordKind.spreadHistory
    /// The org's id, or the login host before the id is known.
    let place: String
    /// Seconds for each change, the newest last.
    private(set) var seconds: [Double] = []

    var recordID: String { place }
    static let kept = 20

    init(place: String) { self.place = place }

    mutating func add(_ seconds: Double) { self.seconds = (self.seconds + [seconds]).suffix(Self.kept) }

    var median: Double? {
        let sorted = seconds.sorted()
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }
}
