/// *Users*: freezing and deactivating users, and changing their profile and mail address.
enum UserPages {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        if visit.isHome { return .page(list(visit)) }
        guard visit.pathSegments.count == 2, let user = visit.org.users.first(where: { $0.id == visit.pathSegments[0] })
        else {
            throw .notFound
        }
        switch (visit.action, visit.isPost) {
        case ("view", false): return .page(view(user, visit))
        case ("edit", false): return .page(edit(user, visit))
        case ("edit", true):
            let changes: [(String, JSONValue)] = [
                ("isActive", .bool(visit.form.has("isActive"))),
                ("profile", .string(visit.form["profile"] ?? user.profile)),
                ("email", .string(visit.form["email"] ?? user.email)),
            ]
            return save(user, visit, "a user", changes)
        case ("freeze", true): return save(user, visit, "a user is frozen", [("isFrozen", true)])
        case ("unfreeze", true): return save(user, visit, "a user is unfrozen", [("isFrozen", false)])
        default: throw .notFound
        }
    }

    private static func save(
        _ user: User, _ visit: SetupVisit, _ what: String, _ changes: [(String, JSONValue)]
    ) -> SetupOutcome {
        .save(
            SetupChange.user(user, of: visit.org, changes), what: what,
            then: SetupNotice.saved.path(visit.path("view")))
    }

    private static func list(_ visit: SetupVisit) -> SetupPage {
        let rows = visit.org.users.map { user in
            [
                HTML.link(user.shownName, to: visit.place.path(user.id, "view")), HTML(user.username),
                HTML(user.profile), user.isActive ? "✓" : "", user.isFrozen ? "Frozen" : "",
            ]
        }
        return SetupPage(
            "Users", .users,
            .section("All Users", .table(["Full Name", "Username", "Profile", "Active", ""], rows, empty: "None.")))
    }

    private static func view(_ user: User, _ visit: SetupVisit) -> SetupPage {
        let profile = visit.org.profiles.first { $0.name == user.profile }
        let labels = visit.org.permissionSets.filter { user.permissionSets.contains($0.name) }.map(\.shownName)
        return SetupPage(
            user.shownName, .users,
            .actions(
                .link("Edit", to: visit.path("edit")),
                user.isFrozen
                    ? .button("Unfreeze", posts: visit.path("unfreeze"), token: visit.formToken)
                    : .button("Freeze", posts: visit.path("freeze"), token: visit.formToken)),
            .section(
                "User Detail",
                .facts([
                    ("Username", HTML(user.username)), ("Email", HTML(user.mailAddress)),
                    (
                        "Profile",
                        profile.map { .link($0.name, to: SetupPlace.profiles.path($0.id, "view")) } ?? "none"
                    ),
                    ("Active", user.isActive ? "yes" : "no"), ("Frozen", user.isFrozen ? "yes" : "no"),
                ])),
            .section("Permission Set Assignments", .list(labels, empty: "None.")))
    }

    private static func edit(_ user: User, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Edit \(user.shownName)", .users,
            .form(
                visit.path("edit"), token: visit.formToken,
                .section(
                    "General Information",
                    .facts([("Username", HTML(user.username))]),
                    .textField("Email", "email", user.mailAddress),
                    .choice("Profile", "profile", user.profile, visit.org.profiles.map { ($0.name, $0.name) }),
                    .tick("Active", "isActive", isTicked: user.isActive)),
                .actions(.submit("Save"), .link("Cancel", to: visit.path("view")))))
    }
}
