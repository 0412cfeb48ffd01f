internal import ConnectedApp
internal import Foundation

/// A certificate's validity period as a bar, with a mark for today. The property names are tags of
/// `connection.mustache`.
struct ValidityBar {
    let from: ShownTime
    let until: ShownTime
    /// From 0 to 100: the part of the period that has passed, and the position of the mark.
    let percent: Int
    let tone: String
    /// `213 days left`.
    let caption: String
    /// The text for screen readers.
    let label: String

    init(_ certificate: CertificateView, now: Date) {
        from = ShownTime(certificate.notBefore)
        until = ShownTime(certificate.notAfter)
        let whole = certificate.notAfter.timeIntervalSince(certificate.notBefore)
        let passed = now.timeIntervalSince(certificate.notBefore)
        percent = whole > 0 ? min(100, max(0, Int(bounding: (passed / whole * 100).rounded()))) : 100
        tone = certificate.isExpired ? "bad" : certificate.daysLeft < AppCertificate.soon ? "warn" : "good"
        caption = Self.caption(RemainingValidity(until: certificate.notAfter, at: now))
        label = "Valid from \(from.day) until \(until.day); \(caption)."
    }

    static func caption(_ validity: RemainingValidity) -> String {
        if validity.isExpired {
            let days = max(1, validity.daysExpired)
            return "expired \(days == 1 ? "1 day" : "\(days) days") ago"
        }
        return switch validity.daysLeft {
        case 0: "expires within a day"
        case 1: "1 day left"
        default: "\(validity.daysLeft) days left"
        }
    }
}
