extension SimulatorState {
    /// The state that the simulator starts with if it has no seed file: one org with users, permission sets and custom
    /// permissions, but no app. The examples in `docs/` use its names.
    static var harbourBikes: SimulatorState {
        var state = SimulatorState()
        var org = Org(name: "Harbour Bikes")
        org.myDomain = "harbour-bikes.my.salesforce.com"

        var integration = PermissionSet(name: "Aprity_Integration")
        integration.label = "Aprity Integration"
        integration.userPermissions = ["ApiEnabled", "ModifyMetadata", "ViewSetup", "ViewRoles"]
        var administration = PermissionSet(name: "Aprity_Admin")
        administration.label = "Aprity Admin"
        administration.customPermissions = ["Aprity_Admin"]
        var viewing = PermissionSet(name: "Aprity_User")
        viewing.label = "Aprity User"
        viewing.customPermissions = ["Aprity_User"]
        org.customPermissions = ["Aprity_Admin", "Aprity_User"]
        org.permissionSets = [integration, administration, viewing]

        org.users = [
            .seeded("admin@harbour-bikes.example", "Ada Moore", Profile.systemAdministrator),
            .seeded("integration@harbour-bikes.example", "Integration User", Profile.apiOnly, [integration.name]),
            .seeded("clerk@harbour-bikes.example", "Cleo Brandt", Profile.standardUser),
        ]
        state.orgs = [org]
        return state
    }
}

extension User {
    fileprivate static func seeded(
        _ username: String, _ name: String, _ profile: String, _ permissionSets: [String] = []
    ) -> User {
        var user = User(username: username)
        user.name = name
        user.profile = profile
        user.permissionSets = permissionSets
        return user
    }
}
