/// The entries of Setup's menu. Their addresses are those of Lightning's Setup, as far as they are known.
enum SetupPlace: String, CaseIterable, Sendable {
    case home = "SetupOneHome"
    case users = "ManageUsers"
    case permissionSets = "PermSets"
    case profiles = "EnhancedProfiles"
    case appManager = "NavigationMenus"
    case manageConnectedApps = "ConnectedApplication"
    case connectedAppsUsage = "ConnectedAppsUsage"
    case externalClientApps = "ManageExternalClientApplication"
    case externalClientAppsUsage = "ExternalClientAppsUsage"
    case myDomain = "OrgDomain"
    case loginHistory = "OrgLoginHistory"
    case apiAccessControl = "ApiAccessControl"
    /// The simulation's own.
    case orgTime = "SimulatorOrgTime"

    /// As *Quick Find* knows it.
    var label: String {
        switch self {
        case .home: "Home"
        case .users: "Users"
        case .permissionSets: "Permission Sets"
        case .profiles: "Profiles"
        case .appManager: "App Manager"
        case .manageConnectedApps: "Manage Connected Apps"
        case .connectedAppsUsage: "Connected Apps OAuth Usage"
        case .externalClientApps: "External Client App Manager"
        case .externalClientAppsUsage: "OAuth Usage"
        case .myDomain: "My Domain"
        case .loginHistory: "Login History"
        case .apiAccessControl: "API Access Control"
        case .orgTime: "Org Time"
        }
    }

    /// The heading above it in the menu.
    var group: String {
        switch self {
        case .home: "Setup"
        case .users, .permissionSets, .profiles: "Users"
        case .appManager: "Apps"
        case .manageConnectedApps, .connectedAppsUsage: "Connected Apps"
        case .externalClientApps, .externalClientAppsUsage: "External Client Apps"
        case .myDomain: "Company Settings"
        case .loginHistory: "Identity"
        case .apiAccessControl: "Security"
        case .orgTime: "Simulation"
        }
    }

    static let groups = [
        "Setup", "Users", "Apps", "Connected Apps", "External Client Apps", "Company Settings", "Identity",
        "Security", "Simulation",
    ]

    var path: String { "/lightning/setup/\(rawValue)/home" }

    /// A page below this entry.
    func path(_ record: String, _ action: String) -> String { "/lightning/setup/\(rawValue)/\(record)/\(action)" }

    var newPath: String { "/lightning/setup/\(rawValue)/new" }

    /// The entries that *Quick Find* shows for what was typed: label or heading holds it, case aside.
    static func found(_ text: String) -> [SetupPlace] {
        let text = text.lowercased()
        return allCases.filter {
            text.isEmpty || $0.label.lowercased().contains(text) || $0.group.lowercased().contains(text)
        }
    }
}
