internal import Foundation

/// The rules for when a certificate is due to be replaced, and when its replacement must be uploaded.
enum RotationPolicy {
    /// The part of its validity, from 0 to 1, after which a certificate is due, unless ``lead`` is later.
    static let usedShare = 2.0 / 3.0
    /// How long before it expires a certificate is due, in seconds, unless ``usedShare`` is later.
    static let lead: TimeInterval = 60 * 86_400

    /// Returns when a certificate is due to be replaced: after two thirds of its validity, or 60 days before it
    /// expires, whichever is later.
    static func due(notBefore: Date, notAfter: Date) -> Date {
        let life = notAfter.timeIntervalSince(notBefore)
        return max(notBefore.addingTimeInterval(life * usedShare), notAfter.addingTimeInterval(-lead))
    }

    /// How long the upload of a next certificate may take, in seconds from when it was ready. After that it is overdue.
    static let uploadDeadline: TimeInterval = 30 * 86_400

    /// After how many days a reminder to upload a next certificate is due, in ascending order. The last one must be
    /// ``uploadDeadline``.
    static let uploadReminders = [3, 7, 14, 30]
}
