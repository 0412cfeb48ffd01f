/// *Manage Assignments* of a permission set.
enum PermissionSetAssignments {
    /// - Throws: ``SetupRefusal`` if no user is ticked, and ``SetupRefusal/notFound`` for any other path.
    ///   ``PermissionSetPages`` calls this last.
    static func outcome(of visit: SetupVisit, _ set: PermissionSet) throws(SetupRefusal) -> SetupOutcome {
        switch (visit.action, visit.isPost) {
        case ("assignments", false): .page(current(set, visit))
        case ("assignments", true): try save(set, visit, assigned: false)
        case ("add-assignment", false): .page(candidates(set, visit))
        case ("review-assignment", false): .page(try review(set, visit))
        case ("review-assignment", true): try save(set, visit, assigned: true)
        default: throw .notFound
        }
    }

    private static func current(_ set: PermissionSet, _ visit: SetupVisit) -> SetupPage {
        let users = visit.org.users.filter { $0.permissionSets.contains(set.name) }
        let grouped = visit.org.groups.filter { $0.permissionSets.contains(set.name) }.map(\.name)
        return SetupPage(
            "Current Assignments of \(set.shownName)", .permissionSets,
            .actions(
                .link("Add Assignment", to: visit.path("add-assignment")), .link("Back", to: visit.path("view"))),
            users.isEmpty
                ? .paragraph("No user has this permission set.")
                : .form(
                    visit.path("assignments"), token: visit.formToken,
                    .section("Users", .ticks("Current Assignments", "users", options(users), ticked: [])),
                    .actions(.submit("Remove Assignments"))),
            grouped.isEmpty ? .nothing : .section("Also through permission set groups", .list(grouped, empty: "")))
    }

    private static func candidates(_ set: PermissionSet, _ visit: SetupVisit) -> SetupPage {
        let users = visit.org.users.filter { $0.isActive && !$0.permissionSets.contains(set.name) }
        return SetupPage(
            "Select Users to Assign", .permissionSets,
            .element(
                "form",
                .section("Users", .ticks("Active users without the set", "users", options(users), ticked: [])),
                .actions(.submit("Next"), .link("Cancel", to: visit.path("assignments"))),
                attributes: ["method": "get", "action": visit.path("review-assignment")]))
    }

    private static func review(_ set: PermissionSet, _ visit: SetupVisit) throws(SetupRefusal) -> SetupPage {
        let users = try chosen(visit)
        return SetupPage(
            "Select an Expiration Option For Assigned Users", .permissionSets,
            .form(
                visit.path("review-assignment"), token: visit.formToken,
                .section(
                    "Assignments of \(set.shownName)", .paragraph("No expiration date."),
                    .list(users.map(\.username), empty: "")),
                HTML(joining: users.map { .hidden("users", $0.id) }),
                .actions(.submit("Assign"), .link("Cancel", to: visit.path("assignments")))))
    }

    /// Assigns the permission set to the ticked users, or removes it from them.
    private static func save(
        _ set: PermissionSet, _ visit: SetupVisit, assigned: Bool
    ) throws(SetupRefusal) -> SetupOutcome {
        let records = try chosen(visit).map { user in
            let others = user.permissionSets.filter { $0 != set.name }
            return JSONValue.record([
                ("username", .string(user.username)),
                ("permissionSets", .strings(assigned ? others + [set.name] : others)),
            ])
        }
        return .save(
            SetupChange.records("users", of: visit.org, records), what: "assignments of a permission set",
            then: SetupNotice.saved.path(visit.path("assignments")))
    }

    /// Returns the ticked users.
    ///
    /// - Throws: ``SetupRefusal`` if there is none.
    private static func chosen(_ visit: SetupVisit) throws(SetupRefusal) -> [User] {
        let ids = Set(visit.form.all("users"))
        let users = visit.org.users.filter { ids.contains($0.id) }
        guard !users.isEmpty else { throw SetupRefusal("Nothing was saved: select at least one user.") }
        return users
    }

    private static func options(_ users: [User]) -> [(value: String, label: HTML)] {
        users.map { (value: $0.id, label: "\($0.shownName), \($0.username)") }
    }
}
