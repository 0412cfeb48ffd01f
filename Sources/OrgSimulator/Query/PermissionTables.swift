import Foundation

/// A row of the object `PermissionSet`. An org has a row for each permission set, and creates one for each profile and
/// one for each permission set group.
///
/// `Type` distinguishes them ("PermissionSet", Object Reference for the Salesforce Platform).
struct AssignablePermissions {
    /// The raw value is the value of `Type`.
    enum Origin: String {
        case regular = "Regular"
        case profile = "Profile"
        case group = "Group"
    }

    let id: String
    let name: String
    let label: String
    let origin: Origin
    /// `nil` unless the row belongs to a profile.
    var profileID: String?
    /// `nil` unless the row belongs to a permission set group.
    var groupID: String?
    /// The API names of the user permissions.
    let permissions: Set<String>

    static func all(of org: Org) -> [AssignablePermissions] {
        org.permissionSets.map { set in
            .init(
                id: set.id, name: set.name, label: set.shownName, origin: .regular,
                permissions: Set(set.userPermissions))
        }
            + org.profiles.map { profile in
                .init(
                    id: profile.ownedSetID, name: "X" + profile.id.prefix(15), label: profile.id, origin: .profile,
                    profileID: profile.id, permissions: Set(profile.userPermissions))
            }
            + org.groups.map { group in
                let sets = org.permissionSets.filter { group.permissionSets.contains($0.name) }
                return .init(
                    id: org.aggregateID(of: group), name: group.name, label: group.shownName, origin: .group,
                    groupID: org.id(of: group), permissions: Set(sets.flatMap(\.userPermissions)))
            }
    }
}

extension Profile {
    /// The id of the permission set that the org creates for the profile.
    var ownedSetID: String { .recordID(prefix: "0PS", of: id) }
}

extension Org {
    /// Returns the id of a permission set group, for which the state document has none. It follows from the org's id
    /// and the group's name.
    func id(of group: PermissionSetGroup) -> String { .recordID(prefix: "0PG", of: id, group.name) }

    /// Returns the id of the permission set that the org creates for the group, with all of its permissions.
    func aggregateID(of group: PermissionSetGroup) -> String { .recordID(prefix: "0PS", of: id(of: group)) }

    func profile(of user: User) -> Profile? { profiles.first { $0.name == user.profile } }

    /// Returns a column for each permission that matters to apps and their users, and for each that a profile or
    /// permission set of the org has.
    func permissionColumns<Record>(
        _ permissions: @escaping (Record) -> Set<String>
    ) -> [QueryTable.Column<Record>] {
        shownPermissions.map { name in .boolean("Permissions\(name)") { permissions($0).contains(name) } }
    }

    private var shownPermissions: [String] {
        let known: Set = [
            "ApiEnabled", "ApiUserOnly", "ApproveUninstalledConnectedApps", "AssignPermissionSets", "AuthorApex",
            "CustomizeApplication", "ManageConnectedApps", "ManageProfilesPermissionsets", "ManageUsers",
            "ModifyAllData", "ModifyMetadata",
            "MonitorLoginHistory", "UseAnyApiClient", "ViewAllData", "ViewRoles", "ViewSetup",
        ]
        let granted = permissionSets.flatMap(\.userPermissions) + profiles.flatMap(\.userPermissions)
        return known.union(granted).sorted()
    }
}

extension PermissionSetGroup {
    fileprivate var shownName: String { label.isEmpty ? name : label }
}

extension QueryTable {
    static func permissionSets(of org: Org) -> QueryTable {
        var table = QueryTable(
            .permissionSet, of: AssignablePermissions.all(of: org),
            [
                .id("Id") { $0.id }, .text("Name") { $0.name }, .text("Label") { $0.label },
                .boolean("IsOwnedByProfile") { $0.origin == .profile }, .id("ProfileId") { $0.profileID },
                .id("PermissionSetGroupId") { $0.groupID }, .text("Type") { $0.origin.rawValue },
                .text("NamespacePrefix") { _ in nil }, .text("Description") { _ in nil },
                .boolean("IsCustom") { $0.origin == .regular }, .id("LicenseId") { _ in nil },
                .boolean("HasActivationRequired") { _ in false },
            ]
                + org.permissionColumns { $0.permissions } + Column.systemFields(of: org.administrator?.id))
        table.parents = [
            Parent(name: "Profile", field: "ProfileId", object: .profile),
            Parent(name: "PermissionSetGroup", field: "PermissionSetGroupId", object: .permissionSetGroup),
        ]
        table.children = [
            Children(name: "Assignments", object: .permissionSetAssignment, field: "PermissionSetId"),
            Children(name: "SetupEntityAccessItems", object: .setupEntityAccess, field: "ParentId"),
        ]
        return table
    }

    static func permissionSetGroups(of org: Org) -> QueryTable {
        var table = QueryTable(
            .permissionSetGroup, of: org.groups,
            [
                .id("Id") { org.id(of: $0) }, .text("DeveloperName") { $0.name },
                .text("MasterLabel") { $0.shownName }, .text("Language") { _ in "en_US" },
                .text("NamespacePrefix") { _ in nil }, .text("Description") { _ in nil },
                .text("Status") { _ in "Updated" }, .boolean("HasActivationRequired") { _ in false },
            ] + Column.systemFields(of: org.administrator?.id))
        table.children = [
            Children(name: "Assignments", object: .permissionSetAssignment, field: "PermissionSetGroupId"),
            Children(
                name: "PermissionSetGroupComponents", object: .permissionSetGroupComponent,
                field: "PermissionSetGroupId"),
        ]
        return table
    }

    static func permissionSetGroupComponents(of org: Org) -> QueryTable {
        let pairs = org.groups.flatMap { group in
            org.permissionSets.filter { group.permissionSets.contains($0.name) }
                .map { (group: org.id(of: group), set: $0.id) }
        }
        var table = QueryTable(
            .permissionSetGroupComponent, of: pairs,
            [
                .id("Id") { .recordID(prefix: "0PM", of: $0.group, $0.set) },
                .id("PermissionSetGroupId") { $0.group }, .id("PermissionSetId") { $0.set },
            ] + Column.systemFields(of: org.administrator?.id))
        table.parents = [
            Parent(name: "PermissionSetGroup", field: "PermissionSetGroupId", object: .permissionSetGroup),
            Parent(name: "PermissionSet", field: "PermissionSetId", object: .permissionSet),
        ]
        return table
    }

    /// An assignment of a group refers to the permission set that the org creates for the group. Every user also has an
    /// assignment of the profile's permission set.
    static func permissionSetAssignments(of org: Org) -> QueryTable {
        let assignments = org.users.flatMap { user -> [(user: String, set: String, group: String?)] in
            let profile = org.profile(of: user).map { (user.id, $0.ownedSetID, nil as String?) }
            let direct = org.permissionSets.filter { user.permissionSets.contains($0.name) }
                .map { (user.id, $0.id, nil as String?) }
            let grouped = org.groups.filter { user.groups.contains($0.name) }
                .map { (user.id, org.aggregateID(of: $0), org.id(of: $0) as String?) }
            return [profile].compactMap(\.self) + direct + grouped
        }
        var table = QueryTable(
            .permissionSetAssignment, of: assignments,
            [
                .id("Id") { .recordID(prefix: "0Pa", of: $0.user, $0.set) }, .id("AssigneeId") { $0.user },
                .id("PermissionSetId") { $0.set }, .id("PermissionSetGroupId") { $0.group },
                .dateTime("ExpirationDate") { _ in nil }, .boolean("IsActive") { _ in true },
                .boolean("IsRevoked") { _ in false }, .dateTime("SystemModstamp") { _ in Org.recordDates.changed },
            ])
        table.parents = [
            Parent(name: "Assignee", field: "AssigneeId", object: .user),
            Parent(name: "PermissionSet", field: "PermissionSetId", object: .permissionSet),
            Parent(name: "PermissionSetGroup", field: "PermissionSetGroupId", object: .permissionSetGroup),
        ]
        return table
    }

    /// The assignments of apps to permission sets and profiles, which pre-authorize users.
    static func setupEntityAccess(of org: Org) -> QueryTable {
        let grants = org.apps.flatMap { app in
            let profiles = org.profiles.filter { app.profiles.contains($0.name) }.map(\.ownedSetID)
            let sets = org.permissionSets.filter { app.permissionSets.contains($0.name) }.map(\.id)
            let groups = org.groups.filter { app.permissionSets.contains($0.name) }.map { org.aggregateID(of: $0) }
            return (profiles + sets + groups).map { (parent: $0, app: app) }
        }
        var table = QueryTable(
            .setupEntityAccess, of: grants,
            [
                .id("Id") { .recordID(prefix: "0J0", of: $0.parent, $0.app.id) }, .id("ParentId") { $0.parent },
                .id("SetupEntityId") { $0.app.id },
                .text("SetupEntityType") {
                    $0.app.kind == .connectedApp ? "ConnectedApplication" : "ExternalClientApplication"
                }, .dateTime("SystemModstamp") { _ in Org.recordDates.changed },
            ])
        table.parents = [Parent(name: "Parent", field: "ParentId", object: .permissionSet)]
        return table
    }

    /// One row with the permissions of the user who sends the query.
    static func userPermissionAccess(_ permissions: Set<String>, of org: Org) -> QueryTable {
        QueryTable(
            .userPermissionAccess, of: [permissions],
            org.permissionColumns { $0 })
    }
}

extension String {
    /// Returns an id for a record that has none in the state document. Equal arguments give the same id, in every run.
    static func recordID(prefix: String, of parts: String...) -> String {
        // FNV-1a
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in ([prefix] + parts).joined(separator: "\u{0}").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        var random = SeededRandom(seed: hash)
        return SalesforceID.make(prefix: prefix, using: &random)
    }
}
