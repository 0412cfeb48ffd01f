internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// Reads an app's settings from the org.
///
/// Sources: "ConnectedApplication", "SetupEntityAccess" (Object Reference for the Salesforce Platform); the objects of External
/// Client Apps are known from third-party tools only.
package struct AppReading: Sendable {
    let org: OrgSetup
    let kind: AppKind
    let consumerKey: ConsumerKey
    let user: OrgUserReading

    /// Apps of an org whose metadata is looked through for ours.
    private static let mostApps = 100

    // MARK: The app

    /// The app by both ways: its metadata tells all, the setup objects tell the policies with fewer rights.
    package func app() async throws -> HeldApp {
        var app = try await appByMetadata()
        let needs =
            [AppSetting.permittedUsers, .permissionSets, .profiles].contains { app[$0].value == nil } || app.name == nil
        if needs { app.complete(with: try await appByQueries(label: app.label)) }
        if app[.scopes].value == nil, let scopes = try await scopesOfToken() { app[.scopes] = scopes }
        return app
    }

    /// The scopes that the token at hand was granted with; that of a pre-authorized user has all that the app has. The
    /// answer never names refresh_token, without which there is none.
    private func scopesOfToken() async throws -> AppFact? {
        let token = try await org.api.tokens.token().token
        guard token.scope != nil else { return nil }
        return HeldApp.scopes(token.scopes.map(HeldApp.metadataName(ofScope:)) + ["RefreshToken"])
    }

    private func appByMetadata() async throws -> HeldApp {
        try await org.unlessHidden(HeldApp(unknown: .rightMissing(kind)), ifRefused: HeldApp(unknown: .soapRefused)) {
            switch kind {
            case .connectedApp: try await connectedApp()
            case .externalClientApp: try await externalClientApp()
            }
        }
    }

    private func connectedApp() async throws -> HeldApp {
        let apps = try await components("ConnectedApp")
        guard let app = apps.first(where: { $0["oauthConfig"]?.value("consumerKey") == consumerKey.description }) else {
            return notFound(among: apps.count)
        }
        return HeldApp(connectedApp: app, name: app.value("fullName"))
    }

    private func externalClientApp() async throws -> HeldApp {
        let settings = try await components("ExtlClntAppGlobalOauthSettings")
        guard let ours = settings.first(where: { $0.value("consumerKey") == consumerKey.description }),
            let name = ours.value("externalClientApplication")
        else { return notFound(among: settings.count) }
        var parts = [ours]
        for type in Self.companions {
            parts += try await components(type).filter { $0.value("externalClientApplication") == name }
        }
        parts += try await components("ExternalClientApplication").filter { $0.value("fullName") == name }
        return HeldApp(externalClientApp: parts, name: name)
    }

    private static let companions = [
        "ExtlClntAppOauthSettings", "ExtlClntAppOauthConfigurablePolicies", "ExtlClntAppConfigurablePolicies",
    ]

    private func notFound(among count: Int) -> HeldApp {
        HeldApp(unknown: count == 0 ? .rightMissing(kind) : .notAmong(count: count))
    }

    /// Every component of a type, its type as the element's name.
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

    /// Whether the metadata of an app of this kind carries a Consumer Secret; `nil` where none is shown. No value is kept.
    package func metadataCarriesSecret() async throws -> Bool? {
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

    /// - Parameter label: The app's name in Setup, where it is known; otherwise Login History tells it.
    private func appByQueries(label: String?) async throws -> HeldApp {
        try await org.unlessHidden(HeldApp(unknown: .viewSetupMissing)) {
            let known: String?
            if let label { known = label } else { known = try await user.labelInLoginHistory() }
            guard let label = known else {
                return HeldApp(unknown: .nameNotFound)
            }
            var app = HeldApp(unknown: .rightMissing(kind))
            app.label = OrgWords().clean(label)
            switch kind {
            case .connectedApp: try await queryConnectedApp(label, &app)
            case .externalClientApp: try await queryExternalClientApp(label, &app)
            }
            return app
        }
    }

    private func queryConnectedApp(_ label: String, _ app: inout HeldApp) async throws {
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

    private func queryExternalClientApp(_ label: String, _ app: inout HeldApp) async throws {
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

    private func queryAccess(_ id: String, type: String, _ app: inout HeldApp) async throws {
        let rows = try await org.rows(
            """
            SELECT ParentId, Parent.Name, Parent.IsOwnedByProfile, Parent.Profile.Name FROM SetupEntityAccess \
            WHERE SetupEntityType = '\(type)' AND SetupEntityId = \(OrgAPI.literal(id))
            """)
        let (profiles, sets) = (
            rows.filter { $0.flag("Parent.IsOwnedByProfile") == true },
            rows.filter { $0.flag("Parent.IsOwnedByProfile") != true }
        )
        app[.permissionSets] = .list(sets.compactMap { $0.text("Parent.Name") })
        app[.profiles] = .list(profiles.compactMap { $0.text("Parent.Profile.Name") })
    }
}
