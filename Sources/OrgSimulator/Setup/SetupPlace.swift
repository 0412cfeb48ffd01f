/// The entries of Setup's menu. The raw values are the addresses in Lightning Setup, if they are known.
enum SetupPlace: String, CaseIterable, Sendable {
    case home = "SetupOneHome"
    case users = "ManageUsers"
    case permissionSets = "PermSets"
    case profiles = "EnhancedProfiles"
    case customPermissions = "CustomPermissions"
    case appManager = "NavigationMenus"
    case manageConnectedApps = "ConnectedApplication"
    case connectedAppsUsage = "ConnectedAppsUsage"
    case externalClientApps = "ManageExternalClientApplication"
    case externalClientAppsUsage = "ExternalClientAppsUsage"
    case companyInformation = "CompanyProfileInfo"
    case myDomain = "OrgDomain"
    case loginHistory = "OrgLoginHistory"
    case apiAccessControl = "ApiAccessControl"
    /// Only the simulation has this page.
    case orgTime = "SimulatorOrgTime"

    /// The name in *Quick Find*.
    var label: String {
        switch self {
        case .home: "Home"
        case .users: "Users"
        case .permissionSets: "Permission Sets"
        case .profiles: "Profiles"
        case .customPermissions: "Custom Permissions"
        case .appManager: "App Manager"
        case .manageConnectedApps: "Manage Connected Apps"
        case .connectedAppsUsage: "Connected Apps OAuth Usage"
        case .externalClientApps: "External Client App Manager"
        case .externalClientAppsUsage: "OAuth Usage"
        case .companyInformation: "Company Information"
        case .myDomain: "My Domain"
        case .loginHistory: "Login History"
        case .apiAccessControl: "API Access Control"
        case .orgTime: "Org Time"
        }
    }

    /// The heading above the entry in the menu.
    var group: String {
        switch self {
        case .home: "Setup"
        case .users, .permissionSets, .profiles: "Users"
        case .customPermissions: "Custom Code"
        case .appManager: "Apps"
        case .manageConnectedApps, .connectedAppsUsage: "Connected Apps"
        case .externalClientApps, .externalClientAppsUsage: "External Client Apps"
        case .companyInformation, .myDomain: "Company Settings"
        case .loginHistory: "Identity"
        case .apiAccessControl: "Security"
        case .orgTime: "Simulation"
        }
    }

    /// The headings in the order of the menu.
    static let groups = [
        "Setup", "Users", "Apps", "Connected Apps", "External Client Apps", "Custom Code", "Company Settings",
        "Identity", "Security", "Simulation",
    ]

    /// The path of the entry's own page.
    var path: String { "/lightning/setup/\(rawValue)/home" }

    /// Returns the path of a page of a record below this entry.
    ///
    /// - Parameters:
    ///   - record: The record's id.
    ///   - action: What the page is for, such as `view`.
    func path(_ record: String, _ action: String) -> String { "/lightning/setup/\(rawValue)/\(record)/\(action)" }

    /// The path of the page that creates a record.
    var newPath: String { "/lightning/setup/\(rawValue)/new" }

    /// Returns the entries that *Quick Find* shows for a text: those whose label or heading contains it, ignoring case.
    static func found(_ text: String) -> [SetupPlace] {
        let text = text.lowercased()
        return allCases.filter {
            text.isEmpty || $0.label.lowercased().contains(text) || $0.group.lowercased().contains(text)
        }
    }
}
