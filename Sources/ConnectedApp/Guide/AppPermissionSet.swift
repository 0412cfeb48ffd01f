/// The permission sets that the guides and the bundle name, with their purpose, and what it means for the app's key if
/// they are on the app's list of permission sets. The raw values are their API names in Salesforce.
///
/// The admin chooses which of them pre-authorize users. By default, only ``integration`` does, and only one user has
/// it.
package enum AppPermissionSet: String, Sendable, CaseIterable {
    case integration = "Aprity_Integration"
    case admin = "Aprity_Admin"
    case user = "Aprity_User"

    var label: String { rawValue.replacing("_", with: " ") }

    /// Who gets the set and which permissions it gives. Also its description in Salesforce.
    var purpose: String {
        switch self {
        case .integration:
            "For exactly one user, as whom aprity signs in. Gives what Salesforce requires for reading metadata; Modify Metadata, "
                + "which is part of it, also allows changes. Deliberately gives no object permissions."
        case .admin: "For the people who manage aprity's app in Setup. Gives no permission to read metadata."
        case .user: "For the people who use what aprity reads. Gives no permission on its own."
        }
    }

    /// The API names of its user permissions.
    var userPermissions: [String] {
        switch self {
        case .integration: ["ApiEnabled", "ModifyMetadata", "ViewRoles", "ViewSetup"]
        case .admin: ["ViewRoles", "ViewSetup"]
        case .user: []
        }
    }

    // MARK: The choice

    /// Explains what the app's list of permission sets means for its key.
    static func reach(_ alias: String, reader: GuideMedium = .commandLine) -> String {
        "The app's key can sign in as every user who has a permission set on the app's list. There should be exactly one; "
            + "\(reader.appCheck(alias)) names them if there are more."
    }

    /// The alternative that some admin guides recommend.
    static let adminInstead =
        "Some admin guides put \(admin.rawValue) on the app's list instead of \(integration.rawValue). The key can then sign "
        + "in as each person who manages the app, with all their permissions."
}
