/// The permission sets that the guides and the bundle name: for whom each one is, and what follows if the app lists it.
///
/// Which of them pre-authorizes is the admin's choice. By default it is ``integration`` alone, for exactly one user.
package enum AppPermissionSet: String, Sendable, CaseIterable {
    case integration = "Aprity_Integration"
    case admin = "Aprity_Admin"
    case user = "Aprity_User"

    var label: String { rawValue.replacing("_", with: " ") }

    /// For whom it is, and what it gives: the set's description in Salesforce.
    var purpose: String {
        switch self {
        case .integration:
            "For exactly one user, whom aprity signs in as. Gives the rights to read metadata; no object permissions on "
                + "purpose."
        case .admin: "For the people who look after aprity's app in Setup. Gives no right to read metadata."
        case .user: "For the people who use what aprity reads. Gives no right by itself."
        }
    }

    /// API names of user permissions.
    var userPermissions: [String] {
        switch self {
        case .integration: ["ApiEnabled", "ModifyMetadata", "ViewRoles", "ViewSetup"]
        case .admin: ["ViewRoles", "ViewSetup"]
        case .user: []
        }
    }

    // MARK: The choice

    /// What the app's list of permission sets means.
    package static func reach(_ alias: String, reader: GuideReader = .commandLine) -> String {
        "The app's key can sign in as everybody who has a permission set of the app's list. One user is right; more is wide, "
            + "and \(reader.appCheck(alias)) names them."
    }

    /// The other choice, which some admin guides recommend.
    static let adminInstead =
        "\(admin.rawValue) may be on the app's list in place of \(integration.rawValue), as some admin guides say; the key "
        + "then reaches the people who look after the app, with all that they may do."
}
