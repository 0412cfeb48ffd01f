/// *Manage Connected Apps*: the policies of Connected Apps, and the profiles and permission sets whose users are
/// pre-authorized.
enum ConnectedAppPages {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        if visit.isHome { return .page(list(visit)) }
        let app = try visit.app(.connectedApp)
        switch (visit.action, visit.isPost) {
        case ("view", false): return .page(view(app, visit))
        case ("edit-policies", false): return .page(policies(app, visit))
        case ("edit-policies", true): return try savePolicies(app, visit)
        case ("approve", false): return .redirect(AppViews.approvalAddress(of: app))
        case ("profiles", false): return .page(profiles(app, visit))
        case ("profiles", true):
            return save(app, visit, "profiles of a connected app", [("profiles", .strings(visit.form.all("profiles")))])
        case ("permission-sets", false): return .page(permissionSets(app, visit))
        case ("permission-sets", true):
            return save(
                app, visit, "permission sets of a connected app",
                [("permissionSets", .strings(visit.form.all("permissionSets")))])
        case ("block", true): return save(app, visit, "a connected app is blocked", [("blocked", true)])
        case ("unblock", true): return save(app, visit, "a connected app is unblocked", [("blocked", false)])
        default: throw .notFound
        }
    }

    private static func save(
        _ app: App, _ visit: SetupVisit, _ what: String, _ changes: [(String, JSONValue)]
    ) -> SetupOutcome {
        .save(
            SetupChange.app(app, of: visit.org, changes), what: what,
            then: SetupNotice.propagates.path(visit.path("view")))
    }

    private static func list(_ visit: SetupVisit) -> SetupPage {
        let rows = visit.org.apps.filter { $0.kind == .connectedApp && $0.installed }.map { app in
            [
                HTML.link(app.shownName, to: visit.place.path(app.id, "view")),
                HTML(PolicyForm.label(app.permittedUsers)), app.blocked ? "Blocked" : "",
            ]
        }
        return SetupPage(
            "Connected Apps", .manageConnectedApps,
            .section(
                "Manage Connected Apps",
                .table(
                    ["Master Label", "Permitted Users", ""], rows, empty: "No connected app is installed in this org."),
                .note(
                    "The policies of an external client app are in ",
                    .link("External Client App Manager", to: SetupPlace.externalClientApps.path), ".")))
    }

    private static func view(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            app.shownName, .manageConnectedApps,
            .actions(
                .link("Edit Policies", to: visit.path("edit-policies")),
                app.blocked
                    ? .button("Unblock", posts: visit.path("unblock"), token: visit.formToken)
                    : .button("Block", posts: visit.path("block"), token: visit.formToken)),
            .paragraph(app.blocked ? .strong("This app is blocked: nobody can use it.") : .nothing),
            .section("OAuth Policies", AppViews.policies(of: app)), AppViews.approvals(of: app, visit),
            .section(
                "Profiles", .actions(.link("Manage Profiles", to: visit.path("profiles"))),
                AppViews.profiles(of: app)),
            .section(
                "Permission Sets",
                .actions(.link("Manage Permission Sets", to: visit.path("permission-sets"))),
                AppViews.permissionSets(of: app, in: visit.org)),
            .note(
                "In newer orgs, Block is in ",
                .link("Connected Apps OAuth Usage", to: SetupPlace.connectedAppsUsage.path), "."))
    }

    private static func policies(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Edit Policies of \(app.shownName)", .manageConnectedApps,
            .form(
                visit.path("edit-policies"), token: visit.formToken, HTML(joining: PolicyForm.sections(app)),
                .actions(.submit("Save"), .link("Cancel", to: visit.path("view")))))
    }

    private static func savePolicies(_ app: App, _ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        let changes: [(String, JSONValue)]
        do {
            changes = try PolicyForm.changes(to: app, visit.form)
        } catch {
            throw error.on(policies(app, visit))
        }
        if PolicyForm.needsWarning(app, visit.form) {
            return .page(PolicyForm.warning(app, visit, cancel: visit.path("view")))
        }
        return save(app, visit, "policies of a connected app", changes)
    }

    private static func profiles(_ app: App, _ visit: SetupVisit) -> SetupPage {
        let options = visit.org.profiles.map { (value: $0.name, label: HTML($0.name)) }
        return assignment("Profiles", "profiles", options, Set(app.profiles), visit)
    }

    private static func permissionSets(_ app: App, _ visit: SetupVisit) -> SetupPage {
        let options = AppViews.assignable(in: visit.org).map { (value: $0.value, label: HTML($0.label)) }
        return assignment("Permission Sets", "permissionSets", options, Set(app.permissionSets), visit)
    }

    /// The page on which profiles or permission sets are assigned to the app.
    ///
    /// - Parameter name: The name of the field, and the app's key in the state document.
    private static func assignment(
        _ title: String, _ name: String, _ options: [(value: String, label: HTML)], _ ticked: Set<String>,
        _ visit: SetupVisit
    ) -> SetupPage {
        SetupPage(
            "Application \(title) Assignment", .manageConnectedApps,
            .form(
                visit.path(visit.action), token: visit.formToken,
                .section(title, .ticks("Assigned to the app", name, options, ticked: ticked)),
                .actions(.submit("Save"), .link("Cancel", to: visit.path("view")))))
    }
}
