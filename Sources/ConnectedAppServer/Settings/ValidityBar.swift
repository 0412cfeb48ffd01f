internal import ConnectedApp
internal import Foundation

/// A certificate's time of validity as a bar, with a mark where today is.
struct ValidityBar {
    let from: ShownTime
    let until: ShownTime
    /// 0 through 100: how much of the bar has passed, and where the mark stands.
    let percent: Int
    let tone: String
    /// `213 days left`.
    let caption: String
    /// For those who do not see the bar.
    let label: String

    init(_ certificate: CertificateView, now: Date) {
        from = ShownTime(certificate.notBefore)
        until = ShownTime(certificate.notAfter)
        let whole = certificate.notAfter.timeIntervalSince(certificate.notBefore)
        let passed = now.timeIntervalSince(certificate.notBefore)
        percent = whole > 0 ? min(100, max(0, Int(bounding: (passed / whole * 100).rounded()))) : 100
        tone = certificate.isExpired ? "bad" : certificate.daysLeft < AppCertificate.soon ? "warn" : "good"
        caption = Self.caption(certificate)
        label = "Valid from \(from.day) until \(until.day); \(caption)."
    }

    static func caption(_ certificate: CertificateView) -> String {
        if certificate.isExpired {
            let days = max(1, -certificate.daysLeft)
            return "expired \(days == 1 ? "1 day" : "\(days) days") ago"
        }
        return switch certificate.daysLeft {
        case 0: "ends within a day"
        case 1: "1 day left"
        default: "\(certificate.daysLeft) days left"
        }
    }
}
