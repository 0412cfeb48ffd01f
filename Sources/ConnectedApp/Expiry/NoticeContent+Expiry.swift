internal import Foundation

extension NoticeContent {
    /// Says that a certificate expires or has expired, and what to do, which depends on the state of its rotation.
    ///
    /// - Parameter lead: Which notice of ``NoticeSchedule/leads`` it is. The days in the subject are those that are
    ///   left now, which are fewer if the notice is late.
    static func expiry(
        of certificate: AppCertificate, connections: NoticeConnections, rotation: RotationStateName,
        isRotationDue: Bool, lead: NoticeTiming, now: Date
    ) -> NoticeContent {
        let (first, names) = (connections.first, connections.listed)
        let left = certificate.daysLeft(at: now)
        let expiry =
            switch left {
            case _ where certificate.notAfter <= now: "has expired"
            case 0: "expires within a day"
            case 1: "expires in 1 day"
            default: "expires in \(left) days"
            }
        let status = "`aprity rotate status \(first)`"
        let next =
            switch rotation {
            case .steady where isRotationDue: "Its replacement is due: start it with `aprity rotate start \(first)`."
            case .steady: "Start its replacement with `aprity rotate start \(first)`."
            case .generating: "Its replacement has started, and the next key is being created: see \(status)."
            case .prepared:
                "Its replacement is ready, and no upload was reported or seen: \(status) lists the clicks."
            case .publishing:
                "The upload of its replacement was reported, but the org does not accept it yet: see \(status)."
            case .proving: "The org accepts its replacement, but perhaps not on every server yet: see \(status)."
            case .retiring:
                "The last rotation still keeps its former key. The next rotation can start once that key is destroyed: see \(status)."
            case .destroying:
                "The last rotation is destroying its former key. The next rotation can start after that: see \(status)."
            }
        let which =
            switch lead {
            case .dayAfterExpiry: "the day after it expires"
            case .beforeExpiry(0): "the day on which it expires"
            case .beforeExpiry(1): "1 day before it expires"
            case .beforeExpiry(let days): "\(days) days before it expires"
            case .afterReady(let days): "\(days) days after the next one was ready"
            }
        return NoticeContent(
            kind: .certificateExpiry, subject: "aprity: the certificate of \(names) \(expiry)",
            text: """
                The certificate of \(names) \(expiry).

                Expires: \(certificate.notAfter.ISO8601Format())
                SHA-256 fingerprint: \(certificate.sha256)

                \(next)

                This is the notice for \(which). It is sent once.
                """,
            connections: connections.names, certificateSHA256: certificate.sha256, notAfter: certificate.notAfter,
            lead: lead)
    }

    /// A test of a channel. All tests have the same ``NoticeContent/Key``, so the outbox must not look a test up by its
    /// key: it always adds a new notice.
    static func test(now: Date) -> NoticeContent {
        NoticeContent(
            kind: .test, subject: "aprity: test notice",
            text: """
                This is a test of how aprity sends notices about certificates that expire. You need not do anything.

                Sent at \(now.ISO8601Format()).
                """,
            connections: [], certificateSHA256: nil, notAfter: nil, lead: nil)
    }
}
