internal import Foundation
internal import JWTBearer

/// Compares apps with their approved settings.
package struct AppChecks: ConnectionService {
    let targets: Targets
    let sources: TokenSources

    /// Compares the app with its approval, and stores since when each difference exists.
    ///
    /// A difference is not an error: the view's outcome is then `.fails`. The check is recorded in the audit record.
    ///
    /// - Parameters:
    ///   - folder: A folder of files that an admin retrieved from the org. `nil` reads the org, as far as the token's
    ///     user can see it.
    ///   - approving: Whether to approve the settings that were read, before they are compared.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`; `.consumerKeyMissing` if the org is to be read and the app has
    ///   no Consumer Key yet; the causes of ``AppFolder``, of calls to the org, and of the store.
    package func check(
        of alias: String, folder: String? = nil, approving: Bool = false, as principal: Principal
    ) async throws -> AppCheckView {
        let target = try await targets.preferred(alias)
        let now = surroundings.now()
        let held: OrgApp
        var reach = Reach.unknown(.usersNotInFiles)
        var org: OrgSetup?
        if let folder {
            held = try AppFolder(path: folder).app(target.appKind, consumerKey: target.consumerKey?.description)
        } else {
            guard let consumerKey = target.consumerKey else {
                throw ConnectedAppError(.consumerKeyMissing, connection: target.name)
            }
            let setup = try await setup(of: target, as: principal)
            org = setup
            held = try await setup.app(of: target, consumerKey: consumerKey).app()
            reach = try await setup.reach.reach(of: held)
        }
        let rules = ApprovedApp.rules(for: target)
        let compare = { @Sendable (approved: inout ApprovedApp) -> [AppSetting] in
            if approving { approved.approve(held, by: principal.description, at: now) }
            return approved.check(held, rules: rules, at: now)
        }
        let change = try await changeBehindNews(of: target, org, held, now: now, compare)
        let approved = try await save(held, of: target, change, compare)
        let view = AppCheckView(
            alias, source: folder ?? "org", held, approved, rules: rules, reach, now: now)
        try await record(
            approving ? .appApproved : .appChecked, alias, principal,
            outcome: view.failure?.rawValue ?? "done",
            facts: [
                "outcome": view.outcome.rawValue,
                "differs": view.settings.filter { $0.outcome == .differs }.map(\.setting.rawValue).joined(
                    separator: ","),
            ])
        return view
    }

    private func setup(of target: Target, as principal: Principal) async throws -> OrgSetup {
        let api = OrgAPI(transport: target.transport, tokens: try await sources.source(for: target, as: principal))
        let granted = try await api.tokens.token()
        let version = try await OrgAPI.highestVersion(at: granted.instance, transport: target.transport)
        return OrgSetup(api: api, version: version)
    }

    /// Returns the latest change of the app in the Setup Audit Trail, if the app has a new difference; it is the probable
    /// reason. Saves nothing.
    ///
    /// It is read before the difference is saved: if this fails, the next check finds the difference new again and asks for
    /// its reason again.
    ///
    /// - Returns: `nil` if there is no new difference, if the trail has no such change, or if the user cannot see it.
    private func changeBehindNews(
        of target: Target, _ org: OrgSetup?, _ held: OrgApp, now: Date,
        _ compare: @Sendable (inout ApprovedApp) -> [AppSetting]
    ) async throws -> ApprovedApp.Change? {
        guard let org, let label = held.nameInSetup else { return nil }
        var approved = try await records.read { try $0.approvedApp(target.appID) }
        guard !compare(&approved).isEmpty else { return nil }
        let since = now.addingTimeInterval(-Self.explainedSpan).ISO8601Format()
        return try await org.changes(of: label, since: since).first
    }

    /// Saves the comparison, together with the change that explains the new differences.
    ///
    /// - Returns: What is stored now.
    private func save(
        _ held: OrgApp, of target: Target, _ change: ApprovedApp.Change?,
        _ compare: @escaping @Sendable (inout ApprovedApp) -> [AppSetting]
    ) async throws -> ApprovedApp {
        try await records.write { writing in
            try writing.saveName(of: held, target)
            var approved = try writing.approvedApp(target.appID)
            let news = compare(&approved)
            if let change { approved.explain(news, by: change) }
            try writing.save(approved)
            return approved
        }
    }

    /// Saves what a connection test read: the app's name, and which of the known differences still exist. It adds no
    /// difference, and it does not count as a check.
    func saveTestReading(_ held: OrgApp, seenByTestOf target: Target) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            try writing.saveName(of: held, target)
            guard let former = try writing.find(ApprovedApp.self, target.appID)?.value else { return }
            var approved = former
            approved.recheckDrift(held, rules: ApprovedApp.rules(for: target), at: now)
            if approved != former { try writing.save(approved) }
        }
    }

    /// How far back to search for a change that explains a difference, in seconds.
    private static let explainedSpan: TimeInterval = 30 * 86_400

    /// Checks every app whose last check is at least a day old, through the first of its connections that is pinned to
    /// an org. Skips apps that are blocked or have no Consumer Key.
    ///
    /// - Parameter onDrift: Called for each app that does not match its approval.
    /// - Throws: ``ConnectedAppError`` if the records cannot be read. The failure of one app's check is only noted.
    func checkDueApps(as principal: Principal, onDrift: @Sendable (AppCheckView) -> Void) async throws {
        let now = surroundings.now()
        let due = try await records.read { reading -> [String] in
            var seen: Set<String> = []
            return try reading.intact(ConnectionRecord.self).map(\.value).compactMap { connection in
                guard connection.pinnedOrganizationID != nil, seen.insert(connection.appID).inserted,
                    let found = surroundings.tolerating(
                        .appCheck, ["connection": connection.alias.description],
                        {
                            (
                                app: try reading.find(AppRecord.self, connection.appID)?.value,
                                checkedAt: try reading.find(ApprovedApp.self, connection.appID)?.value.checkedAt
                            )
                        }),
                    let app = found.app, !app.isBlocked, app.consumerKey != nil
                else { return nil }
                let elapsed = now.timeIntervalSince(found.checkedAt ?? .distantPast)
                return elapsed >= Self.checkInterval ? connection.alias.description : nil
            }
        }
        for alias in due {
            // If the check of one app fails, the others are still checked.
            let checked = await surroundings.tolerating(.appCheck, ["connection": alias]) {
                try await check(of: alias, as: principal)
            }
            guard let view = checked else { continue }
            if view.outcome == .fails { onDrift(view) }
        }
    }

    /// Compares each app with its approval once a day, until the task is cancelled. A check that fails is repeated
    /// after an hour. Differences are stored and shown with the connection.
    ///
    /// - Parameter onDrift: Called after each check of an app that does not match its approval, so once a day.
    package func runDailyChecks(onDrift: @Sendable (AppCheckView) -> Void) async {
        let principal = Principal(.schedule, name: "daily")
        // Wait first, so that a server that restarts repeatedly does not sign in repeatedly.
        await Schedule(place: .appCheck, pause: .seconds(3600), surroundings: surroundings).run(after: .seconds(600)) {
            try await checkDueApps(as: principal, onDrift: onDrift)
        }
    }

    /// In seconds.
    private static let checkInterval: TimeInterval = 86_400
}

extension ApprovedApp {
    fileprivate static func rules(for target: Target) -> [AppSetting: String] {
        rules(consumerKey: target.consumerKey?.description, certificateSHA256: target.certificate?.sha256)
    }
}

extension CheckedRecords {
    fileprivate func approvedApp(_ id: String) throws -> ApprovedApp {
        try find(ApprovedApp.self, id)?.value ?? ApprovedApp(appID: id)
    }
}

extension CheckedWriting {
    /// Saves the name under which Setup lists the app, for the steps in guides. Does nothing if the target is the
    /// second app of a rotation.
    fileprivate func saveName(of held: OrgApp, _ target: Target) throws {
        guard let name = held.nameInSetup, var app = try find(AppRecord.self, target.appID)?.value,
            app.consumerKey == target.consumerKey?.description, app.nameInSetup != name
        else { return }
        app.nameInSetup = name
        try save(app)
    }
}
