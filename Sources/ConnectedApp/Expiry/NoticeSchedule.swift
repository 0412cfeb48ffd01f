internal import Foundation

/// When notices about a certificate are due. This depends only on the certificate and the time, and nothing is stored.
enum NoticeSchedule {
    /// An event in a certificate's life that a notice is about.
    enum Moment: Equatable {
        /// The certificate is due to be replaced.
        case rotationDue
        case expiry(NoticeTiming)
    }

    /// When notices that the certificate expires are due, the earliest first.
    static let leads = [60, 30, 14, 7, 3, 1, 0].map(NoticeTiming.beforeExpiry) + [.dayAfterExpiry]

    /// Returns all moments in a certificate's life and their times, the earliest first.
    ///
    /// Moments before the certificate became valid are left out. ``Moment/rotationDue`` is left out if a notice that
    /// the certificate expires is due within a day of it, because that notice also asks for the replacement.
    static func moments(notBefore: Date, notAfter: Date) -> [(moment: Moment, at: Date)] {
        let ofExpiry =
            leads.map { (moment: Moment.expiry($0), at: notAfter.addingTimeInterval(-86_400 * Double($0.days))) }
            .filter { $0.at >= notBefore }
        let due = RotationPolicy.due(notBefore: notBefore, notAfter: notAfter)
        guard !ofExpiry.contains(where: { abs($0.at.timeIntervalSince(due)) <= 86_400 }) else { return ofExpiry }
        return (ofExpiry + [(moment: .rotationDue, at: due)]).sorted { $0.at < $1.at }
    }

    /// Returns the latest moment that has passed; `nil` before the first. Only its notice is due: a missed earlier
    /// notice is not sent any more.
    static func currentMoment(notBefore: Date, notAfter: Date, at now: Date) -> Moment? {
        moments(notBefore: notBefore, notAfter: notAfter).last { $0.at <= now }?.moment
    }

    /// Returns which reminder to upload the next certificate is due: the largest number of
    /// ``RotationPolicy/uploadReminders`` whose days have passed; `nil` before the first.
    ///
    /// - Parameter since: When the next certificate was ready.
    static func reminder(preparedAt since: Date, at now: Date) -> Int? {
        RotationPolicy.uploadReminders.last { since.addingTimeInterval(86_400 * Double($0)) <= now }
    }
}
