package import Foundation

/// How much of a certificate's validity is left.
package struct RemainingValidity: Sendable, Equatable {
    /// The days until it expires, rounded down; negative if it has expired.
    package let daysLeft: Int
    package let isExpired: Bool
    /// The whole days since it expired; 0 if it has not.
    package let daysExpired: Int

    package init(until end: Date, at now: Date) {
        let days = end.timeIntervalSince(now) / 86_400
        daysLeft = Int(bounding: days.rounded(.down))
        isExpired = end <= now
        daysExpired = max(0, Int(bounding: (-days).rounded(.down)))
    }
}
