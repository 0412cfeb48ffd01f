internal import JWTBearer
internal import MetadataAPI

/// Reads the integration user and its rights from the org.
///
/// Source: "UserPermissionAccess", "LoginHistory" (Object Reference for the Salesforce Platform).
package struct OrgUserReading: Sendable {
    let org: OrgSetup
    /// The connection's.
    let username: Username

    /// What the org says of the connection's user; `nil` for one that it does not have.
    package func user() async throws -> OrgUser? {
        let rows = try await org.rows(
            "SELECT Id, Username, IsActive, Profile.Name FROM User WHERE Username = \(OrgAPI.literal(username.description))"
        )
        guard let row = rows.first, let id = row.raw("Id") else { return nil }
        return OrgUser(id: id, isActive: row.flag("IsActive") ?? true, profile: row.text("Profile.Name"))
    }

    /// ``user()``, told from an org that does not show its users.
    package func shownUser() async throws -> UserReading {
        try await org.unlessHidden(.hidden) { try await user().map(UserReading.found) ?? .noSuchUser }
    }

    /// Of the token's user. A token that was kept has lost its identity URL; then the connection's user is looked up.
    private func userID() async throws -> String {
        if let id = try await org.api.tokens.token().token.userID { return id }
        guard let user = try await user() else { throw ConnectedAppError(.typeUnknown) }
        return user.id
    }

    /// How many Login IP Ranges the profile of a user has; `nil` where its metadata is not to be seen.
    package func loginRanges(ofProfile name: String) async throws -> Int? {
        try await org.unlessHidden(nil) {
            guard let query = ReadQuery(type: "Profile", fullNames: [name]) else { return nil }
            let records = try await org.soap(.readMetadata(query), within: MetadataReader.listing) { .readMetadata() }
            return records.first.map { record in record.children.filter { $0.name == "loginIpRanges" }.count }
        }
    }

    /// The rights that reading metadata takes.
    static let needed: Set<String> = ["ApiEnabled", "ModifyMetadata", "ViewSetup", "ViewRoles"]
    /// Rights that it does not take, and that matter if a key or a token is stolen.
    static let beyond = [
        "ModifyAllData", "ViewAllData", "ManageUsers", "AuthorApex", "CustomizeApplication",
        "ManageProfilesPermissionsets", "ManageConnectedApps",
    ]

    /// Those of the rights beyond need that the token's user has; `nil` where the org does not tell.
    package func rightsBeyondNeed() async throws -> [String]? {
        try await org.unlessHidden(nil) {
            let fields = Self.beyond.map { "Permissions" + $0 }.joined(separator: ", ")
            let rows = try await org.rows("SELECT \(fields) FROM UserPermissionAccess")
            return rows.first.map { $0.trueFields.map { String($0.dropFirst("Permissions".count)) } }
        }
    }

    /// The newest rows of Login History of a user: what the org itself noted of the last attempts.
    package func loginStatuses(of userID: String) async throws -> [String] {
        let rows = try await org.rows(
            """
            SELECT Status, LoginTime FROM LoginHistory WHERE UserId = \(OrgAPI.literal(userID)) \
            ORDER BY LoginTime DESC LIMIT 5
            """)
        return rows.compactMap { $0.text("Status") }
    }

    /// The name under which the newest successful sign-in of this user stands in Login History: every user may read its
    /// own rows.
    ///
    /// Rows of one second come in any order, and the status cannot be filtered. So failed sign-ins of the same second may come first.
    ///
    /// - Returns: As the org sent it, for further queries.
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
package struct OrgUser: Sendable, Equatable {
    package let id: String
    package let isActive: Bool
    package let profile: String?
}

/// What an org says of a user.
package enum UserReading: Sendable, Equatable {
    case found(OrgUser)
    case noSuchUser
    /// The token's user may not see users.
    case hidden
}
