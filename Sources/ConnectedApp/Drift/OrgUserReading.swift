internal import JWTBearer
internal import MetadataAPI

/// Reads the integration user and its rights from the org.
///
/// Source: "UserPermissionAccess", "LoginHistory" (Object Reference for the Salesforce Platform).
struct OrgUserReading: Sendable {
    let org: OrgSetup
    /// The username of the connection.
    let username: Username

    /// Reads the connection's user; `nil` if the org does not have it.
    func user() async throws -> OrgUser? {
        let rows = try await org.rows(
            "SELECT Id, Username, IsActive, Profile.Name FROM User WHERE Username = \(OrgAPI.literal(username.description))"
        )
        guard let row = rows.first, let id = row.raw("Id") else { return nil }
        return OrgUser(id: id, isActive: row.flag("IsActive") ?? true, profile: row.text("Profile.Name"))
    }

    /// Reads the connection's user, or whether the org hides its users.
    func shownUser() async throws -> UserReading {
        try await org.unlessHidden(.hidden) { try await user().map(UserReading.found) ?? .noSuchUser }
    }

    /// The id of the token's user. A stored token has no identity URL; for such a token, the connection's user is read.
    private func userID() async throws -> String {
        if let id = try await org.api.tokens.token().token.userID { return id }
        guard let user = try await user() else { throw ConnectedAppError(.typeUnknown) }
        return user.id
    }

    /// How many Login IP Ranges a profile has; `nil` if its metadata is hidden.
    func loginRanges(ofProfile name: String) async throws -> Int? {
        try await org.unlessHidden(nil) {
            guard let query = ReadQuery(type: "Profile", fullNames: [name]) else { return nil }
            let records = try await org.soap(.readMetadata(query), within: MetadataReader.listing) { .readMetadata() }
            return records.first.map { record in record.children.filter { $0.name == "loginIpRanges" }.count }
        }
    }

    /// The rights that reading metadata needs.
    static let needed: Set<String> = ["ApiEnabled", "ModifyMetadata", "ViewSetup", "ViewRoles"]
    /// Rights that it does not need, and that matter if a key or a token is stolen.
    static let beyond = [
        "ModifyAllData", "ViewAllData", "ManageUsers", "AuthorApex", "CustomizeApplication",
        "ManageProfilesPermissionsets", "ManageConnectedApps",
    ]

    /// The unneeded rights that the token's user has; `nil` if the org hides them.
    func rightsBeyondNeed() async throws -> [String]? {
        try await org.unlessHidden(nil) {
            let fields = Self.beyond.map { "Permissions" + $0 }.joined(separator: ", ")
            let rows = try await org.rows("SELECT \(fields) FROM UserPermissionAccess")
            return rows.first.map { $0.trueFields.map { String($0.dropFirst("Permissions".count)) } }
        }
    }

    /// The statuses of a user's last five sign-ins in Login History, the newest first.
    func loginStatuses(of userID: String) async throws -> [String] {
        let rows = try await org.rows(
            """
            SELECT Status, LoginTime FROM LoginHistory WHERE UserId = \(OrgAPI.literal(userID)) \
            ORDER BY LoginTime DESC LIMIT 5
            """)
        return rows.compactMap { $0.text("Status") }
    }

    /// The app name of this user's newest successful sign-in in Login History. Every user can read its own rows.
    ///
    /// Rows of the same second have no fixed order, and a query cannot filter by status. So failed sign-ins may precede
    /// it.
    ///
    /// - Returns: The unchanged name, for further queries; `nil` if there is no such sign-in.
    func labelInLoginHistory() async throws -> String? {
        let rows = try await org.rows(
            """
            SELECT Application, Status FROM LoginHistory WHERE UserId = \(OrgAPI.literal(try await userID())) \
            ORDER BY LoginTime DESC LIMIT 200
            """)
        return rows.first { $0.raw("Status") == "Success" }?.raw("Application")
    }
}

/// A user of the org.
struct OrgUser: Sendable, Equatable {
    let id: String
    let isActive: Bool
    let profile: String?
}

/// The result of reading a user.
enum UserReading: Sendable, Equatable {
    case found(OrgUser)
    case noSuchUser
    /// The token's user cannot see users.
    case hidden
}
