/// *API Access Control*, which Salesforce Support enables in a real org ("Restrict Access to APIs with Connected Apps",
/// Salesforce Help). Changes take effect at once. The menu position and address are not confirmed on a real org.
enum APIAccessControlPage {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        guard visit.steps == ["home"] else { throw .notFound }
        guard visit.isPost else { return .page(page(visit)) }
        return .save(
            SetupChange.org(visit.org, [("apiAccessControl", .bool(visit.form.has("apiAccessControl")))]),
            what: "API Access Control", then: SetupNotice.saved.after(visit.place.path))
    }

    private static func page(_ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "API Access Control", .apiAccessControl,
            .form(
                visit.place.path, token: visit.formToken,
                .section(
                    "API Access Control Settings",
                    .tick(
                        "For admin-approved users, limit API access to only allowlisted connected apps",
                        "apiAccessControl", isTicked: visit.org.apiAccessControl),
                    .note(
                        "In this simulation an installed app counts as allowlisted. A user with Use Any API Client can "
                            + "use any app. A real org has this page once Salesforce Support has enabled the feature. "
                            + "It also has boxes for customers, partners and Visualforce pages, which this simulation "
                            + "does not have."
                    ),
                    .actions(.submit("Save")))),
            .section(
                "Apps",
                .table(
                    ["App Name", "App Type", "State", "While the box is ticked"],
                    visit.org.apps.map { row($0) }, empty: "This org has no apps yet."),
                .actions(
                    .link("Connected Apps OAuth Usage", to: SetupPlace.connectedAppsUsage.path),
                    .link("Permission Sets", to: SetupPlace.permissionSets.path)),
                .note("Install an app on the first page; grant Use Any API Client on the second.")))
    }

    private static func row(_ app: App) -> [HTML] {
        let access =
            if app.blockedByAPIAccessControl {
                "cannot use the APIs, box ticked or not (blockedByAPIAccessControl in the state document)"
            } else {
                app.installed ? "can use the APIs" : "cannot use the APIs, except for users with Use Any API Client"
            }
        return [
            HTML(app.shownName), app.kind == .connectedApp ? "Connected" : "External Client App",
            app.installed ? "Installed" : "Not installed", HTML(access),
        ]
    }
}
