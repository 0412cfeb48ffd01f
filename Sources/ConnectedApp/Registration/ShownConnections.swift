internal import Foundation
internal import JWTBearer

/// Reads connections for output.
struct ShownConnections: ConnectionService {
    let targets: Targets

    /// How many other connections a connection in a list names at most.
    static let fewNames = 20

    /// Every connection, sorted by alias.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if a record of any connection was altered.
    func all() async throws -> [ConnectionView] {
        let now = surroundings.now()
        return try await targets.readShown { reading in
            let members = AppMembers(reading.records)
            return try reading.all(ConnectionRecord.self).map {
                try Self.view($0, members, reading, namesAtMost: Self.fewNames, now: now)
            }
        }
    }

    /// Some connections, sorted by alias.
    ///
    /// - Parameters:
    ///   - alias: Only connections with a later alias; empty: from the first one. The alias itself need not exist.
    ///   - limit: The maximum number of connections.
    ///   - allowed: Only connections with these aliases; `nil`: all.
    /// - Returns: The connections, and whether there are more.
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if a record of one of these connections was altered.
    func page(after alias: String, limit: Int, among allowed: Set<String>?) async throws -> (
        views: [ConnectionView], hasMore: Bool
    ) {
        let now = surroundings.now()
        return try await targets.readShown { reading in
            let rest = try reading.records.ids(of: ConnectionRecord.self).drop { $0 <= alias }
                .filter { allowed?.contains($0) ?? true }
            let members = AppMembers(reading.records)
            let views = try rest.prefix(limit).map { alias in
                let found = try FoundConnection(alias, reading)
                return try Self.view(found.connection, members, reading, namesAtMost: Self.fewNames, now: now)
            }
            return (views, rest.count > limit)
        }
    }

    /// As ``all()``, but without the connections that cannot be read because a record was altered.
    ///
    /// - Returns: The other connections, the aliases of those that are left out, and the error about the altered record;
    ///   `nil` if none was altered.
    func intact() async throws -> (views: [ConnectionView], leftOut: [String], altered: ConnectedAppError?) {
        let now = surroundings.now()
        do { return (try await all(), [], nil) } catch let error as ConnectedAppError
            where error.cause == .recordAltered
        {
            let (views, leftOut) = try await targets.readShown { try Self.intact($0, now: now) }
            return (views, leftOut, error)
        }
    }

    /// The connections whose records are intact, sorted by alias, and the aliases of the others, sorted.
    static func intact(_ reading: ShownRecords, now: Date) throws -> (views: [ConnectionView], leftOut: [String]) {
        let all = try reading.records.intact(ConnectionRecord.self)
        let members = AppMembers(reading.records)
        var views: [ConnectionView] = []
        // A row that somebody added to the store is in none of the register's ids.
        var leftOut = Set(try reading.records.ids(of: ConnectionRecord.self))
            .union(try reading.records.reading.records(of: ConnectionRecord.kind).map(\.key.id))
        for stored in all {
            do {
                views.append(try Self.view(stored, members, reading, namesAtMost: fewNames, now: now))
                leftOut.remove(stored.value.alias.description)
            } catch let error as ConnectedAppError where error.cause == .recordAltered { continue }
        }
        return (views.sorted { $0.alias < $1.alias }, leftOut.sorted())
    }

    /// The connection with this alias.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, which suggests an alias with a similar spelling.
    func named(_ alias: String) async throws -> ConnectionView {
        let now = surroundings.now()
        return try await targets.readShown { try Self.view(of: alias, $0, now: now) }
    }

    /// As ``named(_:)``, within a transaction. Altered records of other connections are ignored.
    static func view(of alias: String, _ reading: ShownRecords, now: Date) throws -> ConnectionView {
        let found = try FoundConnection(alias, reading)
        return try view(found.connection, AppMembers(reading.records), reading, now: now)
    }

    /// - Parameter most: How many other connections the view names at most; `nil`: all.
    private static func view(
        _ connection: Revisioned<ConnectionRecord>, _ members: AppMembers, _ reading: some CheckedRecords,
        namesAtMost most: Int? = nil, now: Date
    ) throws -> ConnectionView {
        let value = connection.value
        let found = try FoundConnection(value.alias.description, reading)
        let certificate = CertificateView(try found.credential.value.certificate(), now: now)
        let app = found.app.value
        var warnings = certificate.warnings
        if let key = app.consumerKey, try !ConsumerKey(key).hasUsualPrefix {
            warnings.append("The Consumer Key does not begin with 3MVG9, unlike those that Salesforce generates.")
        }
        if let approved = try reading.find(ApprovedApp.self, app.id)?.value { warnings += approved.warnings }
        if let warning = Self.tokenWarning(about: value) { warnings.append(warning) }
        warnings += try Self.alteredRecordWarnings(of: value.alias.description, reading)
        let sharing = try members.aliases(ofApp: app.id).filter { $0 != value.alias.description }
        let sameKey = try SameKey.aliases(as: value, members, limit: most.map { $0 + 1 })
        let named = Array(sameKey.prefix(most ?? sameKey.count))
        if let warning = SameKey.warning(named, hasMore: named.count < sameKey.count) { warnings.append(warning) }
        let state = ConnectionStateView(
            .init(
                isBlocked: app.isBlocked, hasConsumerKey: app.consumerKey != nil, change: app.change,
                certificateEndsAt: certificate.notAfter, rotation: found.rotation?.rotation.state.name),
            try reading.intactOrNone(ConnectionEvidence.self, value.alias.description), now: now)
        return ConnectionView(
            alias: value.alias.description, appKind: app.kind, username: value.username.description,
            loginHost: value.loginHost,
            audience: .init(
                url: found.audience.url, reason: found.audience.reason, isGiven: value.audience != nil),
            consumerKey: app.consumerKey,
            allowedHosts: value.allowedHosts.map(\.description),
            hasOwnCertificateAuthorities: value.certificateAuthoritiesPEM != nil,
            organizationID: value.pinnedOrganizationID?.description, isBlocked: app.isBlocked, state: state,
            sharesAppWith: Array(sharing.prefix(most ?? sharing.count)), sharesAppWithCount: sharing.count,
            consumerKeyAlsoOf: named,
            keyStore: KeyStoreKind(found.credential.value.key), certificate: certificate,
            rotation: found.rotationState.name, isCertificateBeingReplaced: found.isCertificateBeingReplaced,
            pullEverySeconds: value.pullInterval?.seconds,
            pullCause: try reading.intactOrNone(PullOutcome.self, value.alias.description)?.failure(of: value),
            allowsTokens: value.allowsTokens, warnings: warnings,
            createdAt: value.createdAt, changedAt: value.changedAt,
            revision: found.revision)
    }

    /// A warning about a connection whose tokens nobody decided about; `nil` if somebody did.
    private static func tokenWarning(about connection: ConnectionRecord) -> String? {
        guard connection.allowsTokens == nil else { return nil }
        return
            "Programs may get access tokens of this connection, which can write. Newer connections do not allow it. In the "
            + "connection's settings, allow it explicitly, or forbid it and give programs handles of the gateway."
    }

    /// Warnings about records of the connection that are not used because they were altered; see
    /// ``DispensableRecord``.
    private static func alteredRecordWarnings(of alias: String, _ reading: some CheckedRecords) throws -> [String] {
        var altered: [String] = []
        if case .altered = try reading.lookUp(ConnectionEvidence.self, alias) { altered.append("latest evidence") }
        if case .altered = try reading.lookUp(TestHistory.self, alias) { altered.append("test history") }
        return altered.map {
            "This connection's record of its \($0) was changed or removed outside aprity. aprity does not use the record, and "
                + "the next connection test creates a new one."
        }
    }
}
