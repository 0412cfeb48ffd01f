package import Foundation

/// When a certificate is to be replaced.
package enum RotationPolicy {
    /// This share of the certificate's life is used before.
    package static let usedShare = 2.0 / 3.0
    /// Nobody is asked earlier than this before the end, unless the life is short.
    package static let lead: TimeInterval = 60 * 86_400

    /// Two thirds of the life, or 60 days before the end: whichever is later.
    package static func due(notBefore: Date, notAfter: Date) -> Date {
        let life = notAfter.timeIntervalSince(notBefore)
        return max(notBefore.addingTimeInterval(life * usedShare), notAfter.addingTimeInterval(-lead))
    }

    /// A prepared certificate that nobody uploaded for so long counts as overdue.
    package static let uploadDeadline: TimeInterval = 30 * 86_400

    /// Days after which the upload of a prepared certificate is reminded of; the last is the deadline.
    package static let uploadReminders = [3, 7, 14, 30]
}
