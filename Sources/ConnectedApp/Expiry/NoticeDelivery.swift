internal import Foundation

/// The rules for when a notice is tried again.
enum NoticeDelivery {
    /// Returns the seconds from the end of a failed attempt to the next one: 1, 5, 15 and 60 minutes, then 4 hours.
    /// After a permanent failure, somebody must fix the cause first, so the pause is 6 hours; this also prevents
    /// locked accounts.
    ///
    /// - Parameter attempt: The number of the failed attempt, from 1.
    static func pause(afterAttempt attempt: Int, isPermanent: Bool) -> TimeInterval {
        if isPermanent { return 6 * 3600 }
        let pauses: [TimeInterval] = [60, 300, 900, 3600]
        return attempt <= pauses.count ? pauses[max(attempt, 1) - 1] : 4 * 3600
    }

    /// Seconds from the beginning of an attempt until another process may claim the notice. If there is no result by
    /// then, the process that claimed it has died.
    ///
    /// This must be much longer than the time limit of every channel, because otherwise two processes send the same
    /// notice. A webhook has 30 seconds, and mail has 60.
    static let claimTimeout: TimeInterval = 600
}
