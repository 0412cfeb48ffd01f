internal import Foundation
internal import JWTBearer

extension AppService {
    /// What a rotation begins with.
    public struct NewRotation: Sendable {
        /// The next certificate goes into an app of its own, which is proven completely before the present one goes.
        public var inSecondApp: Bool
        /// Of the second app; `nil`: the same kind as the present one.
        public var appKind: AppKind?
        /// `nil`: as the present key and certificate.
        public var keySize: KeySize?
        public var keyStore: KeyStoreKind?
        public var certificateDays: Int?

        public init(
            inSecondApp: Bool = false, appKind: AppKind? = nil, keySize: KeySize? = nil,
            keyStore: KeyStoreKind? = nil, certificateDays: Int? = nil
        ) {
            self.inSecondApp = inSecondApp
            self.appKind = appKind
            self.keySize = keySize
            self.keyStore = keyStore
            self.certificateDays = certificateDays
        }
    }

    /// Makes the next key and its certificate. Nothing changes for those who use the connection.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused` where one is under way.
    public func beginRotation(_ new: NewRotation = NewRotation(), of alias: String, as principal: Principal)
        async throws -> RotationView
    {
        guard new.inSecondApp || new.appKind == nil else {
            throw ConnectedAppError(.usage, detail: "The kind of app is asked for a second app only.")
        }
        // Before anything is written down that could not be done.
        if let days = new.certificateDays { try AppCertificate.checkLife(days: days) }
        let now = surroundings.now()
        let id = surroundings.randomHex(bytes: 16)
        let keys = keys
        try await records.write { writing in
            let found = try Self.found(alias, writing)
            try Self.checkIsSteady(found)
            var app = found.app.value
            // Tokens that the present key brought are used on.
            app.lineage = app.lineage ?? app.activeCredentialID
            try writing.save(app)
            let other =
                new.inSecondApp
                ? RotationRecord.OtherApp(kind: new.appKind ?? app.kind, consumerKey: nil) : nil
            var record = RotationRecord(
                Rotation(steadyWith: app.activeCredentialID, hasTwoApps: new.inSecondApp), of: app.id,
                otherApp: other, at: now)
            let certificate = try found.credential.value.certificate()
            record.keySize = new.keySize ?? KeySize(rawValue: certificate.keyBits) ?? .bits2048
            record.certificateDays = new.certificateDays ?? min(certificate.days, AppCertificate.longestLife)
            let kind = new.keyStore ?? KeyStoreKind(found.credential.value.key)
            // Told before it is written down that a key is being made.
            guard keys.kinds.contains(kind) else { throw ConnectedAppError.notSetUp(kind) }
            record.keyStore = kind
            try record.apply(.begun(next: id), at: now, by: principal)
            try writing.save(record)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .rotationBegun, connection: alias,
                    facts: [
                        "app": app.id, "next": id, "secondApp": String(new.inSecondApp), "keyStore": kind.rawValue,
                    ]))
        }
        try await makeNext(of: alias, as: principal)
        return try await rotation(of: alias, as: principal)
    }

    /// An admin says that the next certificate was saved in the app.
    ///
    /// - Parameter consumerKey: Of the second app, where there is one.
    public func tellUpload(of alias: String, consumerKey: String? = nil, as principal: Principal) async throws
        -> RotationView
    {
        let consumerKey = try consumerKey.map { try ConsumerKey($0).description }
        try await changeRotation(of: alias, as: principal, act: .uploadTold) { record, app, now in
            if let consumerKey {
                guard record.otherApp != nil else {
                    throw ConnectedAppError(
                        .usage, detail: "This rotation stays in the present app, whose Consumer Key is known.")
                }
                guard consumerKey != app.consumerKey else {
                    throw ConnectedAppError(.usage, detail: "This is the Consumer Key of the present app.")
                }
                record.otherApp?.consumerKey = consumerKey
            }
            guard record.otherApp == nil || record.otherApp?.consumerKey != nil else {
                throw ConnectedAppError(
                    .consumerKeyMissing, subject: alias,
                    detail: "The second app has a Consumer Key of its own, which is needed now.")
            }
            try record.apply(.uploadTold, at: now, by: principal)
            record.lastProbe = nil
        }
        return try await rotation(of: alias, as: principal)
    }

    /// Gives a next certificate up that was not uploaded. Its key is kept for a while, in case it was.
    public func abortRotation(of alias: String, as principal: Principal) async throws -> RotationView {
        try await changeRotation(of: alias, as: principal, act: .rotationAborted) { record, _, now in
            try record.apply(.abandoned, at: now, by: principal)
        }
        return try await rotation(of: alias, as: principal)
    }

    /// The former certificate is to be in force again: an admin uploads it.
    public func rollBackRotation(of alias: String, as principal: Principal) async throws -> RotationView {
        try await changeRotation(of: alias, as: principal, act: .rotationRolledBack) { record, _, now in
            try record.apply(.rollbackTold, at: now, by: principal)
            record.lastProbe = nil
        }
        return try await rotation(of: alias, as: principal)
    }

    /// How far the rotation is; asks nobody and changes nothing.
    ///
    /// - Parameter reader: Where the steps to do are read.
    public func rotation(
        of alias: String, reader: GuideReader = .commandLine, as principal: Principal
    ) async throws -> RotationView {
        let now = surroundings.now()
        return try await records.read { reading in
            let found = try Self.found(alias, reading)
            let place = found.connection.value.pinnedOrganizationID?.description ?? found.connection.value.loginHost
            let history = try reading.find(SpreadHistory.self, place)?.value
            return try RotationView(found, usual: history.flatMap(UsualSpread.init), reader: reader, now: now)
        }
    }

    /// The next certificate of a rotation; see ``certificate(of:as:)``.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused` where there is none.
    public func nextCertificate(of alias: String, as principal: Principal) async throws -> AppCertificate {
        try await records.read { reading in
            let found = try Self.found(alias, reading)
            guard found.rotation?.rotation.state.next != nil else {
                throw ConnectedAppError(
                    .rotationRefused, subject: alias,
                    detail: "No rotation is under way, so there is no next certificate.")
            }
            guard let credential = found.nextCredential else { throw ConnectedAppError(.storeDamaged, subject: alias) }
            return try credential.certificate()
        }
    }

    // MARK: Parts

    /// - Throws: ``ConnectedAppError`` with `.rotationRefused`.
    static func checkIsSteady(_ found: Found) throws {
        guard let record = found.rotation, record.rotation.state.name != .steady else { return }
        var copy = record
        try copy.apply(.begun(next: ""), at: record.begunAt, by: Principal(.commandLine, name: ""))
    }

    /// One change of a rotation's record, with what follows from it, in one transaction.
    func changeRotation(
        of alias: String, as principal: Principal, act: AuditEvent.Act?,
        _ change: @escaping @Sendable (inout RotationRecord, AppRecord, Date) throws -> Void
    ) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            let found = try Self.found(alias, writing)
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
}

extension AppRecord {
    /// The same app of ours in another app of the org.
    func `as`(_ other: RotationRecord.OtherApp?) -> AppRecord {
        guard let other else { return self }
        var app = self
        app.kind = other.kind
        app.consumerKey = other.consumerKey
        app.nameInSetup = nil
        return app
    }
}

extension AppCertificate {
    /// The days from beginning to end.
    var days: Int { max(1, Int(bounding: (notAfter.timeIntervalSince(notBefore) / 86_400).rounded())) }
}
