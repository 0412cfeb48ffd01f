package import Foundation

/// How much of a certificate's validity is left.
package struct RemainingValidity: Sendable, Equatable {
    /// The days until it expires, rounded down; negative if it has expired.
    package let daysLeft: Int
    package let isExpired: Bool

    package init(until end: Date, at now: Date) {
        daysLeft = Int(bounding: (end.timeIntervalSince(now) / 86_400).rounded(.down))
        isExpired = end <= now
    }
}
