internal import Foundation

/// The rules for when to replace a certificate.
enum RotationPolicy {
    /// The share of a certificate's validity after which it is due, unless ``lead`` is later.
    static let usedShare = 2.0 / 3.0
    /// Seconds before the expiry at which a certificate is due, unless ``usedShare`` is later.
    static let lead: TimeInterval = 60 * 86_400

    /// Returns when a certificate is due: after two thirds of its validity, or 60 days before it expires, whichever is
    /// later.
    static func due(notBefore: Date, notAfter: Date) -> Date {
        let life = notAfter.timeIntervalSince(notBefore)
        return max(notBefore.addingTimeInterval(life * usedShare), notAfter.addingTimeInterval(-lead))
    }

    /// Seconds after which a prepared certificate that nobody uploaded is overdue.
    static let uploadDeadline: TimeInterval = 30 * 86_400

    /// The days after which a reminder to upload a prepared certificate is sent; the last one is the deadline.
    static let uploadReminders = [3, 7, 14, 30]
}
