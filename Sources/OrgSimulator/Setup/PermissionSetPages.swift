/// *Permission Sets*, their system permissions, and the users they are assigned to.
enum PermissionSetPages {
    /// The permissions that matter to an integration user, with their API names and labels. Any other permission of a
    /// permission set is shown with its API name.
    private static let permissions: [(name: String, label: String)] = [
        ("ApiEnabled", "API Enabled"), ("ApproveUninstalledConnectedApps", "Approve Uninstalled Connected Apps"),
        ("CustomizeApplication", "Customize Application"), ("ManageUsers", "Manage Users"),
        ("ModifyAllData", "Modify All Data"),
        ("ModifyMetadata", "Modify Metadata Through Metadata API Functions"),
        ("UseAnyApiClient", "Use Any API Client"), ("ViewRoles", "View Roles and Role Hierarchy"),
        ("ViewSetup", "View Setup and Configuration"),
    ]

    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        switch (visit.action, visit.isPost) {
        case ("home", false): return .page(list(visit))
        case ("new", false): return .page(new(visit))
        case ("new", true): return try create(visit)
        default: break
        }
        guard visit.pathSegments.count == 2,
            let set = visit.org.permissionSets.first(where: { $0.id == visit.pathSegments[0] })
        else { throw .notFound }
        switch (visit.action, visit.isPost) {
        case ("view", false): return .page(view(set, visit))
        case ("system-permissions", false): return .page(systemPermissions(set, visit))
        case ("system-permissions", true): return savePermissions(set, visit)
        case ("custom-permissions", _): return try CustomPermissionPages.outcome(of: visit, set)
        default: return try PermissionSetAssignments.outcome(of: visit, set)
        }
    }

    private static func list(_ visit: SetupVisit) -> SetupPage {
        let rows = visit.org.permissionSets.map { set in
            [HTML.link(set.shownName, to: visit.place.path(set.id, "view")), HTML(set.name)]
        }
        return SetupPage(
            "Permission Sets", .permissionSets, .actions(.link("New", to: visit.place.newPath)),
            .section(
                "Permission Sets", .table(["Permission Set Label", "API Name"], rows, empty: "There are none yet.")))
    }

    private static func new(_ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "New Permission Set", .permissionSets,
            .form(
                visit.place.newPath, token: visit.formToken,
                .section(
                    "Enter permission set information",
                    .textField("Label", "label", visit.form["label"] ?? "", isRequired: true),
                    .textField(
                        "API Name", "name", visit.form["name"] ?? "",
                        hint: "If empty, the org derives it from the label."),
                    .choice("License", "license", "", [("", "--None--")])),
                .actions(.submit("Save"), .link("Cancel", to: visit.place.path))))
    }

    private static func create(_ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        let label = visit.form["label"] ?? ""
        let given = visit.form["name"] ?? ""
        let name = given.isEmpty ? AppDraft.apiName(of: label) : given
        guard !label.isEmpty, AppDraft.isAPIName(name) else {
            throw SetupRefusal(
                "Nothing was saved: Label is empty, or API Name is not valid. An API name begins with a letter, "
                    + "contains only letters, digits and single underscores, and does not end with an underscore.",
                page: new(visit))
        }
        guard !visit.org.permissionSets.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw SetupRefusal(
                "Nothing was saved: a permission set with this API name exists already.", page: new(visit))
        }
        let patch = SetupChange.record("permissionSets", ("name", name), of: visit.org, [("label", .string(label))])
        return .save(patch, what: "a new permission set") { org in
            let id = org.permissionSets.first { $0.name == name }?.id ?? ""
            return SetupNotice.saved.path(SetupPlace.permissionSets.path(id, "view"))
        }
    }

    private static func view(_ set: PermissionSet, _ visit: SetupVisit) -> SetupPage {
        let labels = set.userPermissions.map { name in permissions.first { $0.name == name }?.label ?? name }
        return SetupPage(
            set.shownName, .permissionSets,
            .actions(
                .link("Manage Assignments", to: visit.path("assignments")),
                .link("Custom Permissions", to: visit.path("custom-permissions")),
                .link("System Permissions", to: visit.path("system-permissions"))),
            .section("Permission Set Overview", .facts([("API Name", HTML(set.name)), ("License", "--None--")])),
            .section("Custom Permissions", .list(set.customPermissions, empty: "None.")),
            .section("System Permissions", .list(labels, empty: "None.")))
    }

    private static func systemPermissions(_ set: PermissionSet, _ visit: SetupVisit) -> SetupPage {
        let others = set.userPermissions.filter { name in !permissions.contains { $0.name == name } }
        let all = permissions + others.map { (name: $0, label: $0) }
        return SetupPage(
            "System Permissions of \(set.shownName)", .permissionSets,
            .form(
                visit.path("system-permissions"), token: visit.formToken,
                .section(
                    "System Permissions",
                    .ticks(
                        "Enabled", "permissions", all.map { (value: $0.name, label: HTML($0.label)) },
                        ticked: Set(set.userPermissions))),
                .actions(.submit("Save"), .link("Cancel", to: visit.path("view")))))
    }

    private static func savePermissions(_ set: PermissionSet, _ visit: SetupVisit) -> SetupOutcome {
        var names = visit.form.all("permissions")
        // Salesforce also enables the permissions that a chosen one requires. The simulator does so only here.
        if names.contains("ModifyMetadata"), !names.contains("ViewSetup") { names.append("ViewSetup") }
        return .save(
            SetupChange.record(
                "permissionSets", ("name", set.name), of: visit.org, [("userPermissions", .strings(names))]),
            what: "system permissions of a permission set", then: SetupNotice.saved.path(visit.path("view")))
    }
}
