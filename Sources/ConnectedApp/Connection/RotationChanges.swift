internal import Foundation

/// The record of a rotation, changed together with app and credentials.
struct RotationChanges: Sendable {
    let records: SealedRecords
    let surroundings: Surroundings

    /// One change of a rotation's record, with what follows from it, in one transaction.
    func change(
        of alias: String, as principal: Principal, act: AuditEvent.Act?,
        _ change: @escaping @Sendable (inout RotationRecord, AppRecord, Date) throws -> Void
    ) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            let found = try Found(alias, writing)
            guard var record = found.rotation else {
                throw ConnectedAppError(.rotationRefused, subject: alias, detail: "No rotation is under way.")
            }
            let former = record
            try change(&record, found.app.value, now)
            guard record != former else { return }
            try Self.keep(record, insteadOf: former, found, writing, now: now, alias, principal, act)
        }
    }

    /// Keeps a rotation's record, and makes app and credentials agree with it.
    static func keep(
        _ record: RotationRecord, insteadOf former: RotationRecord, _ found: Found, _ writing: CheckedWriting,
        now: Date, _ alias: String, _ principal: Principal, _ act: AuditEvent.Act?
    ) throws {
        var record = record
        var app = found.app.value
        let (state, formerState) = (record.rotation.state, former.rotation.state)
        if state.active != app.activeCredentialID {
            app.activeCredentialID = state.active
            if let other = record.otherApp {
                record.otherApp = .init(kind: app.kind, consumerKey: app.consumerKey)
                app = app.as(other)
            }
        }
        // The org changes about now, and what fails in the next minutes may be that.
        if state != formerState, [.publishing, .proving].contains(state.name) {
            app.changes(record.otherApp == nil ? .certificate : .newApp, at: now)
        }
        if app != found.app.value { try writing.save(app) }
        for credential in [found.credential.value, found.otherCredential].compactMap(\.self) {
            var changed = credential
            changed.state = credential.id == state.active ? .active : credential.id == state.next ? .next : .old
            if changed != credential { try writing.save(changed) }
        }
        try writing.save(record)
        guard let act = act ?? (state == formerState ? nil : .rotationAdvanced) else { return }
        try writing.append(
            AuditEvent(
                time: now, principal: principal, act: act, connection: alias,
                facts: ["app": app.id, "state": state.name.rawValue, "formerState": formerState.name.rawValue]))
    }

    /// Tells a rotation of an answer that somebody else's sign-in had. Where it changes nothing, nothing is written.
    func note(_ event: Rotation.Event, of alias: String, as principal: Principal) async {
        let isNews = try? await records.read { reading in
            guard let record = try Found(alias, reading).rotation else { return false }
            return record.heeds(event)
        }
        guard isNews == true else { return }
        try? await change(of: alias, as: principal, act: nil) { record, _, now in
            // An answer that the state does not ask for is of no use, and no failure.
            try? record.apply(event, at: now, by: principal)
        }
    }
}
