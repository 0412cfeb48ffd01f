internal import Foundation

extension NoticeContent {
    /// That a certificate ends, or has ended.
    static func expiry(
        of certificate: AppCertificate, connections: [String], rotation: RotationStateName, isRotationDue: Bool,
        days: Int, now: Date
    ) -> NoticeContent {
        let (first, names) = (connections.first ?? "ALIAS", Self.listed(connections))
        let end = certificate.notAfter.ISO8601Format()
        let left = certificate.daysLeft(at: now)
        let ending =
            switch left {
            case _ where certificate.notAfter <= now: "has ended"
            case 0: "ends within a day"
            case 1: "ends in 1 day"
            default: "ends in \(left) days"
            }
        let status = "`aprity rotate status \(first)`"
        let next =
            switch rotation {
            case .steady where isRotationDue: "Its replacement is due: begin it with `aprity rotate start \(first)`."
            case .steady: "Begin its replacement with `aprity rotate start \(first)`."
            case .generating: "Its replacement has begun; the next key is being made: see \(status)."
            case .prepared:
                "Its replacement is ready, and nobody said that it was uploaded: \(status) lists the clicks."
            case .publishing: "Its replacement was uploaded, and the org does not accept it yet: see \(status)."
            case .proving: "The org accepts its replacement, though perhaps not on every server yet: see \(status)."
            case .retiring:
                "Its replacement can begin when the key is destroyed that the last rotation keeps: see \(status)."
            case .destroying:
                "Its replacement can begin when the old key is destroyed, which is under way: see \(status)."
            }
        let which =
            switch days {
            case -1: "the day after the end"
            case 0: "the end"
            case 1: "1 day before the end"
            default: "\(days) days before the end"
            }
        return NoticeContent(
            kind: .certificateExpiry, subject: "aprity: the certificate of \(names) \(ending)",
            text: """
                The certificate of \(names) \(ending).

                End: \(end)
                SHA-256 fingerprint: \(certificate.sha256)

                \(next)

                This is the notice for \(which). It is sent once.
                """,
            connections: connections, certificateSHA256: certificate.sha256, notAfter: certificate.notAfter, days: days)
    }

    /// A test of the way.
    static func test(now: Date) -> NoticeContent {
        NoticeContent(
            kind: .test, subject: "aprity: test notice",
            text: """
                This is a test of the way on which aprity tells of certificates that end. Nothing is to be done.

                Sent at \(now.ISO8601Format()).
                """,
            connections: [], certificateSHA256: nil, notAfter: nil, days: nil)
    }

    static func listed(_ names: [String]) -> String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? shown + " and \(names.count - 3) more" : shown
    }
}
