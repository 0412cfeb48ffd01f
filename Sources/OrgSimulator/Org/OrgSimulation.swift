import Foundation

/// The running simulated orgs: the state document, and everything that happened since it was loaded. All of it is in
/// memory only.
actor OrgSimulation {
    /// The newest saved state, as Setup shows it; a server may not have all of it yet. Its `clock` has the settings of
    /// the last save. Use `time` for the current ones.
    private(set) var state: SimulatorState
    nonisolated let time: RunningClock
    private(set) var propagation = Propagation()
    var sessions = Sessions()
    var authorizationCodes = AuthorizationCodes()
    let certificates = CertificateCache()
    var history = RequestHistory()
    private(set) var audit = SetupAudit(since: .distantPast)
    /// Sign-ins in the last hour of org time, by user id.
    var logins = RollingCount<String>(window: 3_600, resolution: 1)
    /// API requests in the last 24 hours of org time, by org id.
    var apiRequests = RollingCount<String>(window: 86_400, resolution: 60)
    /// The results of queries that need more than one page.
    var queryCursors = QueryCursors()
    /// `nil` until ``signingKey()`` is first called.
    private var cachedSigningKey: OrgSigningKey?
    /// The assertions that were accepted while the switch `enforceReplay` was on.
    var acceptedAssertions: Set<String> = []
    /// For ids, keys, tokens, delays and the choice of servers.
    var random: SeededRandom
    /// A separate stream, so that faults do not change ids or the choice of servers.
    private var faultRandom: SeededRandom
    /// A separate stream, so that cookies and request ids do not change other choices.
    var headerRandom: SeededRandom
    let cookieDates = DateTexts(.cookieDate)
    var setupDesk = SetupDesk()
    /// The origin of the org's port. It has no port until ``setListeningURL(at:)`` is called.
    private(set) var listeningURL = "http://127.0.0.1"
    private(set) var management = ManagementAddress()

    private let seed: SimulatorState
    private var metadata: MetadataServices
    /// The app server of each open connection, from 0.
    private var servers: [ObjectIdentifier: Int] = [:]

    /// - Parameters:
    ///   - seed: The initial state. ``reset()`` returns to it.
    ///   - wall: Returns wall time, from which org time is computed.
    /// - Throws: ``StateProblem`` if the seed is invalid or a source folder cannot be read.
    init(seed: SimulatorState, wall: @escaping @Sendable () -> Date) throws(StateProblem) {
        self.seed = seed
        random = SeededRandom(seed: seed.random.seed)
        faultRandom = .faults(of: seed)
        headerRandom = .headers(of: seed)
        var completed = seed
        completed.generateMissingValues(using: &random)
        try completed.validate()
        state = completed
        time = RunningClock(completed.clock, wall: wall)
        metadata = MetadataServices(clock: time)
        try metadata.update(completed)
        propagation = .settled(completed)
        audit = SetupAudit(since: time.orgTime)
    }

    var clock: OrgClock { time.current }
    var wallTime: Date { time.wallTime }
    var orgTime: Date { time.orgTime }

    /// Records the origin of the org's port, once it accepts connections.
    func setListeningURL(at url: String) { listeningURL = url }

    /// Records the origin of the management port, once it accepts connections.
    func setManagementURL(at url: String) { management.url = url }

    /// - Parameter change: Changes the clock; its second argument is wall time.
    func adjustClock(_ change: @Sendable (inout OrgClock, Date) -> Void) { time.adjust(change) }

    /// Returns the state document with the current clock.
    func document() -> SimulatorState {
        var document = state
        document.clock = clock.settings(at: wallTime)
        return document
    }

    // MARK: Changing the state

    /// Replaces the whole state, on every server at once. Drops sessions, counters, pending changes and unfinished work
    /// in Setup. The request history remains.
    ///
    /// - Throws: ``StateProblem`` if the document is invalid or a source folder cannot be read. Nothing has changed
    ///   then.
    func replace(with document: SimulatorState) throws(StateProblem) {
        var random = SeededRandom(seed: document.random.seed)
        var document = document
        document.generateMissingValues(using: &random)
        try document.validate()
        var metadata = MetadataServices(clock: time)
        try metadata.update(document)
        self.metadata = metadata
        self.random = random
        faultRandom = .faults(of: document)
        headerRandom = .headers(of: document)
        state = document
        queryCursors = QueryCursors()
        setClock(document.clock)
        propagation = .settled(document)
        audit = SetupAudit(since: orgTime)
        sessions = Sessions()
        authorizationCodes = AuthorizationCodes()
        acceptedAssertions = []
        setupDesk.clear()
        logins = RollingCount(window: 3_600, resolution: 1)
        apiRequests = RollingCount(window: 86_400, resolution: 60)
    }

    /// Returns to the seed, and clears the request history.
    ///
    /// - Throws: ``StateProblem`` if a source folder can no longer be read. Nothing has changed then.
    func reset() throws(StateProblem) {
        try replace(with: seed)
        history.clear()
    }

    /// Refreshes a sandbox. It keeps its name, host, and apps with their certificates and policies. The org id and the
    /// user ids change, and all sessions end. The change takes effect on every server at once.
    ///
    /// - Throws: ``StateProblem`` if there is no such org, it is not a sandbox, or its source folder can no longer be
    ///   read. The state has not changed then.
    func refreshSandbox(_ name: String) throws(StateProblem) {
        var document = document()
        guard let index = document.orgs.firstIndex(where: { $0.name == name }) else {
            throw StateProblem("There is no org \(name).")
        }
        guard document.orgs[index].isSandbox else { throw StateProblem("\(name) is not a sandbox.") }
        let old = document.orgs[index].id
        document.orgs[index].id = ""
        for user in document.orgs[index].users.indices { document.orgs[index].users[user].id = "" }
        document.generateMissingValues(using: &random)
        try document.validate()
        try metadata.update(document)
        state = document
        sessions.removeAll(ofOrg: old)
        propagation.forget(org: old)
        propagation.settle(document.orgs[index], servers: document.switches.servers)
    }

    /// Saves a change as an admin does. Changes of apps reach the servers one after the other; all other changes take
    /// effect at once. If the patch changes the number of servers, changes of apps take effect at once too.
    ///
    /// - Parameter patch: See ``StatePatch``.
    /// - Throws: ``StateProblem`` if the patch cannot be merged, the merged document is invalid, or a source folder
    ///   cannot be read. Nothing has changed then.
    func save(_ patch: JSONValue) throws(StateProblem) {
        let merged = try StatePatch.merge(patch, into: try .init(describing: document()))
        var document = try StateDocument.decode(SimulatorState.self, from: Array(merged.text.utf8))
        var random = patch["random"] == nil ? self.random : SeededRandom(seed: document.random.seed)
        document.generateMissingValues(using: &random)
        try document.validate()
        try metadata.update(document)
        let old = state
        self.random = random
        if patch["random"] != nil { faultRandom = .faults(of: document) }
        state = document
        if patch["clock"] != nil { setClock(document.clock) }
        recordChanges(since: old)
        if old.switches.servers == document.switches.servers {
            try publishChanges(since: old)
        } else {
            propagation = .settled(document)
        }
    }

    private func setClock(_ settings: ClockSettings) {
        time.adjust { clock, wall in clock = OrgClock(settings, wall: wall) }
    }

    /// Records changes of apps in the Setup Audit Trail.
    private func recordChanges(since old: SimulatorState) {
        let (before, after, now) = (old.appsByID, state.appsByID, orgTime)
        let orgs = Dictionary(uniqueKeysWithValues: state.orgs.map { ($0.id, $0) })
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        for id in changed.sorted(by: { ($0.org, $0.app) < ($1.org, $1.app) }) {
            guard let org = orgs[id.org] else { continue }
            audit.add(SetupAction.actions(from: before[id], to: after[id]), app: id.app, in: org, at: now)
        }
    }

    /// Schedules when each server gets the changed apps.
    private func publishChanges(since old: SimulatorState) throws(StateProblem) {
        let before = old.appsByID
        let after = state.appsByID
        let now = orgTime
        for id in Set(before.keys).union(after.keys).sorted(by: { ($0.org, $0.app) < ($1.org, $1.app) }) {
            guard before[id] != after[id] else { continue }
            let isCreation = before[id] == nil
            propagation.record(
                after[id], of: id, change: try App.change(from: before[id], to: after[id]),
                effectiveTimes: state.switches.effectiveTimes(creation: isCreation, at: now, using: &random), at: now)
        }
    }

    /// Adds the faults that hit a request to this target: first those of the state document, then those of the switch
    /// `adverse`. A hit counts down a fault of the document. The faults of `adverse` never run out.
    func takeFaults(for target: FaultTarget, into effects: inout FaultEffects, among kinds: (Fault.Kind) -> Bool) {
        state.faults.hit(target, &effects, among: kinds, using: &faultRandom)
        guard state.switches.adverse else { return }
        var mixture = AdverseMixture.faults
        mixture.hit(target, &effects, among: kinds, using: &faultRandom)
    }

    /// Changes the conditions of an org's metadata, if it exists.
    func changeConditions(of orgID: String, _ change: (inout MetadataConditions) -> Void) {
        guard let index = state.orgs.firstIndex(where: { $0.id == orgID }) else { return }
        change(&state.orgs[index].metadata)
    }

    /// Returns the key that signs tokens in JWT format, the same for all orgs. It is created on first use, because that
    /// takes a tenth of a second and few runs need it.
    func signingKey() throws -> OrgSigningKey {
        if let cachedSigningKey { return cachedSigningKey }
        let key = try OrgSigningKey()
        cachedSigningKey = key
        return key
    }

    // MARK: Reading the state

    /// Chooses the app server for a request, and returns its index, from 0. A connection keeps its server if the switch
    /// `serverSelection` says so.
    func server(for connection: ObjectIdentifier?) -> Int {
        let count = UInt64(state.switches.servers)
        if state.switches.serverSelection == .connection, let connection {
            if let known = servers[connection], known < count { return known }
            let server = Int(random.next(below: count))
            servers[connection] = server
            return server
        }
        return Int(random.next(below: count))
    }

    /// Must be called when a connection closes, because a later connection can have the same identifier.
    func forget(_ connection: ObjectIdentifier) { servers[connection] = nil }

    /// Returns the org with its apps as `server` knows them now, or `nil` if there is no such org.
    func org(_ id: String, on server: Int) -> Org? {
        guard var org = state.orgs.first(where: { $0.id == id }) else { return nil }
        org.apps = propagation.apps(of: id, on: server, at: orgTime)
        return org
    }

    /// Returns all orgs with their apps as `server` knows them now.
    func orgs(on server: Int) -> [Org] { state.orgs.compactMap { org($0.id, on: server) } }

    /// Returns what a `Host` header addresses, or `nil` if no org has that name. A loopback name that no org has
    /// addresses the first org.
    func host(_ request: OrgRequest) -> AddressedHost? {
        let host = HostName(authority: request.host)
        switch host.name {
        case "login.salesforce.com": return .sharedLogin(isSandbox: false)
        case "test.salesforce.com": return .sharedLogin(isSandbox: true)
        default: break
        }
        let named = state.orgs.first { org in
            host.name == org.myDomain.lowercased()
                || host.name == org.instanceURL.flatMap(URL.init(string:))?.host()?.lowercased()
        }
        if host.isLoopback {
            let calledAs: Set = ["http://\(request.host)", "https://\(request.host)"]
            return (named ?? state.orgs.first).map { .org(id: $0.id, calledAs: calledAs) }
        }
        return named.map { .org(id: $0.id, calledAs: []) }
    }

    /// Returns the metadata of the org's source folder as queries read it.
    func metadataSource(of org: Org) -> OrgSource { metadata.source(of: org.id) }

    /// The files of the source folders that an org does not serve, or serves with changes.
    var sourceNotes: [SourceProblem] { metadata.notes }

    func metadataService(of org: Org) -> MetadataService? { metadata.service(of: org.id) }

    /// Lets queries of an org read other metadata, and adds what was removed to the Setup Audit Trail.
    func setMetadataSource(_ source: OrgSource, of org: Org) {
        let former = metadataSource(of: org)
        audit.add(ComponentRemoval.actions(from: former.repository, to: source.repository), in: org, at: orgTime)
        metadata.setSource(source, of: org.id)
    }
}

extension SeededRandom {
    // Each stream has a seed of its own that follows from the document's seed.
    fileprivate static func faults(of state: SimulatorState) -> SeededRandom {
        SeededRandom(seed: state.random.seed ^ 0xFA17)
    }

    fileprivate static func headers(of state: SimulatorState) -> SeededRandom {
        SeededRandom(seed: state.random.seed ^ 0xC00C)
    }
}

extension Propagation {
    /// Returns a propagation in which every server knows every app of the document.
    fileprivate static func settled(_ state: SimulatorState) -> Propagation {
        var propagation = Propagation()
        let always = [Date](repeating: .distantPast, count: state.switches.servers)
        for (id, app) in state.appsByID {
            propagation.record(app, of: id, change: "loaded", effectiveTimes: always, at: .distantFuture)
        }
        return propagation
    }

    /// Makes the apps of one more org known to every server.
    fileprivate mutating func settle(_ org: Org, servers: Int) {
        let always = [Date](repeating: .distantPast, count: servers)
        for app in org.apps {
            record(
                app, of: .init(org: org.id, app: app.id), change: "copied", effectiveTimes: always, at: .distantFuture)
        }
    }
}

extension SimulatorState {
    fileprivate var appsByID: [Propagation.AppID: App] {
        var apps: [Propagation.AppID: App] = [:]
        for org in orgs {
            for app in org.apps { apps[.init(org: org.id, app: app.id)] = app }
        }
        return apps
    }
}

extension App {
    /// Returns what a save changed in an app: `created`, `deleted`, or the changed keys, sorted and joined by commas.
    fileprivate static func change(from old: App?, to new: App?) throws(StateProblem) -> String {
        guard let old else { return "created" }
        guard let new else { return "deleted" }
        let before = try JSONValue(describing: old)
        let after = try JSONValue(describing: new)
        return Set(before.keys + after.keys).sorted().filter { before[$0] != after[$0] }.joined(separator: ", ")
    }
}

extension JSONValue {
    fileprivate var keys: [String] {
        if case .object(let members) = self { members.map(\.key) } else { [] }
    }
}
