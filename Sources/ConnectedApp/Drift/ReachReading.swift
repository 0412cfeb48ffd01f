/// Reads which users an app's key could sign in as.
///
/// Sources: "PermissionSetAssignment", "PermissionSetGroupComponent" (Object Reference for the Salesforce Platform).
struct ReachReading: Sendable {
    let org: OrgSetup

    /// Reads the active users that the app's key could sign in as. The app must contain its permission sets and
    /// profiles, or the reason why they are unknown.
    ///
    /// - Throws: ``ConnectedAppError`` if a call fails, unless the org hides something or has too many rows; then the
    ///   reach is unknown.
    func reach(of app: OrgApp) async throws -> Reach {
        do { return try await readReach(of: app) } catch let error as ConnectedAppError
            where error.cause == .answerTooLarge
        {
            return .unknown(.tooManyRows)
        }
    }

    private func readReach(of app: OrgApp) async throws -> Reach {
        try await org.unlessHidden(.unknown(.viewSetupMissing)) {
            if case .unknown(let reason) = app[.permittedUsers] { return .unknown(reason) }
            guard app.permittedUsers == .adminApproved else {
                let count = try await org.count("SELECT COUNT() FROM User WHERE IsActive = true")
                return .everybody(count: count)
            }
            guard let sets = app[.permissionSets].names, let profiles = app[.profiles].names else {
                if case .unknown(let reason) = app[.permissionSets] { return .unknown(reason) }
                if case .unknown(let reason) = app[.profiles] { return .unknown(reason) }
                return .unknown(.viewSetupMissing)
            }
            return try await assigned(sets, profiles: profiles)
        }
    }

    private func assigned(_ setNames: [String], profiles: [String]) async throws -> Reach {
        // Usernames by user id.
        var users: [String: String] = [:]
        var ways: [Reach.Way] = []
        if !setNames.isEmpty {
            let wanted = Set(setNames.map(PermissionSetName.init))
            let list = Set(wanted.map(\.name)).sorted().map(OrgAPI.literal).joined(separator: ", ")
            let sets = try await org.rows(
                "SELECT Id, Name, NamespacePrefix FROM PermissionSet WHERE Name IN (\(list))")
            for set in sets {
                // The set of a managed package may have the same name as one of the org's own.
                guard let id = set.raw("Id"), let found = PermissionSetName(set, ""), wanted.contains(found) else {
                    continue
                }
                let name = found.description
                let direct = try await assignees("PermissionSetId = \(OrgAPI.literal(id))")
                ways.append(.init(kind: .permissionSet, name: name, users: direct.values.sorted()))
                users.merge(direct) { first, _ in first }
                for group in try await groups(holding: id) {
                    let grouped = try await assignees("PermissionSetGroupId = \(OrgAPI.literal(group.id))")
                    ways.append(.init(kind: .permissionSetGroup, name: group.name, users: grouped.values.sorted()))
                    users.merge(grouped) { first, _ in first }
                }
            }
        }
        for profile in profiles {
            let rows = try await org.rows(
                "SELECT Id, Username FROM User WHERE IsActive = true AND Profile.Name = \(OrgAPI.literal(profile))")
            let found = Self.users(rows, id: "Id", username: "Username")
            ways.append(.init(kind: .profile, name: profile, users: found.values.sorted()))
            users.merge(found) { first, _ in first }
        }
        return .users(users.values.sorted(), ways: ways)
    }

    /// The permission set groups that contain the set.
    private func groups(holding setID: String) async throws -> [(id: String, name: String)] {
        let rows = try await org.rows(
            """
            SELECT PermissionSetGroupId, PermissionSetGroup.DeveloperName FROM PermissionSetGroupComponent \
            WHERE PermissionSetId = \(OrgAPI.literal(setID))
            """)
        return rows.compactMap { row in
            row.raw("PermissionSetGroupId").map { id in
                (id, row.text("PermissionSetGroup.DeveloperName") ?? OrgWords().clean(id))
            }
        }
    }

    /// - Returns: The usernames of the active users who are assigned, by user id.
    private func assignees(_ condition: String) async throws -> [String: String] {
        let rows = try await org.rows(
            "SELECT AssigneeId, Assignee.Username, Assignee.IsActive FROM PermissionSetAssignment WHERE \(condition)")
        return Self.users(
            rows.filter { $0.flag("Assignee.IsActive") == true }, id: "AssigneeId", username: "Assignee.Username")
    }

    /// - Returns: The usernames by user id. The id replaces a missing username.
    private static func users(_ rows: [QueryRow], id: String, username: String) -> [String: String] {
        var users: [String: String] = [:]
        for row in rows { if let key = row.raw(id) { users[key] = row.text(username) ?? row.text(id) } }
        return users
    }
}

/// The API name of a permission set, with the namespace of its managed package. Two names that differ in case only are equal.
///
/// Metadata has `namespace__Name`. Queries return the two parts as separate fields; no name contains two underscores in a
/// row.
struct PermissionSetName: Hashable, CustomStringConvertible {
    /// `nil` for a set of the org's own.
    let namespace: String?
    let name: String

    /// - Parameter metadataName: `Name`, or `namespace__Name`.
    init(_ metadataName: String) {
        if let mark = metadataName.firstRange(of: "__") {
            namespace = String(metadataName[..<mark.lowerBound])
            name = String(metadataName[mark.upperBound...])
        } else {
            (namespace, name) = (nil, metadataName)
        }
    }

    /// Reads the fields `Name` and `NamespacePrefix`.
    ///
    /// - Parameter prefix: What precedes the names of the fields, such as `Parent.`.
    /// - Returns: `nil` if the row has no name.
    init?(_ row: QueryRow, _ prefix: String) {
        guard let name = row.text(prefix + "Name") else { return nil }
        self.name = name
        namespace = row.text(prefix + "NamespacePrefix").flatMap { $0.isEmpty ? nil : $0 }
    }

    var description: String { namespace.map { "\($0)__\(name)" } ?? name }

    static func == (left: Self, right: Self) -> Bool { left.key == right.key }
    func hash(into hasher: inout Hasher) { hasher.combine(key) }
    private var key: String { description.lowercased() }
}

/// The users that an app's key could sign in as.
enum Reach: Sendable, Equatable {
    /// A permission set, group or profile that pre-authorizes users.
    struct Way: Sendable, Equatable {
        /// The raw value is shown; see ``AppCheckView/Reach``.
        enum Kind: String, Sendable {
            case permissionSet = "permission set"
            case permissionSetGroup = "permission set group"
            case profile
        }

        let kind: Kind
        let name: String
        /// The usernames of the active users whom it authorizes, sorted.
        let users: [String]
    }

    /// The usernames, sorted, and what pre-authorizes them. A user may appear in several ways.
    case users([String], ways: [Way])
    /// *All users may self-authorize*: every user can approve the app. `count` is the number of active users.
    case everybody(count: Int)
    case unknown(UnknownReason)

    /// The usernames; empty if every user can approve the app, or if they are unknown.
    package var usernames: [String] {
        switch self {
        case .users(let users, _): users
        case .everybody, .unknown: []
        }
    }
}
