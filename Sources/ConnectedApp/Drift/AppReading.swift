internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// Reads an app, its users and the integration user's rights from the org, as far as that user may see them.
///
/// What cannot be seen is unknown and names the right that would show it; only a network that fails is an error.
/// Sources: "ConnectedApplication", "SetupEntityAccess", "PermissionSetAssignment", "UserPermissionAccess" (Object
/// Reference for the Salesforce Platform); the objects of External Client Apps are known from third-party tools only.
package struct AppReading: Sendable {
    let api: OrgAPI
    let version: APIVersion
    let kind: AppKind
    let consumerKey: ConsumerKey
    let username: Username

    /// Apps of an org whose metadata is looked through for ours.
    private static let mostApps = 100

    // MARK: The app

    /// The app by both ways: its metadata tells all, the setup objects tell the policies with fewer rights.
    package func app() async throws -> HeldApp {
        var app = try await appByMetadata()
        let needs =
            [AppSetting.permittedUsers, .permissionSets, .profiles].contains { app[$0].value == nil } || app.name == nil
        if needs { app.complete(with: try await appByQueries(label: app.label)) }
        if app[.scopes].value == nil, let scopes = try await scopesOfToken() { app[.scopes] = .value(scopes) }
        return app
    }

    /// The scopes that the token at hand was granted with; that of a pre-authorized user has all that the app has. The
    /// answer never names refresh_token, without which there is none.
    private func scopesOfToken() async throws -> String? {
        let token = try await api.tokens.token().token
        guard token.scope != nil else { return nil }
        return HeldApp.scopes(token.scopes.map(HeldApp.metadataName(ofScope:)) + ["RefreshToken"])
    }

    /// What the user lacks to see an app's own settings. Which right it is, is not confirmed for External Client Apps.
    private var missingRight: String {
        switch kind {
        case .connectedApp: "The org shows its apps' settings to users with Customize Application only."
        case .externalClientApp:
            """
            The org shows its apps' settings to users with Customize Application, or with View all External Client Apps \
            (which of the two is not confirmed on a real org).
            """
        }
    }

    private func appByMetadata() async throws -> HeldApp {
        let isRefused = HeldApp(unknown: "The SOAP API refused the token, so the app's metadata was not read.")
        return try await unlessHidden(HeldApp(unknown: missingRight), ifRefused: isRefused) {
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
        count == 0
            ? HeldApp(unknown: missingRight)
            : HeldApp(unknown: "None of the \(count) apps that the org shows has this Consumer Key.")
    }

    /// Every component of a type, its type as the element's name.
    private func components(_ type: String) async throws -> [MetadataElement] {
        let rows = try await api.soap(
            .listMetadata(ListBatch(ListQuery(type: type)), asOf: version), version: version,
            within: MetadataReader.listing
        ) { .listMetadata() }
        var found: [MetadataElement] = []
        for query in ReadQuery.queries(type: type, fullNames: rows.prefix(Self.mostApps).map(\.fullName)) {
            let records = try await api.soap(.readMetadata(query), version: version, within: .answer) {
                .readMetadata()
            }
            found += records.map { MetadataElement(type, $0.children) }
        }
        return found
    }

    /// Whether the metadata of an app of this kind carries a Consumer Secret; `nil` where none is shown. No value is kept.
    package func metadataCarriesSecret() async throws -> Bool? {
        try await unlessHidden(nil) {
            let type = kind == .connectedApp ? "ConnectedApp" : "ExtlClntAppGlobalOauthSettings"
            let apps = try await components(type)
            guard !apps.isEmpty else { return nil }
            return apps.contains {
                $0.value("consumerSecret") != nil || $0["oauthConfig"]?.value("consumerSecret") != nil
            }
        }
    }

    // MARK: By queries

    private static let needsViewSetup = "The org shows this to users with View Setup and Configuration only."

    /// - Parameter label: The app's name in Setup, where it is known; otherwise Login History tells it.
    private func appByQueries(label: String?) async throws -> HeldApp {
        try await unlessHidden(HeldApp(unknown: Self.needsViewSetup)) {
            let known: String?
            if let label { known = label } else { known = try await labelInLoginHistory() }
            guard let label = known else {
                return HeldApp(unknown: "Under which name the org lists the app could not be found out.")
            }
            var app = HeldApp(unknown: missingRight)
            app.label = label
            switch kind {
            case .connectedApp: try await queryConnectedApp(label, &app)
            case .externalClientApp: try await queryExternalClientApp(label, &app)
            }
            return app
        }
    }

    /// The name under which the newest successful sign-in of this user stands in Login History: every user may read its
    /// own rows.
    private func labelInLoginHistory() async throws -> String? {
        let rows = try await api.rows(
            """
            SELECT Application, Status FROM LoginHistory WHERE UserId = \(OrgAPI.literal(try await userID())) \
            ORDER BY LoginTime DESC LIMIT 20
            """, version)
        return rows.first { $0.text("Status") == "Success" }?.text("Application")
    }

    private func queryConnectedApp(_ label: String, _ app: inout HeldApp) async throws {
        let rows = try await api.rows(
            """
            SELECT Id, Name, OptionsAllowAdminApprovedUsersOnly, OptionsAppIssueJwtTokenEnabled \
            FROM ConnectedApplication WHERE Name = \(OrgAPI.literal(label))
            """, version)
        guard rows.count == 1, let row = rows.first, let id = row.text("Id") else { return }
        if let isApproved = row.flag("OptionsAllowAdminApprovedUsersOnly") {
            app[.permittedUsers] = .value(isApproved ? "AdminApprovedPreAuthorized" : "AllSelfAuthorized")
        }
        if let isOn = row.flag("OptionsAppIssueJwtTokenEnabled") {
            app[.jwtAccessTokens] = .value(isOn ? "true" : "false")
        }
        try await queryAccess(id, type: "ConnectedApplication", &app)
    }

    private func queryExternalClientApp(_ label: String, _ app: inout HeldApp) async throws {
        let rows = try await api.rows(
            "SELECT Id, DeveloperName FROM ExternalClientApplication WHERE MasterLabel = \(OrgAPI.literal(label))",
            version)
        guard rows.count == 1, let row = rows.first, let id = row.text("Id") else { return }
        app.name = row.text("DeveloperName")
        let policies = try await api.rows(
            """
            SELECT PermittedUsersPolicyType, IpRelaxationPolicyType, RequiredSessionLevel FROM ExtlClntAppOauthPlcyCnfg \
            WHERE ExternalClientApplicationId = \(OrgAPI.literal(id))
            """, version)
        if policies.count == 1, let policy = policies.first {
            if let text = policy.text("PermittedUsersPolicyType") { app[.permittedUsers] = .value(text) }
            if let text = policy.text("IpRelaxationPolicyType") { app[.ipRelaxation] = .value(text.uppercased()) }
            if let text = policy.text("RequiredSessionLevel") { app[.sessionLevel] = .value(text) }
        }
        try await queryAccess(id, type: "ExternalClientApplication", &app)
    }

    private func queryAccess(_ id: String, type: String, _ app: inout HeldApp) async throws {
        let rows = try await api.rows(
            """
            SELECT ParentId, Parent.Name, Parent.IsOwnedByProfile, Parent.Profile.Name FROM SetupEntityAccess \
            WHERE SetupEntityType = '\(type)' AND SetupEntityId = \(OrgAPI.literal(id))
            """, version)
        let (profiles, sets) = (
            rows.filter { $0.flag("Parent.IsOwnedByProfile") == true },
            rows.filter { $0.flag("Parent.IsOwnedByProfile") != true }
        )
        app[.permissionSets] = .value(HeldApp.list(sets.compactMap { $0.text("Parent.Name") }))
        app[.profiles] = .value(HeldApp.list(profiles.compactMap { $0.text("Parent.Profile.Name") }))
    }

    // MARK: The users

    /// The active users in whose name the app's key could sign in.
    package func reach(of app: HeldApp) async throws -> Reach {
        try await unlessHidden(.unknown(because: Self.needsViewSetup)) {
            guard let policy = app[.permittedUsers].value else {
                return .unknown(because: reason(app, .permittedUsers))
            }
            guard policy == "AdminApprovedPreAuthorized" else {
                let count = try await api.count("SELECT COUNT() FROM User WHERE IsActive = true", version)
                return .everybody(count: count)
            }
            guard let sets = app[.permissionSets].value, let profiles = app[.profiles].value else {
                return .unknown(because: reason(app, .permissionSets))
            }
            return try await assigned(names(sets), profiles: names(profiles))
        }
    }

    private func reason(_ app: HeldApp, _ setting: AppSetting) -> String {
        if case .unknown(let because) = app[setting] { because } else { Self.needsViewSetup }
    }

    private func names(_ list: String) -> [String] {
        list.isEmpty ? [] : list.split(separator: ",").map { String($0).trimmingWhiteSpace }
    }

    private func assigned(_ setNames: [String], profiles: [String]) async throws -> Reach {
        var users: [String: String] = [:]
        var ways: [Reach.Way] = []
        if !setNames.isEmpty {
            let list = setNames.map(OrgAPI.literal).joined(separator: ", ")
            let sets = try await api.rows("SELECT Id, Name FROM PermissionSet WHERE Name IN (\(list))", version)
            for set in sets {
                guard let id = set.text("Id"), let name = set.text("Name") else { continue }
                let direct = try await assignees("PermissionSetId = \(OrgAPI.literal(id))")
                ways.append(.init(kind: .permissionSet, name: name, users: direct.values.sorted()))
                users.merge(direct) { first, _ in first }
                for group in try await groups(holding: id) {
                    let grouped = try await assignees("PermissionSetGroupId = \(OrgAPI.literal(group.id))")
                    ways.append(.init(kind: .permissionSetGroup, name: group.name, users: grouped.values.sorted()))
                    users.merge(grouped) { first, _ in first }
                }
            }
        }
        for profile in profiles {
            let rows = try await api.rows(
                "SELECT Id, Username FROM User WHERE IsActive = true AND Profile.Name = \(OrgAPI.literal(profile))",
                version)
            let found = Self.users(rows, id: "Id", username: "Username")
            ways.append(.init(kind: .profile, name: profile, users: found.values.sorted()))
            users.merge(found) { first, _ in first }
        }
        return .users(users.values.sorted(), ways: ways)
    }

    private func groups(holding setID: String) async throws -> [(id: String, name: String)] {
        let rows = try await api.rows(
            """
            SELECT PermissionSetGroupId, PermissionSetGroup.DeveloperName FROM PermissionSetGroupComponent \
            WHERE PermissionSetId = \(OrgAPI.literal(setID))
            """, version)
        return rows.compactMap { row in
            row.text("PermissionSetGroupId").map { ($0, row.text("PermissionSetGroup.DeveloperName") ?? $0) }
        }
    }

    private func assignees(_ condition: String) async throws -> [String: String] {
        let rows = try await api.rows(
            "SELECT AssigneeId, Assignee.Username, Assignee.IsActive FROM PermissionSetAssignment WHERE \(condition)",
            version)
        return Self.users(
            rows.filter { $0.flag("Assignee.IsActive") == true }, id: "AssigneeId", username: "Assignee.Username")
    }

    private static func users(_ rows: [QueryRow], id: String, username: String) -> [String: String] {
        var users: [String: String] = [:]
        for row in rows { if let key = row.text(id) { users[key] = row.text(username) ?? key } }
        return users
    }

    // MARK: The integration user

    /// What the org says of the connection's user; `nil` for one that it does not have.
    package func user() async throws -> OrgUser? {
        let rows = try await api.rows(
            "SELECT Id, Username, IsActive, Profile.Name FROM User WHERE Username = \(OrgAPI.literal(username.description))",
            version)
        guard let row = rows.first, let id = row.text("Id") else { return nil }
        return OrgUser(id: id, isActive: row.flag("IsActive") ?? true, profile: row.text("Profile.Name"))
    }

    /// ``user()``, told from an org that does not show its users.
    package func shownUser() async throws -> UserReading {
        try await unlessHidden(.hidden) { try await user().map(UserReading.found) ?? .noSuchUser }
    }

    /// Of the token's user. A token that was kept has lost its identity URL; then the connection's user is looked up.
    private func userID() async throws -> String {
        if let id = try await api.tokens.token().token.userID { return id }
        guard let user = try await user() else { throw ConnectedAppError(.typeUnknown) }
        return user.id
    }

    /// How many Login IP Ranges the profile of a user has; `nil` where its metadata is not to be seen.
    package func loginRanges(ofProfile name: String) async throws -> Int? {
        try await unlessHidden(nil) {
            guard let query = ReadQuery(type: "Profile", fullNames: [name]) else { return nil }
            let records = try await api.soap(.readMetadata(query), version: version, within: MetadataReader.listing) {
                .readMetadata()
            }
            return records.first.map { record in record.children.filter { $0.name == "loginIpRanges" }.count }
        }
    }

    /// The rights that reading metadata takes.
    static let needed: Set<String> = ["ApiEnabled", "ModifyMetadata", "ViewSetup", "ViewRoles"]
    /// Rights that it does not take, and that matter if a key or a token is stolen.
    static let beyond = [
        "ModifyAllData", "ViewAllData", "ManageUsers", "AuthorApex", "CustomizeApplication",
        "ManageProfilesPermissionsets", "ManageConnectedApps",
    ]

    /// Those of the rights beyond need that the token's user has; `nil` where the org does not tell.
    package func rightsBeyondNeed() async throws -> [String]? {
        try await unlessHidden(nil) {
            let fields = Self.beyond.map { "Permissions" + $0 }.joined(separator: ", ")
            let rows = try await api.rows("SELECT \(fields) FROM UserPermissionAccess", version)
            return rows.first.map { $0.trueFields.map { String($0.dropFirst("Permissions".count)) } }
        }
    }

    /// The newest rows of Login History of a user: what the org itself noted of the last attempts.
    package func loginStatuses(of userID: String) async throws -> [String] {
        let rows = try await api.rows(
            """
            SELECT Status, LoginTime FROM LoginHistory WHERE UserId = \(OrgAPI.literal(userID)) \
            ORDER BY LoginTime DESC LIMIT 5
            """, version)
        return rows.compactMap { $0.text("Status") }
    }

    /// Changes of connected apps in the org's Setup Audit Trail, the newest first. Which action names External Client Apps
    /// have is not known, so every row whose text names the app counts.
    package func changes(of label: String, since: String) async throws -> [ApprovedApp.Change] {
        try await unlessHidden([]) {
            let rows = try await api.rows(
                """
                SELECT Action, Section, Display, CreatedDate, CreatedBy.Username FROM SetupAuditTrail \
                WHERE CreatedDate >= \(since) ORDER BY CreatedDate DESC LIMIT 200
                """, version)
            return rows.compactMap { row in
                guard let display = row.text("Display"), display.localizedCaseInsensitiveContains(label),
                    let at = row.text("CreatedDate")
                else { return nil }
                return ApprovedApp.Change(
                    username: row.text("CreatedBy.Username") ?? "not told", display: display, at: at)
            }
        }
    }

    /// - Parameters:
    ///   - otherwise: What stands for an object, field or call that this user may not see.
    ///   - refused: What stands for a call to SOAP that refused the token; `nil`: the same.
    private func unlessHidden<T>(
        _ otherwise: T, ifRefused refused: T? = nil, _ body: () async throws -> T
    ) async throws -> T {
        do { return try await body() } catch let error as ConnectedAppError {
            switch error.cause {
            case .typeUnknown, .metadataFault, .metadataAccessMissing: return otherwise
            case .tokenUseless where error.evidence["faultCode"] != nil: return refused ?? otherwise
            default: throw error
            }
        }
    }
}

/// A user of the org.
package struct OrgUser: Sendable, Equatable {
    package let id: String
    package let isActive: Bool
    package let profile: String?
}

/// What an org says of a user.
package enum UserReading: Sendable, Equatable {
    case found(OrgUser)
    case noSuchUser
    /// The token's user may not see users.
    case hidden
}

/// In how many users' names an app's key could sign in.
package enum Reach: Sendable, Equatable {
    package struct Way: Sendable, Equatable {
        package enum Kind: String, Sendable {
            case permissionSet = "permission set"
            case permissionSetGroup = "permission set group"
            case profile
        }

        package let kind: Kind
        package let name: String
        /// Usernames of active users.
        package let users: [String]
    }

    /// Usernames, sorted, and the ways by which they are pre-authorized.
    case users([String], ways: [Way])
    /// *All users may self-authorize*: whoever approves the app.
    case everybody(count: Int)
    case unknown(because: String)
}
