internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// Reads an app's settings from the org.
///
/// Sources: "ConnectedApplication", "SetupEntityAccess" (Object Reference for the Salesforce Platform). The objects of
/// External Client Apps are known only from third-party tools.
struct AppReading: Sendable {
    let org: OrgSetup
    let kind: AppKind
    let consumerKey: ConsumerKey
    let user: OrgUserReading

    /// How many apps of the org are read to find ours. If the org lists more, ours may not be found.
    private static let mostApps = 100

    // MARK: The app

    /// Reads the app from its metadata, which contains all settings. Then queries Setup objects, which need fewer
    /// rights, for what is still missing.
    ///
    /// - Returns: The app. What the token's user cannot see is unknown, with a reason.
    /// - Throws: ``ConnectedAppError`` if a call fails for another reason.
    func app() async throws -> OrgApp {
        var app = try await appByMetadata()
        let needs =
            [AppSetting.permittedUsers, .permissionSets, .profiles].contains { app[$0].value == nil } || app.name == nil
        if needs { app.complete(with: try await appByQueries(label: app.label)) }
        if app[.scopes].value == nil, let scopes = try await scopesOfToken() { app[.scopes] = scopes }
        return app
    }

    /// The app's scopes, derived from those of the present token; `nil` if the token response named none.
    ///
    /// The token of a pre-authorized user has all scopes of the app. The token response never names refresh_token, but
    /// the org issues no token to an app without that scope.
    private func scopesOfToken() async throws -> AppFact? {
        let token = try await org.api.tokens.token().token
        guard token.scope != nil else { return nil }
        return OrgApp.scopes(token.scopes.map(OrgApp.metadataName(ofScope:)) + ["RefreshToken"])
    }

    private func appByMetadata() async throws -> OrgApp {
        try await org.unlessHidden(OrgApp(unknown: .rightMissing(kind)), ifRefused: OrgApp(unknown: .soapRefused)) {
            switch kind {
            case .connectedApp: try await connectedApp()
            case .externalClientApp: try await externalClientApp()
            }
        }
    }

    private func connectedApp() async throws -> OrgApp {
        let apps = try await components("ConnectedApp")
        guard let app = apps.first(where: { $0["oauthConfig"]?.value("consumerKey") == consumerKey.description }) else {
            return notFound(among: apps.count)
        }
        return OrgApp(connectedApp: app, name: app.value("fullName"))
    }

    private func externalClientApp() async throws -> OrgApp {
        let settings = try await components("ExtlClntAppGlobalOauthSettings")
        guard let ours = settings.first(where: { $0.value("consumerKey") == consumerKey.description }),
            let name = ours.value("externalClientApplication")
        else { return notFound(among: settings.count) }
        var parts = [ours]
        for type in Self.companions {
            parts += try await components(type).filter { $0.value("externalClientApplication") == name }
        }
        parts += try await components("ExternalClientApplication").filter { $0.value("fullName") == name }
        return OrgApp(externalClientApp: parts, name: name)
    }

    private static let companions = [
        "ExtlClntAppOauthSettings", "ExtlClntAppOauthConfigurablePolicies", "ExtlClntAppConfigurablePolicies",
    ]

    /// An org that hides its apps' settings returns an empty list.
    private func notFound(among count: Int) -> OrgApp {
        OrgApp(unknown: count == 0 ? .rightMissing(kind) : .notAmong(count: count))
    }

    /// Reads the components of a type, at most ``mostApps``, as elements named after the type.
    private func components(_ type: String) async throws -> [MetadataElement] {
        let rows = try await org.soap(
            .listMetadata(ListBatch(ListQuery(type: type)), asOf: org.version), within: MetadataReader.listing
        ) { .listMetadata() }
        var found: [MetadataElement] = []
        for query in ReadQuery.queries(type: type, fullNames: rows.prefix(Self.mostApps).map(\.fullName)) {
            let records = try await org.soap(.readMetadata(query), within: .answer) {
                .readMetadata()
            }
            found += records.map { MetadataElement(type, $0.children) }
        }
        return found
    }

    /// Whether the metadata of any app of this kind contains a Consumer Secret. The secret is not kept.
    ///
    /// - Returns: `nil` if the org shows no such app.
    func metadataCarriesSecret() async throws -> Bool? {
        try await org.unlessHidden(nil) {
            let type = kind == .connectedApp ? "ConnectedApp" : "ExtlClntAppGlobalOauthSettings"
            let apps = try await components(type)
            guard !apps.isEmpty else { return nil }
            return apps.contains {
                $0.value("consumerSecret") != nil || $0["oauthConfig"]?.value("consumerSecret") != nil
            }
        }
    }

    // MARK: By queries

    /// Reads the settings that Setup objects show.
    ///
    /// - Parameter label: The app's name in Setup; `nil` reads it from Login History.
    private func appByQueries(label: String?) async throws -> OrgApp {
        try await org.unlessHidden(OrgApp(unknown: .viewSetupMissing)) {
            let known: String?
            if let label { known = label } else { known = try await user.labelInLoginHistory() }
            guard let label = known else {
                return OrgApp(unknown: .nameNotFound)
            }
            var app = OrgApp(unknown: .rightMissing(kind))
            app.label = OrgWords().clean(label)
            switch kind {
            case .connectedApp: try await queryConnectedApp(label, &app)
            case .externalClientApp: try await queryExternalClientApp(label, &app)
            }
            return app
        }
    }

    /// Adds the settings of the app with this label. Adds nothing unless exactly one app has it.
    private func queryConnectedApp(_ label: String, _ app: inout OrgApp) async throws {
        let rows = try await org.rows(
            """
            SELECT Id, Name, OptionsAllowAdminApprovedUsersOnly, OptionsAppIssueJwtTokenEnabled \
            FROM ConnectedApplication WHERE Name = \(OrgAPI.literal(label))
            """)
        guard rows.count == 1, let row = rows.first, let id = row.raw("Id") else { return }
        if let isApproved = row.flag("OptionsAllowAdminApprovedUsersOnly") {
            app[.permittedUsers] = (isApproved ? PermittedUsers.adminApproved : .selfAuthorized).fact
        }
        if let isOn = row.flag("OptionsAppIssueJwtTokenEnabled") {
            app[.jwtAccessTokens] = .flag(isOn)
        }
        try await queryAccess(id, type: "ConnectedApplication", &app)
    }

    /// Adds the settings of the app with this label. Adds nothing unless exactly one app has it.
    private func queryExternalClientApp(_ label: String, _ app: inout OrgApp) async throws {
        let rows = try await org.rows(
            "SELECT Id, DeveloperName FROM ExternalClientApplication WHERE MasterLabel = \(OrgAPI.literal(label))")
        guard rows.count == 1, let row = rows.first, let id = row.raw("Id") else { return }
        app.name = row.text("DeveloperName")
        let policies = try await org.rows(
            """
            SELECT PermittedUsersPolicyType, IpRelaxationPolicyType, RequiredSessionLevel FROM ExtlClntAppOauthPlcyCnfg \
            WHERE ExternalClientApplicationId = \(OrgAPI.literal(id))
            """)
        if policies.count == 1, let policy = policies.first {
            if let text = policy.text("PermittedUsersPolicyType") { app[.permittedUsers] = .text(text) }
            if let text = policy.text("IpRelaxationPolicyType") { app[.ipRelaxation] = .text(text.uppercased()) }
            if let text = policy.text("RequiredSessionLevel") { app[.sessionLevel] = .text(text) }
        }
        try await queryAccess(id, type: "ExternalClientApplication", &app)
    }

    /// Adds the permission sets and profiles that pre-authorize users. A profile appears as a permission set that it
    /// owns.
    private func queryAccess(_ id: String, type: String, _ app: inout OrgApp) async throws {
        let rows = try await org.rows(
            """
            SELECT ParentId, Parent.Name, Parent.NamespacePrefix, Parent.IsOwnedByProfile, Parent.Profile.Name \
            FROM SetupEntityAccess \
            WHERE SetupEntityType = '\(type)' AND SetupEntityId = \(OrgAPI.literal(id))
            """)
        let (profiles, sets) = (
            rows.filter { $0.flag("Parent.IsOwnedByProfile") == true },
            rows.filter { $0.flag("Parent.IsOwnedByProfile") != true }
        )
        app[.permissionSets] = .list(sets.compactMap { PermissionSetName($0, "Parent.")?.description })
        app[.profiles] = .list(profiles.compactMap { $0.text("Parent.Profile.Name") })
    }
}
