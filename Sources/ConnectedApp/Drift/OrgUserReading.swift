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

    /// The id of the token's user. A token from the store has no identity URL, so the connection's user is queried.
    ///
    /// - Throws: ``ConnectedAppError`` with `.typeUnknown`, which ``OrgSetup/unlessHidden(_:ifRefused:_:)`` treats as
    ///   hidden, if the org does not show that user.
    private func userID() async throws -> String {
        if let id = try await org.api.tokens.token().token.userID { return id }
        guard let user = try await user() else { throw ConnectedAppError(.typeUnknown) }
        return user.id
    }

    /// How many Login IP Ranges a profile has; `nil` if its metadata is hidden.
    ///
    /// - Parameter name: The profile's full name in the Metadata API.
    func loginRanges(ofProfile name: String) async throws -> Int? {
        try await org.unlessHidden(nil) {
            guard let query = ReadQuery(type: "Profile", fullNames: [name]) else { return nil }
            let records = try await org.soap(.readMetadata(query), within: MetadataReader.listing) { .readMetadata() }
            return records.first.map { record in record.children.filter { $0.name == "loginIpRanges" }.count }
        }
    }

    /// The rights that reading metadata needs, by the names of their fields without `Permissions`.
    static let needed: Set<String> = ["ApiEnabled", "ModifyMetadata", "ViewSetup", "ViewRoles"]
    /// Powerful rights that reading metadata does not need. Whoever steals the key or a token has them too.
    static let powerfulRights = [
        "ModifyAllData", "ViewAllData", "ManageUsers", "AuthorApex", "CustomizeApplication",
        "ManageProfilesPermissionsets", "ManageConnectedApps",
    ]

    /// The rights of ``powerfulRights`` that the token's user has, sorted; `nil` if the org hides them.
    func rightsBeyondNeed() async throws -> [String]? {
        try await org.unlessHidden(nil) {
            let fields = Self.powerfulRights.map { "Permissions" + $0 }.joined(separator: ", ")
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

    /// The app name of the newest successful sign-in of the token's user in Login History. Users may read their own
    /// rows.
    ///
    /// A query cannot filter by status, so this reads up to 200 rows and takes the first successful one.
    ///
    /// - Returns: The name as the org wrote it, for further queries; `nil` if there is no such sign-in. It may contain
    ///   what must not be shown or stored; see ``QueryRow/raw(_:)``.
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
    /// `true` also if the org does not say.
    let isActive: Bool
    /// The profile's name; `nil` if the org does not show it.
    let profile: String?
}

/// The result of reading a user.
enum UserReading: Sendable, Equatable {
    case found(OrgUser)
    case noSuchUser
    /// The token's user cannot see users.
    case hidden
}
