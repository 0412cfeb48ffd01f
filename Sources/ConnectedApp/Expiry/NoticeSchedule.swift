internal import Foundation

/// When the end of a certificate is told of.
enum NoticeSchedule {
    /// Days before the end; -1 is the day after.
    static let days = [60, 30, 14, 7, 3, 1, 0, -1]

    /// The notice that is due: the latest whose moment has come. Earlier ones that were never sent are not made up for,
    /// and a certificate with a short life is not told of before it began.
    static func due(notBefore: Date, notAfter: Date, at now: Date) -> Int? {
        days.last { days in
            let moment = notAfter.addingTimeInterval(-86_400 * Double(days))
            return moment <= now && moment >= notBefore
        }
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
