internal import Foundation

/// The days on which notices about a certificate are sent.
enum NoticeSchedule {
    /// A time in a certificate's life at which a notice is sent.
    enum Moment: Equatable {
        case rotationDue
        case expiry(NoticeLead)
    }

    /// The notices about the expiry, the earliest first.
    static let leads = [60, 30, 14, 7, 3, 1, 0].map(NoticeLead.beforeExpiry) + [.dayAfterExpiry]

    /// Returns all moments in a certificate's life, the earliest first.
    ///
    /// There is a notice about a due rotation only if no notice about the expiry is sent within a day of it, because
    /// such a notice says it too. Moments before the certificate became valid are left out.
    static func moments(notBefore: Date, notAfter: Date) -> [(moment: Moment, at: Date)] {
        let ofExpiry =
            leads.map { (moment: Moment.expiry($0), at: notAfter.addingTimeInterval(-86_400 * Double($0.days))) }
            .filter { $0.at >= notBefore }
        let due = RotationPolicy.due(notBefore: notBefore, notAfter: notAfter)
        guard !ofExpiry.contains(where: { abs($0.at.timeIntervalSince(due)) <= 86_400 }) else { return ofExpiry }
        return (ofExpiry + [(moment: .rotationDue, at: due)]).sorted { $0.at < $1.at }
    }

    /// Returns the moment whose notice is due, which is the latest one in the past. Missed earlier notices are not
    /// sent.
    static func currentMoment(notBefore: Date, notAfter: Date, at now: Date) -> Moment? {
        moments(notBefore: notBefore, notAfter: notAfter).last { $0.at <= now }?.moment
    }

    /// Returns the days of the reminder to upload the next certificate that is due: the latest ones that have passed;
    /// `nil` before the first reminder.
    static func reminder(preparedAt since: Date, at now: Date) -> Int? {
        RotationPolicy.uploadReminders.last { since.addingTimeInterval(86_400 * Double($0)) <= now }
    }
}
