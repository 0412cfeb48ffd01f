extension Org {
    /// Returns the user with a username, ignoring case.
    func user(named username: String) -> User? {
        users.first { $0.username.lowercased() == username.lowercased() }
    }

    /// Returns the names of the permission sets that a user has directly or through a group.
    func permissionSetNames(of user: User) -> Set<String> {
        let grouped = groups.filter { user.groups.contains($0.name) }.flatMap(\.permissionSets)
        return Set(user.permissionSets + grouped)
    }

    /// Returns the API names of the user permissions from a user's profile and permission sets. The user's `apiEnabled`
    /// has precedence over both.
    func permissions(of user: User) -> Set<String> {
        let names = permissionSetNames(of: user)
        var permissions = Set(permissionSets.filter { names.contains($0.name) }.flatMap(\.userPermissions))
        if let profile = profiles.first(where: { $0.name == user.profile }) {
            permissions.formUnion(profile.userPermissions)
        }
        if let apiEnabled = user.apiEnabled {
            if apiEnabled { permissions.insert("ApiEnabled") } else { permissions.remove("ApiEnabled") }
        }
        return permissions
    }

    /// Returns the API names of the custom permissions from a user's permission sets.
    func customPermissions(of user: User) -> Set<String> {
        let names = permissionSetNames(of: user)
        return Set(permissionSets.filter { names.contains($0.name) }.flatMap(\.customPermissions))
    }

    /// Whether an admin has pre-authorized `user` for `app` through a profile, permission set or permission set group.
    func isPreAuthorized(_ user: User, for app: App) -> Bool {
        app.profiles.contains(user.profile)
            || !permissionSetNames(of: user).union(user.groups).isDisjoint(with: app.permissionSets)
    }

    /// Whether API Access Control blocks this user's API calls through this app, even with a valid token: the app itself
    /// is blocked, or the org allows only installed apps.
    func blocksAPI(_ app: App, of user: User) -> Bool {
        app.blockedByAPIAccessControl
            || apiAccessControl && !app.installed && !permissions(of: user).contains("UseAnyApiClient")
    }

    /// Whether a user may call the Metadata API, which requires one of two permissions even for reading.
    func mayUseMetadataAPI(_ user: User) -> Bool {
        !permissions(of: user).isDisjoint(with: [UserPermission.modifyMetadata, UserPermission.modifyAllData])
    }

    /// Whether a user may deploy apps and permission sets.
    func mayDeploy(_ user: User) -> Bool {
        let permissions = permissions(of: user)
        return permissions.contains(UserPermission.modifyAllData)
            || permissions.isSuperset(of: [UserPermission.modifyMetadata, UserPermission.customizeApplication])
    }
}

/// The API names of the user permissions that this target checks in several places.
enum UserPermission {
    static let customizeApplication = "CustomizeApplication"
    static let modifyAllData = "ModifyAllData"
    static let modifyMetadata = "ModifyMetadata"
    /// *View all External Client Apps*; this API name is not confirmed on a real org.
    static let viewAllExternalClientApps = "ViewAllExternalClientApps"
}
