internal import Foundation

/// The org's answers to repeated sign-ins while one change of an app spreads over Salesforce's servers: from the report of the
/// change until the answers agree, the change cannot explain them any more, or its sign-ins are used up.
///
/// This is a value: it knows no clock and sends nothing. A *good* answer is a token with the right scopes. A *stale* answer is
/// a failure that the spreading change can cause, so it comes from a server that does not have the change yet (a stale
/// server). One good answer is not success, because the next may come from a stale server: after a stale answer, good
/// answers must continue until ``deadline``. Each change may use ``budget`` sign-ins.
///
/// Stored; the property names must not change.
struct ChangeWatch: RecordValue, Equatable {
    static let kind = RecordKind.changeWatch

    struct Answer: Codable, Sendable, Equatable {
        let time: Date
        /// The code of the cause of the failure; `nil` for a good answer.
        let code: String?
        var isGood: Bool { code == nil }

        init(time: Date, code: String?) {
            self.time = time
            self.code = code
        }
    }

    let appID: String
    /// When the change was reported to aprity. It also identifies the change.
    let toldAt: Date
    /// A new app may take longer than an edit.
    let isNewApp: Bool
    /// The oldest first.
    private(set) var answers: [Answer] = []

    var recordID: String { appID }

    /// The maximum number of sign-ins for one change.
    static let budget = 20
    /// The number of good answers in a row, over at least ``agreementSpan``, that count as agreement. If there was a stale
    /// answer, the ``deadline`` must also have passed.
    static let agreementCount = 7
    /// The minimum time in seconds between the first and the last good answer in the row.
    static let agreementSpan: TimeInterval = 120

    init(appID: String, toldAt: Date, isNewApp: Bool) {
        self.appID = appID
        self.toldAt = toldAt
        self.isNewApp = isNewApp
    }

    var change: AppChange { AppChange(isNewApp ? .newApp : .edit, at: toldAt) }

    /// From this time on, the spreading change no longer explains a failure.
    var deadline: Date { change.deadline }

    mutating func record(_ answer: Answer) { answers.append(answer) }

    /// The number of good answers since the last failure, or of all answers if there was no failure.
    var inARow: Int { answers.reversed().prefix { $0.isGood }.count }

    /// The time in seconds between the first and the last of the good answers that ``inARow`` counts; 0 if there are fewer than
    /// two.
    private var rowSpan: TimeInterval {
        let row = answers.suffix(inARow)
        guard let first = row.first, let last = row.last else { return 0 }
        return last.time.timeIntervalSince(first.time)
    }

    /// The time of the last failed answer, which counts as stale; `nil` if there was none.
    var lastStale: Date? { answers.last { !$0.isGood }?.time }

    private var isAgreed: Bool {
        guard inARow >= Self.agreementCount, rowSpan >= Self.agreementSpan, let last = answers.last else {
            return false
        }
        return lastStale == nil || last.time >= deadline
    }

    /// Returns what the answers show at a time.
    func outcome(at now: Date) -> ChangeState {
        if let last = answers.last?.code, Cause(rawValue: last)?.spreadingChanges.contains(change.kind) != true {
            return .otherCause
        }
        if isAgreed { return .agreed }
        if now >= deadline, inARow == 0 { return .overdue }
        return answers.count >= Self.budget ? .budgetUsed : .waiting
    }

    /// Returns when to sign in again; `nil` if the wait is over.
    ///
    /// The pauses are short in the first three minutes, in which most changes arrive, and then longer. After a good answer,
    /// the good answers that are still needed are spread over the time until the deadline, so that the budget is enough.
    func nextAnswer(at now: Date) -> Date? {
        guard outcome(at: now) == .waiting else { return nil }
        guard let last = answers.last else { return now }
        if last.isGood { return last.time.addingTimeInterval(pauseAfterGood(at: last.time)) }
        let age = last.time.timeIntervalSince(toldAt)
        let slower: TimeInterval = isNewApp ? 150 : 75
        let pause: TimeInterval = age < 180 ? 30 : age < AppChange.Kind.edit.longestSpread ? slower : 300
        let next = last.time.addingTimeInterval(pause)
        return last.time < deadline ? min(next, deadline) : next
    }

    /// Returns the pause after a good answer at `time`, in seconds.
    private func pauseAfterGood(at time: Date) -> TimeInterval {
        let quick = Self.agreementSpan / Double(Self.agreementCount - 1)
        guard lastStale != nil else { return quick }
        return max(quick, deadline.timeIntervalSince(time) / Double(max(1, Self.agreementCount - inARow)))
    }

    /// The time in seconds from the report of the change to the last stale answer; `nil` if there was none, or if the answers
    /// do not agree yet.
    var spreadSeconds: TimeInterval? {
        guard isAgreed, let lastStale else { return nil }
        return lastStale.timeIntervalSince(toldAt)
    }

    /// The probability, from 0 to 1, that none of the good answers in a row came from the stale server, if exactly one of eight
    /// servers were stale. Assumes that each answer, because it comes over a new connection, is from a random server.
    var missChance: Double { pow(7.0 / 8.0, Double(inARow)) }
}

/// What the answers show about a change that spreads. The raw values appear in JSON; they must not change.
enum ChangeState: String, Codable, Sendable, CaseIterable {
    /// The answers disagree, are still stale, or are too few, and more may follow.
    case waiting
    /// The latest answers are good, and have been for long enough.
    case agreed
    /// The deadline has passed, and the last answer is stale or there is none.
    case overdue
    /// The last answer is a failure that this change cannot cause while it spreads. Because of the failure, it is not known
    /// whether the change has arrived.
    case otherCause
    /// The change's sign-ins were used up before the answers agreed.
    case budgetUsed
}

/// How long the changes that aprity followed took to spread in one org. Stored; the property names must not change.
struct SpreadHistory: RecordValue, Equatable {
    static let kind = RecordKind.spreadHistory
    /// The org's id, or the login host before the id is known.
    let place: String
    /// The ``ChangeWatch/spreadSeconds`` of the latest ``kept`` changes, the newest last.
    private(set) var seconds: [Double] = []

    var recordID: String { place }
    /// The number of changes that are stored; older ones are dropped.
    static let kept = 20

    init(place: String) { self.place = place }

    mutating func add(_ seconds: Double) { self.seconds = (self.seconds + [seconds]).suffix(Self.kept) }

    /// In seconds; of an even number, the longer of the two in the middle. `nil` if no change was seen.
    var median: Double? {
        let sorted = seconds.sorted()
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }
}
