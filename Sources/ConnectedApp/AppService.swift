/// The services that the command line and the server call, one for each topic. Each call takes the principal who acts.
/// Calls that change something or hand out a secret are recorded in the audit record before they return.
package struct AppService: Sendable {
    package let connections: Connections
    package let certificates: Certificates
    package let tokens: Tokens
    package let diagnosis: Diagnosis
    package let appCheck: AppChecks
    package let rotations: Rotations
    package let blocks: Blocks
    package let notices: Notices
    package let audit: AuditRecords
    package let metadata: MetadataReading
    package let pulls: ScheduledPulls
    package let guides: Guides
    package let bundles: Bundles
    package let reality: RealityChecks
    package let backups: Backups
    package let metrics: FigureReading
    package let overviews: Overviews
    package let masterKey: MasterKeys
    package let accounts: Accounts
    package let apiTokens: APITokens
    package let clients: Clients
    package let trustPolicies: TrustPolicies
    package let tokenExchange: TokenExchange
    package let gateway: Gateway
    package let gatewayProbes: GatewayProbes
    package let signInApps: SignInApps
    package let salesforceSignIns: SalesforceSignIns
    package let targets: Targets

    /// - Parameters:
    ///   - audit: Records sign-ins to the Settings page even if the store's records were rolled back.
    ///   - pullFolder: The path of the folder for scheduled pulls. It need not exist.
    ///   - trail: Signs checkpoints; `nil` if none are signed.
    ///   - passwordCost: The cost of new passwords' hashes. A lower one is for tests.
    ///   - triesOtherKey: Whether sign-ins during a rotation retry with the other key if one is refused. `false` only
    ///     in tests.
    package init(
        records: SealedRecords, gate: LeasedGate, audit: any AuditLog, keys: any KeyStore,
        transports: any TransportSource, surroundings: Surroundings, pullFolder: String,
        trail: AuditTrail? = nil, passwordCost: PasswordCost = .standard,
        triesOtherKey: Bool = true
    ) {
        targets = Targets(records: records, gate: gate, keys: keys, transports: transports, surroundings: surroundings)
        let changes = RotationChanges(records: records, surroundings: surroundings, unsaved: gate.unsavedAnswers)
        let sources = TokenSources(
            targets: targets, signIn: SignInForUse(targets: targets, changes: changes, triesOtherKey: triesOtherKey),
            othersUse: OthersUseMeasurement(records: records, surroundings: surroundings))
        let shown = ShownConnections(targets: targets)
        let newCredentials = NewCredentials(keys: keys, surroundings: surroundings)
        let doomedKeys = KeyDestruction(records: records, keys: keys, surroundings: surroundings)
        let revocation = Revocation(targets: targets)
        let folders = PullFolders(path: pullFolder)
        connections = Connections(
            targets: targets, shown: shown, newCredentials: newCredentials, keyDestruction: doomedKeys, pulls: folders)
        certificates = Certificates(
            targets: targets, shown: shown, newCredentials: newCredentials, keyDestruction: doomedKeys)
        tokens = Tokens(targets: targets, sources: sources, handOuts: HandOuts(gate: targets.gate))
        metadata = MetadataReading(targets: targets, sources: sources)
        pulls = ScheduledPulls(targets: targets, reading: metadata, folders: folders)
        appCheck = AppChecks(targets: targets, sources: sources)
        reality = RealityChecks(targets: targets, sources: sources)
        diagnosis = Diagnosis(targets: targets, sources: sources, changes: changes, appChecks: appCheck)
        rotations = Rotations(
            targets: targets, tokens: tokens, changes: changes, revocation: revocation, newCredentials: newCredentials,
            keyDestruction: doomedKeys)
        blocks = Blocks(
            targets: targets, sources: sources, changes: changes, revocation: revocation, diagnosis: diagnosis,
            connections: connections, rotations: rotations)
        notices = Notices(targets: targets)
        guides = Guides(records: records)
        bundles = Bundles(targets: targets)
        self.audit = AuditRecords(records: records, log: audit, trail: trail, surroundings: surroundings)
        backups = Backups(records: records, audit: self.audit, surroundings: surroundings)
        metrics = FigureReading(targets: targets, notices: notices)
        accounts = Accounts(records: records, surroundings: surroundings, cost: passwordCost)
        apiTokens = APITokens(records: records, surroundings: surroundings)
        let activity = ClientActivity()
        clients = Clients(records: records, surroundings: surroundings, activity: activity)
        overviews = Overviews(targets: targets, pulls: pulls, clients: clients)
        let tally = GatewayTally()
        gateway = Gateway(targets: targets, sources: sources, activity: activity, tally: tally)
        gatewayProbes = GatewayProbes(gateway: gateway)
        trustPolicies = TrustPolicies(records: records, surroundings: surroundings)
        tokenExchange = TokenExchange(
            records: records, surroundings: surroundings,
            keys: IssuerKeys(transports: transports, surroundings: surroundings), refused: RefusedExchanges(),
            tally: tally)
        signInApps = SignInApps(records: records, transports: transports, surroundings: surroundings)
        salesforceSignIns = SalesforceSignIns(records: records, transports: transports, surroundings: surroundings)
        masterKey = MasterKeys(records: records, orders: gate.orders, surroundings: surroundings)
    }

    /// Checks that the store's records were not rolled back. Call it when a process starts.
    ///
    /// - Throws: ``ConnectedAppError``: `.blockMayBeLost` if they were, and a failing store's causes.
    package func checkRecords() async throws { try await targets.gate.checkRecords() }

    /// Checks whether this process could sign now, without signing anything.
    ///
    /// - Throws: ``ConnectedAppError``: the causes of ``StoreIdentityCheck/check()``, `.blockMayBeLost`, and a failing
    ///   store's causes.
    package func checkReadiness() async throws {
        try await targets.gate.checkSigningConditions()
        try await targets.records.checkIntact()
    }
}
