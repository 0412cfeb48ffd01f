internal import Foundation
internal import JWTBearer

/// Compares the app that an org holds with the one that was approved.
public struct AppChecks: ConnectionService {
    let targets: Targets
    let sources: TokenSources

    /// Compares the app with what was approved, and remembers since when it differs.
    ///
    /// - Parameters:
    ///   - folder: What an admin retrieved from the org; `nil` reads the org itself, with what its user may see.
    ///   - approving: Accepts what is there instead.
    /// - Throws: ``ConnectedAppError`` where the org or the folder cannot be read.
    public func check(
        of alias: String, folder: String? = nil, approving: Bool = false, as principal: Principal
    ) async throws -> AppCheckView {
        let target = try await targets.likeliest(alias)
        let now = surroundings.now()
        let held: HeldApp
        var reach = Reach.unknown(.usersNotInFiles)
        var org: OrgSetup?
        if let folder {
            held = try AppFolder(path: folder).app(target.appKind, consumerKey: target.consumerKey?.description)
        } else {
            guard let consumerKey = target.consumerKey else {
                throw ConnectedAppError(.consumerKeyMissing, subject: target.name)
            }
            let setup = try await setup(of: target, as: principal)
            org = setup
            held = try await setup.app(of: target, consumerKey: consumerKey).app()
            reach = try await setup.reach.reach(of: held)
        }
        let rules = ApprovedApp.rules(for: target)
        let news = try await keep(held, of: target, approving: approving, rules, principal, now: now)
        if !news.isEmpty, let org, let label = held.nameInSetup {
            try await explain(news, of: target.appID, org, label, now: now)
        }
        let approved = try await records.read { reading in
            try reading.find(ApprovedApp.self, target.appID)?.value ?? ApprovedApp(appID: target.appID)
        }
        let view = AppCheckView(
            alias, source: folder ?? "org", held, approved, rules: rules, reach, now: now)
        try await record(
            approving ? .appApproved : .appChecked, alias, principal,
            outcome: view.outcome == .fails ? Cause.appDrifted.rawValue : "done",
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

    private func keep(
        _ held: HeldApp, of target: Target, approving: Bool, _ rules: [AppSetting: String], _ principal: Principal,
        now: Date
    ) async throws -> [AppSetting] {
        try await records.write { writing in
            try writing.keepName(of: held, target)
            let appID = target.appID
            var approved = try writing.find(ApprovedApp.self, appID)?.value ?? ApprovedApp(appID: appID)
            if approving { approved.approve(held, by: principal.description, at: now) }
            let news = approved.check(held, rules: rules, at: now)
            try writing.save(approved)
            return news
        }
    }

    /// Keeps what a test read of the app: its name, and which of the differences that are known it still has.
    func keep(_ held: HeldApp, seenByTestOf target: Target) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            try writing.keepName(of: held, target)
            guard let former = try writing.find(ApprovedApp.self, target.appID)?.value else { return }
            var approved = former
            approved.lookAgain(held, rules: ApprovedApp.rules(for: target), at: now)
            if approved != former { try writing.save(approved) }
        }
    }

    /// How far back a change is looked for that may explain a difference.
    private static let explainedSpan: TimeInterval = 30 * 86_400

    private func explain(
        _ settings: [AppSetting], of appID: String, _ org: OrgSetup, _ label: String, now: Date
    ) async throws {
        let since = now.addingTimeInterval(-Self.explainedSpan).ISO8601Format()
        guard let change = try await org.changes(of: label, since: since).first else { return }
        try await records.write { writing in
            guard var approved = try writing.find(ApprovedApp.self, appID)?.value else { return }
            approved.explain(settings, by: change)
            try writing.save(approved)
        }
    }

    /// Checks every app whose last check is older than a day; once for each, through the first of its connections.
    ///
    /// - Parameter onDrift: Called for an app that is not as approved.
    func checkAppsDue(as principal: Principal, onDrift: @Sendable (AppCheckView) -> Void) async throws {
        let now = surroundings.now()
        let due = try await records.read { reading -> [String] in
            var seen: Set<String> = []
            return try reading.intact(ConnectionRecord.self).map(\.value).compactMap { connection in
                guard connection.pinnedOrganizationID != nil, seen.insert(connection.appID).inserted,
                    let app = surroundings.tolerating(
                        .appCheck, ["connection": connection.alias.description],
                        { try reading.find(AppRecord.self, connection.appID)?.value }) ?? nil,
                    !app.isBlocked, app.consumerKey != nil
                else { return nil }
                let checkedAt = try reading.find(ApprovedApp.self, connection.appID)?.value.checkedAt ?? .distantPast
                return now.timeIntervalSince(checkedAt) >= Self.checkInterval ? connection.alias.description : nil
            }
        }
        for alias in due {
            // One app that cannot be read keeps no other from being checked.
            let checked = await surroundings.tolerating(.appCheck, ["connection": alias]) {
                try await check(of: alias, as: principal)
            }
            guard let view = checked else { continue }
            if view.outcome == .fails { onDrift(view) }
        }
    }

    /// Compares each app with what was approved, once a day, until it is cancelled. What differs is remembered with since
    /// when, and shown wherever the connection is.
    ///
    /// - Parameter onDrift: Called for an app that is not as approved.
    public func keepChecking(onDrift: @Sendable (AppCheckView) -> Void) async {
        let principal = Principal(.schedule, name: "daily")
        // Not at once: a server that starts again and again must not sign in again and again.
        await Schedule(place: .appCheck, pause: .seconds(3600), surroundings: surroundings).run(after: .seconds(600)) {
            try await checkAppsDue(as: principal, onDrift: onDrift)
        }
    }

    private static let checkInterval: TimeInterval = 86_400
}

extension ApprovedApp {
    fileprivate static func rules(for target: Target) -> [AppSetting: String] {
        rules(consumerKey: target.consumerKey?.description, certificateSHA256: target.certificate?.sha256)
    }
}

extension CheckedWriting {
    /// Keeps the name under which Setup lists the app, for the clicks of guides. A second app of a rotation is not meant.
    fileprivate func keepName(of held: HeldApp, _ target: Target) throws {
        guard let name = held.nameInSetup, var app = try find(AppRecord.self, target.appID)?.value,
            app.consumerKey == target.consumerKey?.description, app.nameInSetup != name
        else { return }
        app.nameInSetup = name
        try save(app)
    }
}
