internal import Foundation

/// What notices can be about: an app with its certificate, its rotation and its outbox.
struct NoticeSubject {
    let appID: String
    /// Sorted.
    let connections: [String]
    /// The one in force.
    let certificate: AppCertificate
    private let state: Rotation.State
    private let next: AppCertificate?
    var outbox: OutboxRecord

    init(_ found: Found, _ connections: [String], _ reading: some RecordsAtHand) throws {
        appID = found.app.value.id
        self.connections = connections
        certificate = try found.credential.value.certificate()
        state = found.rotationState
        next = state.next == nil ? nil : try found.otherCredential?.certificate()
        outbox = try reading.find(OutboxRecord.self, appID)?.value ?? OutboxRecord(id: appID)
    }

    /// The notices that are due.
    func contents(at now: Date) -> [NoticeContent] { [ofLife(at: now), ofUpload(at: now)].compactMap(\.self) }

    /// When the next notice goes out by the schedule, if nothing changes until then.
    func upcoming(after now: Date) -> NextNotice? {
        let life = NoticeSchedule.moments(notBefore: certificate.notBefore, notAfter: certificate.notAfter)
            .first { $0.at > now && ($0.moment != .rotationDue || state.name == .steady) }
            .map { NextNotice($0.moment, at: $0.at) }
        var upload: NextNotice?
        if case .prepared(_, _, let since) = state, next != nil {
            upload = RotationPolicy.uploadReminders.lazy.map {
                NextNotice(kind: .uploadMissing, days: $0, at: since.addingTimeInterval(86_400 * Double($0)))
            }.first { $0.at > now }
        }
        return [life, upload].compactMap(\.self).min { $0.at < $1.at }
    }

    private func ofLife(at now: Date) -> NoticeContent? {
        let (from, until) = (certificate.notBefore, certificate.notAfter)
        switch NoticeSchedule.due(notBefore: from, notAfter: until, at: now) {
        case nil: return nil
        case .rotationDue:
            guard state.name == .steady else { return nil }
            return .rotationDue(certificate, connections: connections, now: now)
        case .end(let days):
            let isDue = now >= RotationPolicy.due(notBefore: from, notAfter: until)
            return .expiry(
                of: certificate, connections: connections, rotation: state.name, isRotationDue: isDue, days: days,
                now: now)
        }
    }

    /// Only before anybody said that the certificate was uploaded, and before a server took its key.
    private func ofUpload(at now: Date) -> NoticeContent? {
        guard case .prepared(_, _, let since) = state, let next,
            let days = NoticeSchedule.reminder(preparedAt: since, at: now)
        else { return nil }
        return .uploadMissing(next, insteadOf: certificate, connections: connections, since: since, days: days)
    }
}

/// A notice that is still to come.
struct NextNotice: Equatable {
    let kind: NoticeKind
    let days: Int?
    let at: Date

    init(kind: NoticeKind, days: Int?, at: Date) {
        self.kind = kind
        self.days = days
        self.at = at
    }

    init(_ moment: NoticeSchedule.Moment, at: Date) {
        switch moment {
        case .rotationDue: self.init(kind: .rotationDue, days: nil, at: at)
        case .end(let days): self.init(kind: .certificateExpiry, days: days, at: at)
        }
    }
}
