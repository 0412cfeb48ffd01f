internal import Foundation
internal import JWTBearer

/// Adds, changes, shows and removes connections.
package struct Connections: ConnectionService {
    let targets: Targets
    let shown: ShownConnections
    let newCredentials: NewCredentials
    let keyDestruction: KeyDestruction
    let pulls: PullFolders

    /// Every connection, sorted by alias.
    package func all(as principal: Principal) async throws -> [ConnectionView] { try await shown.all() }

    /// Some connections, sorted by alias; see ``ShownConnections/page(after:limit:among:)``.
    package func page(after alias: String, limit: Int, among allowed: Set<String>? = nil, as principal: Principal)
        async throws -> (
            views: [ConnectionView], hasMore: Bool
        )
    { try await shown.page(after: alias, limit: limit, among: allowed) }

    /// The first aliases, sorted, without a look at the connections' records.
    package func aliases(limit: Int, as principal: Principal) async throws -> [String] {
        try await records.read { try Array($0.ids(of: ConnectionRecord.self).sorted().prefix(limit)) }
    }

    /// As ``all(as:)``, but without the connections that cannot be read because a record was altered.
    ///
    /// - Returns: The other connections, the aliases of those that are left out, and the error about the altered record;
    ///   `nil` if none was altered.
    package func intact(as principal: Principal) async throws -> (
        views: [ConnectionView], leftOut: [String], altered: ConnectedAppError?
    ) { try await shown.intact() }

    /// The connection with this alias.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, which suggests an alias with a similar spelling.
    package func named(_ alias: String, as principal: Principal) async throws -> ConnectionView {
        try await shown.named(alias)
    }

    /// Adds a connection. Creates its key and certificate, or uses those of another connection's app. Works offline.
    ///
    /// - Throws: ``ConnectedAppError``, and nothing is stored: `.aliasTaken`; `.signInAppShared`; `.unknownAlias` or `.usage` for the
    ///   connection whose app it shares; the causes of malformed settings and of key stores.
    package func add(_ new: NewConnection, as principal: Principal) async throws -> ConnectionView {
        let alias = try Alias(new.alias)
        let username = try Username(new.username)
        let allowed = try new.allowedHosts.map { try AllowedHost($0) }
        let host = try LoginHost(new.loginHost.trimmingPasteArtifacts, allowing: allowed)
        try transports.check(host)
        let consumerKey = try new.consumerKey.map { try ConsumerKey($0) }
        try checkAuthorities(new.certificateAuthoritiesPEM, allowed)
        let now = surroundings.now()
        let shared = try await sharedApp(new, alias: alias, consumerKey: consumerKey)
        let kind = shared?.kind ?? new.appKind ?? .externalClientApp
        _ = try Audience.reasoned(host: host, appKind: kind, given: new.audience)
        let made = shared == nil ? try await makeApp(kind, consumerKey, new, alias, now: now) : nil
        guard let appID = shared?.id ?? made?.app.id else { throw ConnectedAppError(.internalError) }
        let connection = ConnectionRecord(
            alias: alias, appID: appID, username: username, loginHost: host.description, audience: new.audience,
            allowedHosts: allowed, certificateAuthoritiesPEM: new.certificateAuthoritiesPEM,
            pinnedOrganizationID: nil, allowsTokens: new.allowsTokens, createdAt: now, changedAt: now)
        try await newCredentials.destroyingKeyOnError(made.map { ($0.credential.key, $0.credential.purpose) }) {
            try await records.write { writing in
                try Self.checkIsFree(alias) { try writing.find(ConnectionRecord.self, $0) }
                if let consumerKey {
                    try writing.checkIsNotSignInApp(consumerKey.description, of: alias.description)
                }
                if let made {
                    try writing.save(made.credential)
                    try writing.save(made.app)
                } else if try writing.find(AppRecord.self, appID) == nil {
                    throw ConnectedAppError(.recordChanged, subject: new.sameAppAs)
                }
                try writing.save(connection)
                try writing.append(
                    AuditEvent(
                        time: now, principal: principal, act: .connectionAdded, connection: alias.description,
                        facts: [
                            "app": appID, "loginHost": host.description, "username": username.description,
                            "allowTokens": String(new.allowsTokens),
                        ]))
            }
        }
        return try await shown.named(alias.description)
    }

    /// Changes a connection. If it has these values already, nothing is written. Otherwise the evidence about the
    /// connection is removed, if the change concerns sign-ins. A new Consumer Key applies to every connection of the app, and tokens that the former
    /// Consumer Key obtained are no longer used.
    ///
    /// - Throws: ``ConnectedAppError``: `.usage` if there are no changes, `.unknownAlias`, `.signInAppShared`,
    ///   `.recordChanged` if the connection's revision is not the expected one, and the causes of malformed settings.
    package func change(_ alias: String, _ changes: ConnectionChanges, as principal: Principal) async throws
        -> ConnectionView
    {
        guard !changes.isEmpty else {
            throw ConnectedAppError(.usage, detail: "No change was given. Name at least one setting to change.")
        }
        let consumerKey = try changes.consumerKey.map { try ConsumerKey($0) }
        let now = surroundings.now()
        let lineage = surroundings.randomHex(bytes: 16)
        if case .to(let pem) = changes.certificateAuthoritiesPEM { try checkAuthorities(pem, []) }
        try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            try found.check(changes.expectedRevision)
            var app = found.app.value
            let former = found.connection.value
            let changed = try Self.changed(former, changes, app.kind, now: now)
            // Nothing changes, so the evidence about the connection stays valid.
            guard !changed.isSame(as: former) || consumerKey.map({ $0.description != app.consumerKey }) == true else {
                return
            }
            if let consumerKey, consumerKey.description != app.consumerKey {
                try writing.checkIsNotSignInApp(consumerKey.description, of: alias)
                app.consumerKey = consumerKey.description
                app.lineage = lineage
                app.nameInSetup = nil
                app.changes(.newApp, at: now)
                try writing.save(app)
            }
            try writing.save(changed)
            if changes.concernsSignIns { try writing.forgetEvidence(of: alias) }
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .connectionChanged, connection: alias,
                    facts: Self.facts(of: changes, to: changed, consumerKey)))
        }
        return try await shown.named(alias)
    }

    /// Removes a connection, and the metadata that scheduled pulls have pulled for it. If it is the last one of its app,
    /// destroys the app's keys too, which cannot be recovered.
    ///
    /// - Parameter expectedRevision: The revision that the caller saw; `nil`: no comparison. If the connection's
    ///   revision differs by now, nothing is removed.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, `.recordChanged`, or the cause why a key could not be
    ///   destroyed yet. In the last case, the connection is removed nevertheless; see ``finishRemoval(of:as:)``.
    func remove(_ alias: String, expectedRevision: Int? = nil, as principal: Principal) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            try found.check(expectedRevision)
            let app = found.app.value
            try writing.remove(found.connection.value)
            try writing.forgetEvidence(of: alias)
            try writing.drop(TestHistory.self, alias)
            try writing.drop(LastPull.self, alias)
            try writing.drop(GatewayProbe.self, alias)
            try APITokens.withdraw(alias, writing)
            try Clients.remove(of: alias, writing)
            try TrustPolicies.remove(of: alias, writing)
            if let download = try writing.find(CertificateDownload.self, alias) { try writing.remove(download.value) }
            var removed: [CredentialRecord] = []
            if try !writing.all(ConnectionRecord.self).contains(where: { $0.value.appID == app.id }) {
                removed = try writing.all(CredentialRecord.self).map(\.value).filter { $0.appID == app.id }
                for credential in removed { try writing.scheduleDestruction(credential, alias: alias, at: now) }
                if let watch = try writing.find(ChangeWatch.self, app.id) { try writing.remove(watch.value) }
                if let rotation = found.rotation { try writing.remove(rotation) }
                if let approved = try writing.find(ApprovedApp.self, app.id) { try writing.remove(approved.value) }
                // Otherwise, a notice that waits would make its channel look broken.
                if try writing.expects(OutboxRecord.self, app.id) {
                    try writing.remove(OutboxRecord(of: .app(app.id)))
                }
                try writing.remove(app)
            }
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .connectionRemoved, connection: alias,
                    facts: ["keysDestroyed": String(removed.count)]))
        }
        surroundings.tolerating(.pull, ["connection": alias]) { try pulls.remove(alias) }
        try await keyDestruction.destroy(as: principal)
    }

    /// Asks the connection's login host for the id of its org, without signing in.
    ///
    /// - Returns: The id, with 18 characters; `nil` if the host cannot be reached, does not return an id, or serves
    ///   many orgs, or if there is no such connection.
    package func advertisedOrganizationID(of alias: String, as principal: Principal) async -> String? {
        // This is only a hint in a form. Errors are reported when the connection is used.
        guard let target = try? await targets.preferred(alias), target.loginHost.namesOneOrg else { return nil }
        // The same for errors of this request.
        let id = try? await OrgAPI.advertisedOrganizationID(at: target.loginHost, transport: target.transport)
        return id.flatMap { $0 }?.description
    }

    // MARK: Parts

    /// The names of the changed settings, and the new values of those that show who signs in where.
    private static func facts(
        of changes: ConnectionChanges, to changed: ConnectionRecord, _ consumerKey: ConsumerKey?
    ) -> [String: String] {
        var facts = ["fields": changes.fields]
        facts["consumerKey"] = consumerKey?.masked
        if changes.username != nil { facts["username"] = changed.username.description }
        if changes.loginHost != nil { facts["loginHost"] = changed.loginHost }
        if changes.audience != nil { facts["audience"] = changed.audience ?? "default" }
        facts["allowTokens"] = changes.allowsTokens.map(String.init)
        return facts
    }

    /// The app of the connection that `--same-app-as` names; `nil` if it names none.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if another setting contradicts that app.
    private func sharedApp(_ new: NewConnection, alias: Alias, consumerKey: ConsumerKey?) async throws -> AppRecord? {
        guard let other = new.sameAppAs else { return nil }
        guard new.keySize == nil, new.keyStore == nil, new.certificateDays == nil else {
            throw ConnectedAppError(
                .usage,
                detail: "The app of \(other) has a key and a certificate already. Omit the key's size and key store, "
                    + "and the certificate's days.")
        }
        let app = try await records.read { reading in try FoundConnection(other, reading).app.value }
        if let kind = new.appKind, kind != app.kind {
            throw ConnectedAppError(
                .usage, detail: "The app of \(other) is of the kind \(app.kind.label).",
                remedy: "Leave out --app-kind: the connection gets the kind of the app.",
                remedyOnPage: "Choose the same kind of app.")
        }
        if let consumerKey, consumerKey.description != app.consumerKey {
            throw ConnectedAppError(
                .usage, detail: "The app of \(other) has another Consumer Key.",
                remedy: "Leave out --consumer-key: the connection gets the Consumer Key of the app.",
                remedyOnPage: "Leave the Consumer Key empty: the connection gets that of the app.")
        }
        return app
    }

    /// Checks that no connection is stored under the alias. The alias is a cleaned one, so it is the id under which the
    /// new connection will be stored.
    ///
    /// - Throws: ``ConnectedAppError`` with `.aliasTaken`, and what `find` throws.
    private static func checkIsFree(
        _ alias: Alias, _ find: (String) throws -> Revisioned<ConnectionRecord>?
    ) throws {
        guard try find(alias.description) == nil else {
            throw ConnectedAppError(.aliasTaken, connection: alias.description)
        }
    }

    /// Creates the key and the certificate of a new app. The caller saves both records, or destroys the key.
    private func makeApp(
        _ kind: AppKind, _ consumerKey: ConsumerKey?, _ new: NewConnection, _ alias: Alias, now: Date
    ) async throws -> (app: AppRecord, credential: CredentialRecord) {
        // Checked first, so that no key is created in vain.
        try await records.read { reading in
            try Self.checkIsFree(alias) { try reading.find(ConnectionRecord.self, $0) }
        }
        let purpose = KeyPurpose(
            appID: surroundings.randomHex(bytes: 16), credentialID: surroundings.randomHex(bytes: 16))
        let credential = try await newCredentials.make(
            purpose, .active, in: new.keyStore, size: new.keySize ?? .bits2048,
            days: new.certificateDays ?? NewConnection.defaultCertificateDays,
            alias: alias.description)
        let app = AppRecord(
            id: purpose.appID, kind: kind, consumerKey: consumerKey?.description,
            changedAt: consumerKey.map { _ in now }, changeKind: consumerKey.map { _ in .newApp },
            activeCredentialID: credential.id, createdAt: now)
        return (app, credential)
    }

    /// Checks the certificate authorities, so that an unusable file is reported when it is given, not at the first
    /// sign-in.
    private func checkAuthorities(_ pem: String?, _ allowed: [AllowedHost]) throws {
        guard let pem else { return }
        _ = try CertificateAuthorities(Array(pem.utf8))
        _ = try transports.transport(authoritiesPEM: pem, allowedHosts: allowed)
    }

    /// Returns the connection with the changes, all of which are checked.
    private static func changed(
        _ former: ConnectionRecord, _ changes: ConnectionChanges, _ kind: AppKind, now: Date
    ) throws -> ConnectionRecord {
        var connection = former
        connection.changedAt = now
        if let username = changes.username { connection.username = try Username(username) }
        if let allows = changes.allowsTokens { connection.allowsTokens = allows }
        if let hosts = changes.allowedHosts { connection.allowedHosts = try hosts.map { try AllowedHost($0) } }
        switch changes.audience {
        case .to(let audience): connection.audience = audience
        case .removed: connection.audience = nil
        case nil: break
        }
        switch changes.certificateAuthoritiesPEM {
        case .to(let pem): connection.certificateAuthoritiesPEM = pem
        case .removed: connection.certificateAuthoritiesPEM = nil
        case nil: break
        }
        let host = try LoginHost(
            (changes.loginHost ?? connection.loginHost).trimmingPasteArtifacts, allowing: connection.allowedHosts)
        connection.loginHost = host.description
        if let text = changes.acceptedOrganizationID {
            connection.pinnedOrganizationID = try OrganizationID(entered: text)
        }
        _ = try Audience.reasoned(host: host, appKind: kind, given: connection.audience)
        return connection
    }
}
