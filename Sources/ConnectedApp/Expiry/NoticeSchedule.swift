internal import Foundation

/// When somebody is told of a certificate.
enum NoticeSchedule {
    /// What a certificate's life has moments for.
    enum Moment: Equatable {
        case rotationDue
        /// -1 is the day after the end.
        case end(days: Int)
    }

    /// Days before the end; -1 is the day after.
    static let days = [60, 30, 14, 7, 3, 1, 0, -1]

    /// Every moment of a certificate's life, the first one first. That its rotation is due is told by itself only where no
    /// notice of the end goes out within a day of that: such a notice says it too. A certificate with a short life is not
    /// told of before it began.
    static func moments(notBefore: Date, notAfter: Date) -> [(moment: Moment, at: Date)] {
        let ends = days.map { (moment: Moment.end(days: $0), at: notAfter.addingTimeInterval(-86_400 * Double($0))) }
            .filter { $0.at >= notBefore }
        let due = RotationPolicy.due(notBefore: notBefore, notAfter: notAfter)
        guard !ends.contains(where: { abs($0.at.timeIntervalSince(due)) <= 86_400 }) else { return ends }
        return (ends + [(moment: .rotationDue, at: due)]).sorted { $0.at < $1.at }
    }

    /// The moment whose notice is due: the latest that has come. Earlier ones that were never told of are not made up for.
    static func due(notBefore: Date, notAfter: Date, at now: Date) -> Moment? {
        moments(notBefore: notBefore, notAfter: notAfter).last { $0.at <= now }?.moment
    }

    /// After how many days the upload of a next certificate is reminded of: the latest that have passed.
    static func reminder(preparedAt since: Date, at now: Date) -> Int? {
        RotationPolicy.uploadReminders.last { since.addingTimeInterval(86_400 * Double($0)) <= now }
    }

    /// How long after a failed attempt the next one comes. Where the receiver has said no for good, a person has to mend
    /// something first: it is asked seldom, so that no account is locked.
    static func pause(afterAttempt attempt: Int, isPermanent: Bool) -> TimeInterval {
        if isPermanent { return 6 * 3600 }
        let pauses: [TimeInterval] = [60, 300, 900, 3600]
        return attempt <= pauses.count ? pauses[max(attempt, 1) - 1] : 4 * 3600
    }

    /// A process that said so long ago that it sends a notice, and nothing after, has died.
    static let claimLife: TimeInterval = 600
}
