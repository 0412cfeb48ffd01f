/// *Custom Permissions*, and the custom permissions of a permission set.
enum CustomPermissionPages {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        switch (visit.action, visit.isPost) {
        case ("home", false): return .page(list(visit))
        case ("new", false): return .page(new(visit))
        case ("new", true): return try create(visit)
        default: throw .notFound
        }
    }

    private static func list(_ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Custom Permissions", .customPermissions, .actions(.link("New", to: visit.place.newPath)),
            .section(
                "Custom Permissions",
                .list(visit.org.customPermissions, empty: "There are none yet."),
                .paragraph("A permission set gives a custom permission to its users.")))
    }

    private static func new(_ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "New Custom Permission", .customPermissions,
            .form(
                visit.place.newPath, token: visit.formToken,
                .section(
                    "Custom Permission Information",
                    .textField("Label", "label", visit.form["label"] ?? "", isRequired: true),
                    .textField(
                        "Name", "name", visit.form["name"] ?? "",
                        hint: "If empty, the org derives it from the label."),
                    .note("A real org has the field Connected App here. The simulation lists every custom permission.")),
                .actions(.submit("Save"), .link("Cancel", to: visit.place.path))))
    }

    private static func create(_ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        let given = visit.form["name"] ?? ""
        let name = given.isEmpty ? AppDraft.apiName(of: visit.form["label"] ?? "") : given
        guard AppDraft.isAPIName(name) else {
            throw SetupRefusal("Nothing was saved: Name is not valid.", page: new(visit))
        }
        let present = visit.org.customPermissions
        guard !present.contains(where: { $0.lowercased() == name.lowercased() }) else {
            throw SetupRefusal(
                "Nothing was saved: a custom permission with this name exists already.", page: new(visit))
        }
        return .save(
            SetupChange.org(visit.org, [("customPermissions", .strings(present + [name]))]),
            what: "a new custom permission", then: SetupNotice.saved.path(visit.place.path))
    }

    // MARK: Of a permission set

    static func outcome(of visit: SetupVisit, _ set: PermissionSet) throws(SetupRefusal) -> SetupOutcome {
        guard visit.isPost else { return .page(chosen(set, visit)) }
        let known = visit.form.all("permissions").filter(visit.org.customPermissions.contains)
        return .save(
            SetupChange.record(
                "permissionSets", ("name", set.name), of: visit.org, [("customPermissions", .strings(known))]),
            what: "custom permissions of a permission set", then: SetupNotice.saved.path(visit.path("view")))
    }

    private static func chosen(_ set: PermissionSet, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Custom Permissions of \(set.shownName)", .permissionSets,
            .form(
                visit.path("custom-permissions"), token: visit.formToken,
                .section(
                    "Custom Permissions",
                    .ticks(
                        "Enabled Custom Permissions", "permissions",
                        visit.org.customPermissions.map { (value: $0, label: HTML($0)) },
                        ticked: Set(set.customPermissions))),
                .actions(.submit("Save"), .link("Cancel", to: visit.path("view")))))
    }
}
