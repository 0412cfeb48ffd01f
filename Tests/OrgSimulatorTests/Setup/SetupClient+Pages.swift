import Testing

@testable import OrgSimulator

extension SetupClient {
    /// Returns a client of an org with an app of each kind. The Connected App is blocked.
    static func withBothKinds(label: String) throws -> SetupClient {
        try SetupClient { state in
            var connected = try App.approved()
            connected.kind = .connectedApp
            connected.label = label
            connected.blocked = true
            var external = try App.approved()
            external.name = "Other"
            external.consumerKey = "3MVG9other.consumer.key"
            external.label = label
            state.orgs[0].apps = [external, connected]
            state.orgs[0].allowConnectedAppCreation = true
            state.orgs[0].permissionSets[0].label = label
            state.orgs[0].users[0].name = label
        }
    }

    /// All pages that a user can open, for an org with one app of each kind.
    var pages: [String] {
        get async throws {
            let org = await state
            let connected = try #require(org.apps.first { $0.kind == .connectedApp }).id
            let external = try #require(org.apps.first { $0.kind == .externalClientApp }).id
            let records: [(SetupPlace, String, [String])] = [
                (.appManager, connected, ["view", "edit", "saved", "verify", "delete", "new-secret"]),
                (.manageConnectedApps, connected, ["view", "edit-policies", "profiles", "permission-sets"]),
                (.connectedAppsUsage, connected, ["users", "uninstall", "revoke"]),
                (.externalClientAppsUsage, external, ["users", "revoke"]),
                (
                    .externalClientApps, external,
                    ["policies", "settings", "edit-policies", "edit-settings", "verify", "delete"]
                ),
                (
                    .permissionSets, org.permissionSets[0].id,
                    ["view", "system-permissions", "assignments", "add-assignment"]
                ),
                (.users, org.users[0].id, ["view", "edit"]),
                (.profiles, org.profiles[0].id, ["view", "new-range", "delete-range", "edit-hours"]),
            ]
            let below = records.flatMap { place, id, actions in actions.map { place.path(id, $0) } }
            return SetupPlace.allCases.map(\.path) + below
                + [
                    SetupPlace.externalClientApps.newPath, SetupPlace.permissionSets.newPath,
                    SetupPlace.appManager.newPath,
                ]
        }
    }
}
