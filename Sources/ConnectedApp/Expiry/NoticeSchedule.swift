internal import Foundation

/// On which days somebody is told of a certificate.
enum NoticeSchedule {
    /// What a certificate's life has moments for.
    enum Moment: Equatable {
        case rotationDue
        case expiry(NoticeLead)
    }

    /// Notices of the expiry, the earliest first.
    static let leads = [60, 30, 14, 7, 3, 1, 0].map(NoticeLead.beforeExpiry) + [.dayAfterExpiry]

    /// Every moment of a certificate's life, the first one first.
    ///
    /// That its rotation is due has a notice of its own only if no notice of the expiry goes out within a day of that: such a
    /// notice says it too. A certificate with a short life is not told of before it began.
    static func moments(notBefore: Date, notAfter: Date) -> [(moment: Moment, at: Date)] {
        let ofExpiry =
            leads.map { (moment: Moment.expiry($0), at: notAfter.addingTimeInterval(-86_400 * Double($0.days))) }
            .filter { $0.at >= notBefore }
        let due = RotationPolicy.due(notBefore: notBefore, notAfter: notAfter)
        guard !ofExpiry.contains(where: { abs($0.at.timeIntervalSince(due)) <= 86_400 }) else { return ofExpiry }
        return (ofExpiry + [(moment: .rotationDue, at: due)]).sorted { $0.at < $1.at }
    }

    /// The moment whose notice is due: the latest that has come. Earlier ones that were never told of are not made up for.
    static func currentMoment(notBefore: Date, notAfter: Date, at now: Date) -> Moment? {
        moments(notBefore: notBefore, notAfter: notAfter).last { $0.at <= now }?.moment
    }

    /// After how many days the upload of a next certificate is reminded of: the latest that have passed.
    static func reminder(preparedAt since: Date, at now: Date) -> Int? {
        RotationPolicy.uploadReminders.last { since.addingTimeInterval(86_400 * Double($0)) <= now }
    }
}
