internal import Foundation
internal import JWTBearer

/// The front door: what the command line, the server and a library's user call. Each call names who acts, and each
/// act that matters is recorded before its result is given out.
public actor AppService {
    let records: SealedRecords
    let gate: LeasedGate
    let audit: any AuditLog
    let keys: any KeyStore
    let transports: any TransportSource
    let surroundings: Surroundings
    /// `nil` where nobody signs checkpoints.
    let trail: AuditTrail?
    let triesOtherKey: Bool
    private var tokenSources: [TokenSourceKey: TokenSource] = [:]
    /// By org id, or login host.
    private var sessionLives: [String: SessionLife] = [:]

    /// Connections that agree in all of these share a token.
    private struct TokenSourceKey: Hashable {
        let appID: String
        let lineage: String
        let username: String
        /// The org's id; before it is known, login host and audience.
        var place: String
    }

    /// - Parameter triesOtherKey: During a rotation. Without it requests fail, as a test of that test shows.
    package init(
        records: SealedRecords, gate: LeasedGate, audit: any AuditLog, keys: any KeyStore,
        transports: any TransportSource, surroundings: Surroundings, trail: AuditTrail? = nil,
        triesOtherKey: Bool = true
    ) {
        self.triesOtherKey = triesOtherKey
        self.trail = trail
        self.records = records
        self.gate = gate
        self.audit = audit
        self.keys = keys
        self.transports = transports
        self.surroundings = surroundings
    }

    // MARK: Showing

    /// Where a key can be made, as this home is set up; the usual place first.
    public nonisolated var keyStoreKinds: [KeyStoreKind] { keys.kinds }

    /// Every connection, sorted by alias.
    public func connections(as principal: Principal) async throws -> [ConnectionView] {
        let now = surroundings.now()
        return try await readShown { reading in
            let all = try reading.all(ConnectionRecord.self)
            return try all.map { try Self.view($0, among: all.map(\.value), reading, now: now) }
        }
    }

    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, naming one that is spelled alike.
    public func connection(_ alias: String, as principal: Principal) async throws -> ConnectionView {
        let now = surroundings.now()
        return try await readShown { reading in
            let found = try Self.found(alias, reading)
            let all = try reading.records.intact(ConnectionRecord.self).map(\.value)
            return try Self.view(found.connection, among: all, reading, now: now)
        }
    }

    /// The certificate to upload. Showing or downloading it changes nothing; whoever hands it out to be uploaded calls
    /// ``recordDownload(of:for:into:as:)`` first.
    public func certificate(of alias: String, as principal: Principal) async throws -> AppCertificate {
        try await records.read { reading in try Self.found(alias, reading).credential.value.certificate() }
    }

    // MARK: Using

    /// Tests the connection. A first success pins the org.
    ///
    /// - Parameters:
    ///   - id: Names the test in the history: 32 hexadecimal digits; `nil`: a new one.
    ///   - onStep: Called as each step ends.
    public func test(
        _ alias: String, id: String? = nil, as principal: Principal, onStep: @Sendable (TestView.Step) -> Void
    ) async throws -> TestView {
        let startedAt = surroundings.now()
        let view = try await testOfLikeliestKey(alias, as: principal, onStep: onStep)
        try await keep(
            TestRecord(
                id: id ?? surroundings.randomHex(bytes: 16), startedAt: startedAt, principal: principal, view: view),
            of: alias)
        return view
    }

    /// An access token for a tool that cannot read through aprity. The one thing of aprity's that shows a secret.
    ///
    /// It is in the audit record before it is given out, and given out only while the app is not blocked.
    public func token(for alias: String, as principal: Principal) async throws -> TokenView {
        let target = try await target(alias)
        let granted = try await tokens(for: target, as: principal).tokenToHandOut()
        let view = TokenView(granted)
        let event = AuditEvent(
            time: surroundings.now(), principal: principal, act: .tokenHandedOut, connection: alias,
            facts: ["tokenSHA256": view.accessTokenSHA256])
        let (_, admission) = try await gate.admit(target.appID, alias: alias) { try $0.append(event) }
        _ = try await gate.confirm(admission, alias: alias)
        return view
    }

    // MARK: What the above is made of

    /// A connection with what belongs to it.
    struct Found {
        let connection: Revisioned<ConnectionRecord>
        let app: Revisioned<AppRecord>
        /// The active one.
        let credential: Revisioned<CredentialRecord>
        /// `nil` where none was ever begun.
        var rotation: RotationRecord?
        /// The other key of the rotation.
        var otherCredential: CredentialRecord?

        /// The one whose certificate is to be uploaded; `nil` where none is.
        var nextCredential: CredentialRecord? {
            guard let next = rotation?.rotation.state.next else { return nil }
            return next == app.value.activeCredentialID ? credential.value : otherCredential
        }

        /// Goes up with each change of the connection or of its app, whichever connection that change came through.
        var revision: Int { connection.revision + app.revision - 1 }

        /// - Throws: ``ConnectedAppError`` with `.recordChanged` where it is another one than the caller saw.
        func check(_ expected: Int?) throws {
            if let expected, expected != revision {
                throw ConnectedAppError(.recordChanged, subject: connection.value.alias.description)
            }
        }
    }

    static func found(_ alias: String, _ reading: some RecordsAtHand) throws -> Found {
        guard let connection = try reading.find(ConnectionRecord.self, alias) else {
            let known = try reading.all(ConnectionRecord.self).map(\.value.alias.description)
            let detail = Spelling.nearest(to: alias, among: known).map {
                "There is no connection of this name. Did you mean \($0)?"
            }
            throw ConnectedAppError(.unknownAlias, subject: alias, detail: detail)
        }
        guard let app = try reading.find(AppRecord.self, connection.value.appID),
            let credential = try reading.find(CredentialRecord.self, app.value.activeCredentialID)
        else { throw ConnectedAppError(.storeDamaged, subject: "connection \(alias)") }
        var found = Found(connection: connection, app: app, credential: credential)
        found.rotation = try reading.find(RotationRecord.self, app.value.id)?.value
        found.otherCredential = try found.rotation?.rotation.state.other.flatMap {
            try reading.find(CredentialRecord.self, $0)?.value
        }
        return found
    }

    /// A connection with the key that its org is likeliest to take.
    func target(_ alias: String) async throws -> Target {
        let targets = try await targets(alias)
        guard let first = targets.first else { throw ConnectedAppError(.internalError) }
        return first
    }

    /// The same with each key that may sign, the likeliest to be taken first; two during a rotation.
    func targets(_ alias: String) async throws -> [Target] {
        let found = try await records.read { reading in try Self.found(alias, reading) }
        let active = try target(found, found.app.value, found.credential.value)
        guard let record = found.rotation, let other = found.otherCredential else { return [active] }
        let app = found.app.value.as(record.otherApp)
        let targets = [active, try target(found, app, other)].filter { $0.consumerKey != nil }
        let order = record.rotation.order
        let sorted = targets.sorted {
            (order.firstIndex(of: $0.credentialID) ?? 0) < (order.firstIndex(of: $1.credentialID) ?? 0)
        }
        return sorted.isEmpty ? [active] : sorted
    }

    private func target(_ found: Found, _ app: AppRecord, _ credential: CredentialRecord) throws -> Target {
        let connection = found.connection.value
        let signer = StoredKeySigner(store: keys, reference: credential.key, purpose: credential.purpose)
        let keys = keys
        return Target(
            name: connection.alias.description, appID: app.id, credentialID: credential.id,
            lineage: found.app.value.lineage ?? found.app.value.activeCredentialID,
            budget: connection.signInBudget ?? .standard, appKind: app.kind, username: connection.username,
            loginHost: try LoginHost(connection.loginHost, allowing: connection.allowedHosts),
            givenAudience: connection.audience, consumerKey: try app.consumerKey.map { try ConsumerKey($0) },
            appChange: app.change, block: app.block,
            pinnedOrganizationID: connection.pinnedOrganizationID, allowedHosts: connection.allowedHosts,
            certificate: try credential.certificate(), signer: signer,
            publicKey: { try await keys.publicKey(of: credential.key, purpose: credential.purpose) },
            transport: RepeatingTransport(
                try transports.transport(
                    authoritiesPEM: connection.certificateAuthoritiesPEM, allowedHosts: connection.allowedHosts),
                surroundings: surroundings),
            certificateAuthoritiesPEM: connection.certificateAuthoritiesPEM, appName: app.nameInSetup)
    }

    /// - Parameter transport: In place of the target's own.
    func signIn(
        for target: Target, pass: String? = nil, over transport: (any HTTPTransport)? = nil, as principal: Principal
    ) -> SignIn {
        SignIn(
            transport: transport ?? target.transport,
            context: SignInContext(
                gate: gate, appID: target.appID, alias: target.name, budget: target.budget,
                egress: transports.egress(to: target.loginHost), principal: principal, pass: pass),
            surroundings: surroundings)
    }

    /// The metadata reader of a connection; its token is shared by all callers of this process.
    func reader(for alias: String, as principal: Principal) async throws -> MetadataReader {
        let target = try await target(alias)
        return MetadataReader(
            api: OrgAPI(transport: target.transport, tokens: try tokens(for: target, as: principal)),
            surroundings: surroundings)
    }

    /// The token source that this connection shares with others of its app, user and org.
    func tokens(for target: Target, as principal: Principal) throws -> TokenSource {
        let identity = try target.identity()
        let key = TokenSourceKey(
            appID: target.appID, lineage: target.lineage, username: identity.username.description,
            place: identity.pinnedOrganizationID?.description ?? "\(identity.loginHost) \(identity.audience.url)")
        // A token that a replaced key or Consumer Key brought is not used on; a rotation goes on with its tokens.
        tokenSources = tokenSources.filter { $0.key.appID != key.appID || $0.key.lineage == key.lineage }
        if let tokens = tokenSources[key] { return tokens }
        let made = TokenSource(actions(key, for: target, principal), life: sessionLife(at: key.place))
        tokenSources[key] = made
        return made
    }

    /// Empties the token sources of apps that were blocked.
    ///
    /// - Parameter appIDs: `nil`: every app.
    func forgetTokens(of appIDs: [String]?) async {
        for (key, source) in tokenSources where appIDs?.contains(key.appID) ?? true {
            tokenSources[key] = nil
            await source.empty()
        }
    }

    /// Ends sign-ins that nobody waits for any more: this process ends.
    package func cancelSignIns() async {
        for source in tokenSources.values { await source.cancelSignIn() }
    }

    private func sessionLife(at place: String) -> SessionLife {
        if let life = sessionLives[place] { return life }
        let life = SessionLife()
        sessionLives[place] = life
        return life
    }

    private func actions(
        _ key: TokenSourceKey, for target: Target, _ principal: Principal
    ) -> TokenSource.Actions {
        let (gate, transport) = (gate, target.transport)
        let permit = gate.permit(for: target.appID, alias: target.name)
        return TokenSource.Actions(
            signIn: { [weak self] in
                guard let self else { throw CancellationError() }
                let granted = try await self.signInForUse(target.name, as: principal)
                // Pinned before the token is sent anywhere.
                try await self.pin(target.name, to: granted.organizationID, principal)
                await self.rename(key, to: granted.organizationID)
                await self.measureOthersUse(target, granted, permit)
                return granted
            },
            prove: { granted in try await OrgAPI.prove(granted, permit: permit, transport: transport) },
            admit: permit,
            bury: { granted in await gate.forget(granted.token) }, uptime: surroundings.uptime)
    }

    /// The source that pinned the connection goes on serving it.
    private func rename(_ key: TokenSourceKey, to id: OrganizationID) {
        var pinned = key
        pinned.place = id.description
        guard pinned != key, let source = tokenSources.removeValue(forKey: key) else { return }
        if tokenSources[pinned] == nil { tokenSources[pinned] = source }
    }

    /// Pins the connection to the org of its first sign-in; later ones must be the same.
    ///
    /// - Throws: ``ConnectedAppError`` with `.organizationChanged`.
    func pin(_ alias: String, to id: OrganizationID, _ principal: Principal) async throws {
        let now = surroundings.now()
        let pinned = try await records.read { reading in
            try Self.found(alias, reading).connection.value.pinnedOrganizationID
        }
        if pinned == id { return }
        try await records.write { writing in
            var connection = try Self.found(alias, writing).connection.value
            if let pinned = connection.pinnedOrganizationID {
                guard pinned == id else {
                    throw ConnectedAppError(organization: id, insteadOf: pinned, of: alias)
                }
                return
            }
            connection.pinnedOrganizationID = id
            try writing.save(connection)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .organizationPinned, connection: alias,
                    facts: ["organizationID": id.description]))
        }
    }

    /// Records a sign-in to the Settings page, with the state of the records like every other event: many events without one
    /// would hide that the records were rolled back.
    package func recordSettingsSignIn(as principal: Principal, outcome: String) async throws {
        do { try await record(.settingsSignIn, nil, principal, outcome: outcome) } catch let error as ConnectedAppError
            where error.cause == .blockMayBeLost || error.cause == .recordAltered
        {
            // Whoever comes to block the app must get in.
            try await audit.append(
                AuditEvent(
                    time: surroundings.now(), principal: principal, act: .settingsSignIn, connection: nil,
                    outcome: outcome))
        }
    }

    func record(
        _ act: AuditEvent.Act, _ alias: String?, _ principal: Principal, outcome: String = "done",
        facts: [String: String] = [:]
    ) async throws {
        let event = AuditEvent(
            time: surroundings.now(), principal: principal, act: act, connection: alias, outcome: outcome,
            facts: facts)
        try await records.write { try $0.append(event) }
    }

    /// Warnings about altered records that protect nothing.
    private static func alteredMemories(of alias: String, _ reading: some RecordsAtHand) throws -> [String] {
        var altered: [String] = []
        if case .altered = try reading.look(for: ConnectionEvidence.self, alias) { altered.append("latest evidence") }
        if case .altered = try reading.look(for: TestHistory.self, alias) { altered.append("test history") }
        return altered.map {
            "The \($0) was changed or removed outside aprity. It is not used, and the next test starts a new one."
        }
    }

    static func view(
        _ connection: Revisioned<ConnectionRecord>, among all: [ConnectionRecord], _ reading: some RecordsAtHand,
        now: Date
    ) throws -> ConnectionView {
        let value = connection.value
        let found = try found(value.alias.description, reading)
        let certificate = CertificateView(try found.credential.value.certificate(), now: now)
        let app = found.app.value
        var warnings = certificate.warnings
        if let key = app.consumerKey, try !ConsumerKey(key).hasUsualPrefix {
            warnings.append("The Consumer Key does not begin with 3MVG9 as those that Salesforce makes do.")
        }
        if let approved = try reading.find(ApprovedApp.self, app.id)?.value { warnings += approved.warnings }
        warnings += try Self.alteredMemories(of: value.alias.description, reading)
        let sameKey = connectionsOfSameKey(as: value, among: all, reading)
        if let warning = ConnectionView.warning(ofSameKey: sameKey) { warnings.append(warning) }
        let audience: ConnectionView.AudienceView
        do {
            let host = try LoginHost(value.loginHost, allowing: value.allowedHosts)
            let reasoned = try Audience.reasoned(host: host, appKind: app.kind, given: value.audience)
            audience = .init(url: reasoned.url, reason: reasoned.reason)
        } catch {
            audience = .init(url: nil, reason: error.description + " " + error.cause.row.remedy)
        }
        let state = ConnectionStateView(
            app, certificate, found.rotation?.rotation.state.name,
            try reading.intactOrNone(ConnectionEvidence.self, value.alias.description), now: now)
        return ConnectionView(
            alias: value.alias.description, appKind: app.kind, username: value.username.description,
            loginHost: value.loginHost, audience: audience, consumerKey: app.consumerKey,
            allowedHosts: value.allowedHosts.map(\.description),
            hasOwnCertificateAuthorities: value.certificateAuthoritiesPEM != nil,
            organizationID: value.pinnedOrganizationID?.description, isBlocked: app.isBlocked, state: state,
            sharesAppWith: all.filter { $0.appID == app.id && $0.alias != value.alias }.map(\.alias.description),
            consumerKeyAlsoOf: sameKey,
            keyStore: KeyStoreKind(found.credential.value.key), certificate: certificate, warnings: warnings,
            createdAt: value.createdAt, changedAt: value.changedAt,
            revision: found.revision)
    }
}

extension AppService {
    /// Connections on other apps of this store that have the same Consumer Key and may be of the same org. An app has one
    /// certificate, so one of the Consumer Keys is wrong, or both connections should share the app.
    static func connectionsOfSameKey(
        as connection: ConnectionRecord, among all: [ConnectionRecord], _ reading: some RecordsAtHand
    ) -> [String] {
        // A record that cannot be read has a test and a message of its own.
        func key(of appID: String) -> String? { (try? reading.find(AppRecord.self, appID))?.value.consumerKey }
        guard let own = key(of: connection.appID) else { return [] }
        return all.filter {
            $0.appID != connection.appID && $0.mayShareOrg(with: connection) && key(of: $0.appID) == own
        }.map(\.alias.description)
    }
}

extension ConnectionRecord {
    /// Whether nothing shows that the two are of different orgs. A sandbox's copy of an app keeps its Consumer Key.
    fileprivate func mayShareOrg(with other: ConnectionRecord) -> Bool {
        if let own = pinnedOrganizationID, let others = other.pinnedOrganizationID { return own == others }
        let hosts = [self, other].map { try? LoginHost($0.loginHost, allowing: $0.allowedHosts) }
        guard let own = hosts[0], let others = hosts[1], own.namesOneOrg, others.namesOneOrg else { return true }
        return own == others
    }
}

extension ConnectionView {
    /// - Parameter aliases: Connections on other apps that have the same Consumer Key; `nil` is returned for none.
    static func warning(ofSameKey aliases: [String]) -> String? {
        guard !aliases.isEmpty else { return nil }
        return
            "The app of \(aliases.joined(separator: ", ")) has the same Consumer Key here, with another certificate. An "
            + "app takes one certificate: set the right Consumer Key, or add this connection with --same-app-as."
    }
}

/// Reading in either kind of transaction.
protocol RecordsAtHand {
    func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>?
    func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>]
}

/// What was found of a record that protects nothing.
enum DispensableFinding<Value: DispensableRecord> {
    case missing
    case intact(Value)
    /// Changed, swapped, removed or rolled back outside aprity.
    case altered
}

extension RecordsAtHand {
    func look<Value: DispensableRecord>(for type: Value.Type, _ id: String) throws -> DispensableFinding<Value> {
        do { return try find(type, id).map { .intact($0.value) } ?? .missing } catch let error as ConnectedAppError
            where [.recordAltered, .masterKeyWrong, .storeDamaged].contains(error.cause)
        {
            return .altered
        }
    }

    /// The record; `nil` if there is none, or if it was altered.
    func intactOrNone<Value: DispensableRecord>(_ type: Value.Type, _ id: String) throws -> Value? {
        if case .intact(let value) = try look(for: type, id) { value } else { nil }
    }
}

extension CheckedReading: RecordsAtHand {}
extension CheckedWriting: RecordsAtHand {}
