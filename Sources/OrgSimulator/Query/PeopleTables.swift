import Foundation

extension QueryTable {
    static func organization(_ org: Org) -> QueryTable {
        QueryTable(
            .organization, of: [org],
            [
                .id("Id") { $0.id }, .text("Name") { $0.name }, .boolean("IsSandbox") { $0.isSandbox },
                .text("InstanceName") { _ in "SIM1" }, .text("OrganizationType") { _ in "Enterprise Edition" },
            ])
    }

    static func users(of org: Org) -> QueryTable {
        var table = QueryTable(
            .user, of: org.users,
            [
                .id("Id") { $0.id }, .text("Username") { $0.username }, .text("Name") { $0.shownName },
                .text("Email") { $0.mailAddress }, .boolean("IsActive") { $0.isActive },
                .id("ProfileId") { org.profile(of: $0)?.id }, .text("UserType") { _ in "Standard" },
            ])
        table.parents = [Parent(name: "Profile", field: "ProfileId", object: .profile)]
        table.children = [
            Children(name: "PermissionSetAssignments", object: .permissionSetAssignment, field: "AssigneeId")
        ]
        return table
    }

    static func profiles(of org: Org) -> QueryTable {
        var table = QueryTable(.profile, of: org.profiles, [.id("Id") { $0.id }, .text("Name") { $0.name }])
        table.children = [Children(name: "Users", object: .user, field: "ProfileId")]
        return table
    }
}
