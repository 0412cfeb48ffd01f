internal import Foundation
internal import JWTBearer

/// Replaces a connection's certificate, from the creation of the next key to the destruction of the former one.
///
/// A rotation belongs to the app, so it is the same for all connections of the app. Every method throws
/// ``ConnectedAppError`` with `.unknownAlias`, and the causes of the store.
package struct Rotations: ConnectionService {
    let targets: Targets
    let tokens: Tokens
    let changes: RotationChanges
    let revocation: Revocation
    let newCredentials: NewCredentials
    let keyDestruction: KeyDestruction

    /// Begins a rotation: creates the next key and its certificate. Nothing changes for the connection's users.
    ///
    /// If the key cannot be created, or the process dies before it is, the rotation has begun nevertheless. The next
    /// ``advance(of:as:)`` creates the key.
    ///
    /// - Throws: ``ConnectedAppError``: `.rotationRefused` if a rotation is under way; `.usage` if the settings
    ///   contradict each other or `certificateDays` is out of range; the causes of key stores.
    package func begin(_ new: NewRotation = NewRotation(), of alias: String, as principal: Principal)
        async throws -> RotationView
    {
        guard new.inSecondApp || new.appKind == nil else {
            throw ConnectedAppError(
                .usage, detail: "Only a second app can be of another kind. Request a second app too, or omit the kind.")
        }
        // Checked before anything is saved.
        if let days = new.certificateDays { try AppCertificate.checkLife(days: days) }
        let now = surroundings.now()
        let id = surroundings.randomHex(bytes: 16)
        let keys = keys
        try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            try found.checkNoRotation()
            var app = found.app.value
            // Tokens obtained with the present key stay in use.
            app.lineage = app.lineage ?? app.activeCredentialID
            try writing.save(app)
            let other =
                new.inSecondApp
                ? RotationRecord.OtherApp(kind: new.appKind ?? app.kind, consumerKey: nil) : nil
            let certificate = try found.credential.value.certificate()
            let kind = new.keyStore ?? KeyStoreKind(found.credential.value.key)
            // Checked before the record says that a key is being created.
            guard keys.kinds.contains(kind) else { throw ConnectedAppError.notSetUp(kind) }
            try writing.save(
                RotationRecord(
                    of: app, next: id, otherApp: other,
                    keySize: new.keySize ?? KeySize(rawValue: certificate.keyBits) ?? .bits2048,
                    certificateDays: new.certificateDays ?? min(certificate.days, AppCertificate.longestLife),
                    keyStore: kind, at: now, by: principal))
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .rotationBegun, connection: alias,
                    facts: [
                        "app": app.id, "next": id, "secondApp": String(new.inSecondApp), "keyStore": kind.rawValue,
                    ]))
        }
        try await createNextKey(of: alias, as: principal)
        return try await view(of: alias, as: principal)
    }

    /// Records an admin's report that the next certificate was saved in the app. The report proves nothing, but aprity
    /// then asks the org more often. A second report restarts the proof; see ``Rotation/State/publishing(active:next:since:)``.
    ///
    /// - Parameter consumerKey: The second app's Consumer Key; `nil` if there is no second app, or if it was given
    ///   before.
    /// - Throws: ``ConnectedAppError``: `.usage` if the Consumer Key is the present app's or there is no second app;
    ///   `.consumerKeyMissing` if it is needed; `.signInAppShared` if people sign in through the second app; the causes of a
    ///   malformed key; `.rotationRefused` if the state does not
    ///   allow a report.
    package func confirmUpload(of alias: String, consumerKey: String? = nil, as principal: Principal) async throws
        -> RotationView
    {
        let consumerKey = try consumerKey.map { try ConsumerKey($0).description }
        if let consumerKey { try await records.read { try $0.checkIsNotSignInApp(consumerKey, of: alias) } }
        try await changes.change(of: alias, as: principal, act: .uploadTold) { record, app, now in
            if let consumerKey {
                guard record.otherApp != nil else {
                    throw ConnectedAppError(
                        .usage,
                        detail:
                            "This rotation has no second app, so it needs no Consumer Key. Report the upload without one.",
                        remedy: "Run `aprity rotate uploaded \(alias)`.",
                        remedyOnPage: "Report the upload without a Consumer Key.")
                }
                guard consumerKey != app.consumerKey else {
                    throw ConnectedAppError(
                        .usage, detail: "This is the Consumer Key of the present app. Give that of the second app.")
                }
                record.otherApp?.consumerKey = consumerKey
            }
            guard record.otherApp == nil || record.otherApp?.consumerKey != nil else {
                throw ConnectedAppError(
                    .consumerKeyMissing, connection: alias,
                    detail: "The second app has its own Consumer Key, which aprity does not know yet.",
                    remedy:
                        "Report the upload together with it: `aprity rotate uploaded \(alias) --consumer-key KEY`.",
                    remedyOnPage: "Enter it in the form in which you report the upload.")
            }
            try record.apply(.uploadReported, at: now, by: principal)
            record.lastProbe = nil
        }
        return try await view(of: alias, as: principal)
    }

    /// Gives up a next certificate that was not uploaded. Its key is kept for a day, in case the certificate was uploaded
    /// nevertheless. In the state `generating`, there is no key to keep, and the rotation is over at once.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused` unless the state is `generating` or `prepared`.
    package func abort(of alias: String, as principal: Principal) async throws -> RotationView {
        try await changes.change(of: alias, as: principal, act: .rotationAborted) { record, _, now in
            try record.apply(.abandoned, at: now, by: principal)
        }
        return try await view(of: alias, as: principal)
    }

    /// Records that the former certificate is to be in force again. An admin has to upload it. Both keys stay in use.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused` if there is nothing to roll back.
    package func rollBack(of alias: String, as principal: Principal) async throws -> RotationView {
        try await changes.change(of: alias, as: principal, act: .rotationRolledBack) { record, _, now in
            try record.apply(.rollbackReported, at: now, by: principal)
            record.lastProbe = nil
        }
        return try await view(of: alias, as: principal)
    }

    /// Returns the state of the rotation. It does not ask the org and changes nothing.
    ///
    /// - Parameter reader: Who reads the steps and warnings.
    package func view(
        of alias: String, reader: GuideMedium = .commandLine, as principal: Principal
    ) async throws -> RotationView {
        try await shown(of: alias, reader: reader, as: principal).view
    }

    /// Returns the state of the rotation, and the kind of the present app; a second app may be of another kind.
    package func shown(
        of alias: String, reader: GuideMedium, as principal: Principal
    ) async throws -> (view: RotationView, appKind: AppKind) {
        let now = surroundings.now()
        return try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            return (try Self.view(of: found, reading, reader: reader, now: now), found.app.value.kind)
        }
    }

    static func view(of found: FoundConnection, _ reading: CheckedReading, reader: GuideMedium, now: Date) throws
        -> RotationView
    {
        let history = try reading.find(SpreadHistory.self, found.connection.value.orgName)?.value
        return try RotationView(found, usual: history.flatMap(UsualSpread.init), reader: reader, now: now)
    }
}

extension AppCertificate {
    /// The validity in days, rounded to whole days; at least 1.
    var days: Int { max(1, Int(bounding: (notAfter.timeIntervalSince(notBefore) / 86_400).rounded())) }
}
