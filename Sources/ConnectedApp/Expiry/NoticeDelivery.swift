internal import Foundation

/// When a notice is tried again.
enum NoticeDelivery {
    /// How long after a failed attempt the next one is made. If the receiver has refused for good, a person has to mend something
    /// first: it is asked seldom, so that no account is locked.
    static func pause(afterAttempt attempt: Int, isPermanent: Bool) -> TimeInterval {
        if isPermanent { return 6 * 3600 }
        let pauses: [TimeInterval] = [60, 300, 900, 3600]
        return attempt <= pauses.count ? pauses[max(attempt, 1) - 1] : 4 * 3600
    }

    /// How long a claim holds. A process that claims a notice records the result well within this time: an attempt takes a
    /// minute or so. If there is none, the process has died, and another one claims the notice.
    static let claimTimeout: TimeInterval = 600
}
