internal import Foundation
internal import JWTBearer
internal import Synchronization

/// The token sources of this process, and the session lifetimes of the orgs. All services of the process share them.
actor TokenSources {
    private let targets: Targets
    private let signIn: SignInForUse
    private let othersUse: OthersUseMeasurement
    private var sources: [Key: TokenSource] = [:]
    /// The session lifetimes by org id, or by login host and audience before the id is known.
    private var lives: [String: SessionLife] = [:]
    private let lastUses = Mutex<[String: LastUse]>([:])

    private static let lastUseLimit = 1_000

    /// What the last hand-out for a connection used.
    struct LastUse: Sendable {
        let target: Target
        let source: TokenSource
    }

    init(targets: Targets, signIn: SignInForUse, othersUse: OthersUseMeasurement) {
        self.targets = targets
        self.signIn = signIn
        self.othersUse = othersUse
    }

    /// Connections for which all of these are equal share a token.
    private struct Key: Hashable {
        let appID: String
        let lineage: String
        let username: String
        /// The org's id, or the login host and audience before the id is known.
        var place: String
    }

    /// Returns the token source that this connection shares with others of the same app, user and org. Creates it if
    /// necessary; its sign-ins are then recorded for this connection and principal.
    ///
    /// - Throws: The errors of ``Target/identity()``.
    func source(for target: Target, as principal: Principal) throws -> TokenSource {
        let identity = try target.identity()
        let key = Key(
            appID: target.appID, lineage: target.lineage, username: target.username.description,
            place: target.pinnedOrganizationID?.description ?? "\(target.loginHost) \(identity.audience.url)")
        if let tokens = sources[key] { return tokens }
        // Drops tokens that were issued for a replaced key or Consumer Key. A rotation keeps its tokens.
        sources = sources.filter { $0.key.appID != key.appID || $0.key.lineage == key.lineage }
        let made = TokenSource(actions(key, for: target, principal), life: sessionLife(at: key.place))
        sources[key] = made
        return made
    }

    /// What the last hand-out for a connection used; `nil` if there was none. The records may have changed since.
    nonisolated func lastUse(of alias: String) -> LastUse? { lastUses.withLock { $0[alias] } }

    /// Remembers the use, unless the source was removed meanwhile, because the app was blocked.
    func remember(_ use: LastUse) {
        guard sources.values.contains(where: { $0 === use.source }) else { return }
        lastUses.withLock { uses in
            if uses.count >= Self.lastUseLimit { uses.removeAll() }
            uses[use.target.name] = use
        }
    }

    /// Removes and empties the token sources of apps that were blocked. See ``TokenSource/clear()`` about sign-ins in
    /// flight.
    ///
    /// - Parameter appIDs: The apps; `nil` for all.
    func forget(of appIDs: [String]?) async {
        for (key, source) in sources where appIDs?.contains(key.appID) ?? true {
            sources[key] = nil
            await source.clear()
        }
        lastUses.withLock { uses in uses = uses.filter { !(appIDs?.contains($0.value.target.appID) ?? true) } }
    }

    /// Cancels sign-ins in flight, because this process exits, and waits until their outcomes are in the ledger.
    func cancelSignIns() async {
        for source in sources.values { await source.cancelSignIn() }
    }

    private func sessionLife(at place: String) -> SessionLife {
        if let life = lives[place] { return life }
        let life = SessionLife()
        lives[place] = life
        return life
    }

    private func actions(
        _ key: Key, for target: Target, _ principal: Principal
    ) -> TokenSource.Actions {
        let (gate, transport) = (targets.gate, target.transport)
        let (targets, signIn, othersUse) = (targets, signIn, othersUse)
        let permit = gate.sendCheck(for: target.appID, alias: target.name)
        return TokenSource.Actions(
            signIn: { [weak self] in
                let granted = try await signIn.token(target.name, as: principal)
                // The connection is pinned before the token is sent anywhere.
                try await targets.pin(target.name, to: granted.organizationID, principal)
                await self?.rename(key, to: granted.organizationID)
                await othersUse.measure(target, granted, permit)
                return granted
            },
            validate: { granted in try await OrgAPI.validate(granted, permit: permit, transport: transport) },
            sendCheck: permit,
            discard: { granted in await gate.forget(granted.token) }, uptime: targets.surroundings.uptime)
    }

    /// Stores the source under the org's id, so that the connection continues to use it after it was pinned. If there
    /// already is a source for that org, the connection uses that one from now on.
    private func rename(_ key: Key, to id: OrganizationID) {
        var pinned = key
        pinned.place = id.description
        guard pinned != key, let source = sources.removeValue(forKey: key) else { return }
        if sources[pinned] == nil { sources[pinned] = source }
    }
}
