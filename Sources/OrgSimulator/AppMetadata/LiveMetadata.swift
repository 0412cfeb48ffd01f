/// The components from an org's state that a caller gets besides those of the source folder. They are generated for each
/// call.
struct LiveMetadata: Sendable {
    /// Components that replace those of the same type and name in the folder.
    var replacing: [MetadataComponent] = []
    /// Components that are added if the folder has none of the same type and name.
    var completing: [MetadataComponent] = []
    /// Components that only `readMetadata` returns, so that pulling a source folder yields only its content.
    var byName: [MetadataComponent] = []
    /// The types that the caller may not read.
    var unreadableTypes: Set<String> = []
}

extension LiveMetadata {
    /// - Parameters:
    ///   - org: The org with its apps as the answering server sees them.
    ///   - user: The caller, whose permissions determine what is readable.
    init(of org: Org, for user: User, _ switches: Switches) {
        replacing = org.apps.flatMap(Self.components)
        completing = org.permissionSets.compactMap { set in
            Self.component("PermissionSet", set.name, PermissionSetFile.tree(of: set), id: set.id)
        }
        byName = org.profiles.compactMap { profile in
            Self.component("Profile", profile.name, ProfileFile.tree(of: profile), id: profile.id)
        }
        unreadableTypes = org.unreadableAppTypes(for: user, switches)
    }

    private static func components(of app: App) -> [MetadataComponent] {
        switch app.kind {
        case .connectedApp:
            [component(AppType.connectedApp, app.name, ConnectedAppFile.tree(of: app), id: app.id)].compactMap { $0 }
        case .externalClientApp:
            ExternalClientAppFiles.all.compactMap { file in
                let isParent = file.type == AppType.externalClientApplication
                return component(
                    file.type, app.name + file.nameSuffix, file.tree(of: app), id: isParent ? app.id : nil)
            }
        }
    }

    private static func component(
        _ typeName: String, _ fullName: String, _ content: [XMLTree], id: String?
    ) -> MetadataComponent? {
        guard let type = MetadataRegistry.standard.type(named: typeName), let suffix = type.suffix else { return nil }
        let tree = XMLTree(typeName, content, attributes: ["xmlns": SOAPMessage.metadataNamespace])
        return MetadataComponent(
            type: type, fullName: fullName, recordID: id,
            files: [ServedFile(path: "\(type.directory)/\(fullName).\(suffix)", bytes: tree.document())])
    }
}

/// The names of the metadata types that an app consists of.
enum AppType {
    static let connectedApp = "ConnectedApp"
    static let externalClientApplication = "ExternalClientApplication"
    static let globalOAuthSettings = "ExtlClntAppGlobalOauthSettings"
    static let oauthSettings = "ExtlClntAppOauthSettings"
    static let oauthPolicies = "ExtlClntAppOauthConfigurablePolicies"
    static let policies = "ExtlClntAppConfigurablePolicies"

    /// One External Client App is five components.
    static let externalClientApp = [
        externalClientApplication, globalOAuthSettings, oauthSettings, oauthPolicies, policies,
    ]
}

extension Org {
    /// The types with app settings that `user` may not read. A Connected App needs *Customize Application*; for an
    /// External Client App, a switch decides.
    ///
    /// The simulator returns no components to such a user, and no error. This is its own choice, not confirmed on a
    /// real org.
    fileprivate func unreadableAppTypes(for user: User, _ switches: Switches) -> Set<String> {
        let permissions = permissions(of: user)
        var types: Set<String> = []
        if !permissions.contains(UserPermission.customizeApplication) { types.insert(AppType.connectedApp) }
        if !permissions.contains(switches.appSettingsPermission.permission) {
            types.formUnion(AppType.externalClientApp)
        }
        return types
    }
}

extension Switches.AppSettingsPermission {
    fileprivate var permission: String {
        switch self {
        case .customizeApplication: UserPermission.customizeApplication
        case .viewAllExternalClientApps: UserPermission.viewAllExternalClientApps
        }
    }
}
