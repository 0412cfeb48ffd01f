internal import Foundation

/// What the notices of one app depend on: its connections, its certificates, its rotation and its outbox.
struct NoticeApp {
    let appID: String
    let connections: NoticeConnections
    /// The certificate in force.
    let certificate: AppCertificate
    private let state: Rotation.State
    /// The next certificate of a rotation; `nil` if there is none.
    private let next: AppCertificate?
    /// As stored; empty if there is no record yet.
    var outbox: OutboxRecord

    /// - Parameter connections: All connections that share the app.
    /// - Throws: ``ConnectedAppError`` if a certificate cannot be read or the outbox was altered.
    init(_ found: FoundConnection, _ connections: NoticeConnections, _ reading: some CheckedRecords) throws {
        appID = found.app.value.id
        self.connections = connections
        certificate = try found.credential.value.certificate()
        state = found.rotationState
        next = state.next == nil ? nil : try found.otherCredential?.certificate()
        let owner = OutboxRecord.Owner.app(appID)
        outbox = try reading.find(OutboxRecord.self, owner.recordID)?.value ?? OutboxRecord(of: owner)
    }

    /// Returns the notices that are due: at most one about the certificate in force, then at most one about the upload
    /// of the next one. They stay due after they were sent; the outbox knows which were.
    func dueNotices(at now: Date) -> [NoticeContent] { [ofLife(at: now), ofUpload(at: now)].compactMap(\.self) }

    /// Returns the next notice after `now`, if nothing changes until then; `nil` if there is none.
    func upcoming(after now: Date) -> NextNotice? {
        let life = NoticeSchedule.moments(notBefore: certificate.notBefore, notAfter: certificate.notAfter)
            .first { $0.at > now && ($0.moment != .rotationDue || state.name == .steady) }
            .map { NextNotice($0.moment, at: $0.at) }
        var upload: NextNotice?
        if case .prepared(_, _, let since) = state, next != nil {
            upload = RotationPolicy.uploadReminders.lazy.map {
                NextNotice(
                    kind: .uploadMissing, timing: .afterReady(days: $0),
                    at: since.addingTimeInterval(86_400 * Double($0))
                )
            }.first { $0.at > now }
        }
        return [life, upload].compactMap(\.self).min { $0.at < $1.at }
    }

    private func ofLife(at now: Date) -> NoticeContent? {
        let (from, until) = (certificate.notBefore, certificate.notAfter)
        switch NoticeSchedule.currentMoment(notBefore: from, notAfter: until, at: now) {
        case nil: return nil
        case .rotationDue:
            guard state.name == .steady else { return nil }
            return .rotationDue(certificate, connections: connections, now: now)
        case .expiry(let lead):
            let isDue = now >= RotationPolicy.due(notBefore: from, notAfter: until)
            return .expiry(
                of: certificate, connections: connections, rotation: state.name, isRotationDue: isDue, lead: lead,
                now: now)
        }
    }

    /// Returns a reminder only until the upload is reported or a server accepts the next key.
    private func ofUpload(at now: Date) -> NoticeContent? {
        guard case .prepared(_, _, let since) = state, let next,
            let days = NoticeSchedule.reminder(preparedAt: since, at: now)
        else { return nil }
        return .uploadMissing(next, insteadOf: certificate, connections: connections, since: since, days: days)
    }
}

/// A notice, and when it becomes due or is tried again.
struct NextNotice: Equatable {
    let kind: NoticeKind
    let timing: NoticeTiming?
    let at: Date

    init(kind: NoticeKind, timing: NoticeTiming?, at: Date) {
        self.kind = kind
        self.timing = timing
        self.at = at
    }

    init(_ moment: NoticeSchedule.Moment, at: Date) {
        switch moment {
        case .rotationDue: self.init(kind: .rotationDue, timing: nil, at: at)
        case .expiry(let lead): self.init(kind: .certificateExpiry, timing: lead, at: at)
        }
    }
}
