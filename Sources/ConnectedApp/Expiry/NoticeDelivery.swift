internal import Foundation

/// The rules for when a notice is tried again.
enum NoticeDelivery {
    /// Returns the seconds between a failed attempt and the next one. After a permanent failure, a person must fix
    /// something first, so attempts are rare; this also prevents locked accounts.
    static func pause(afterAttempt attempt: Int, isPermanent: Bool) -> TimeInterval {
        if isPermanent { return 6 * 3600 }
        let pauses: [TimeInterval] = [60, 300, 900, 3600]
        return attempt <= pauses.count ? pauses[max(attempt, 1) - 1] : 4 * 3600
    }

    /// Seconds after which a claim expires. An attempt takes about a minute, so if there is no result by then, the
    /// process that claimed the notice has died and another one may claim it.
    static let claimTimeout: TimeInterval = 600
}
