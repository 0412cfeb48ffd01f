internal import Foundation

extension NoticeContent {
    /// Says that a certificate is due to be replaced.
    static func rotationDue(_ certificate: AppCertificate, connections: NoticeConnections, now: Date) -> NoticeContent {
        let (first, names) = (connections.first, connections.listed)
        let left = certificate.daysLeft(at: now)
        return NoticeContent(
            kind: .rotationDue, subject: "aprity: the certificate of \(names) is due to be replaced",
            text: """
                The certificate of \(names) is due to be replaced: \(left == 1 ? "1 day is" : "\(left) days are") left.

                Expires: \(certificate.notAfter.ISO8601Format())
                SHA-256 fingerprint: \(certificate.sha256)

                Start its replacement with `aprity rotate start \(first)`.

                This notice is sent once.
                """,
            connections: connections.names, certificateSHA256: certificate.sha256, notAfter: certificate.notAfter,
            lead: nil)
    }

    /// Says that the next certificate is ready and nobody has uploaded it.
    ///
    /// - Parameters:
    ///   - active: The certificate in force.
    ///   - since: When the next certificate was ready.
    ///   - days: One of ``RotationPolicy/uploadReminders``: the days since then.
    static func uploadMissing(
        _ next: AppCertificate, insteadOf active: AppCertificate, connections: NoticeConnections, since: Date, days: Int
    ) -> NoticeContent {
        let (first, names) = (connections.first, connections.listed)
        let isLate = days * 86_400 >= Int(RotationPolicy.uploadDeadline)
        let todo = "Upload it: `aprity rotate status \(first)` lists the clicks."
        return NoticeContent(
            kind: .uploadMissing, subject: "aprity: the next certificate of \(names) has not been uploaded",
            text: """
                The next certificate of \(names) has been ready for \(days) days, and nobody has uploaded it.

                Ready since: \(since.ISO8601Format())
                Its SHA-256 fingerprint: \(next.sha256)
                The certificate in force expires: \(active.notAfter.ISO8601Format())

                \(isLate ? todo + " Or give it up: `aprity rotate abort \(first)`." : todo)

                This is the notice for \(days) days\(isLate ? ", the last one" : ""). It is sent once.
                """,
            connections: connections.names, certificateSHA256: next.sha256, notAfter: next.notAfter,
            lead: .afterReady(days: days))
    }
}
