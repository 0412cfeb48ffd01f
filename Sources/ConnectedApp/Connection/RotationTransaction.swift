internal import Foundation

/// One change of a rotation's record, in a transaction that is open.
struct RotationTransaction {
    /// The connection and its app as they are before the change.
    let found: FoundConnection
    /// The record before the change.
    let former: RotationRecord
    let writing: CheckedWriting
    let now: Date
    let principal: Principal

    /// Saves the record and its line in the audit record, and makes app and credentials agree with it.
    ///
    /// - Parameter act: The act of that line. `nil`: `.rotationAdvanced` if the state changed, and otherwise no line.
    func save(_ record: RotationRecord, as act: AuditEvent.Act?) throws {
        var (record, app) = (record, found.app.value)
        if record.rotation.state.active != app.activeCredentialID { Self.promote(&record, &app) }
        recordChangeInOrg(of: record, &app)
        if app != found.app.value { try writing.save(app) }
        try markCredentials(by: record.rotation.state)
        try writing.save(record)
        try audit(record, as: act)
    }

    /// The cut-over: from now on, the app's connections sign in with the rotation's active key. If that key belongs to
    /// the second app in the org, the two apps change places.
    private static func promote(_ record: inout RotationRecord, _ app: inout AppRecord) {
        app.activeCredentialID = record.rotation.state.active
        guard let other = record.otherApp else { return }
        record.otherApp = .init(kind: app.kind, consumerKey: app.consumerKey)
        app = app.asOtherApp(other)
    }

    /// If the rotation waits for the org from now on, records a change of the app. A diagnosis then considers that this
    /// change may not have reached all servers of the org yet.
    private func recordChangeInOrg(of record: RotationRecord, _ app: inout AppRecord) {
        let state = record.rotation.state
        guard state != former.rotation.state, [.publishing, .proving].contains(state.name) else { return }
        app.changes(record.otherApp == nil ? .certificate : .newApp, at: now)
    }

    /// Saves each credential's role in the rotation: active, next or old.
    private func markCredentials(by state: Rotation.State) throws {
        for credential in [found.credential.value, found.otherCredential].compactMap(\.self) {
            var changed = credential
            changed.state = credential.id == state.active ? .active : credential.id == state.next ? .next : .old
            if changed != credential { try writing.save(changed) }
        }
    }

    private func audit(_ record: RotationRecord, as act: AuditEvent.Act?) throws {
        let (state, formerState) = (record.rotation.state, former.rotation.state)
        guard let act = act ?? (state == formerState ? nil : .rotationAdvanced) else { return }
        try writing.append(
            AuditEvent(
                time: now, principal: principal, act: act, connection: found.connection.value.alias.description,
                facts: [
                    "app": record.appID, "state": state.name.rawValue, "formerState": formerState.name.rawValue,
                ]))
    }
}
