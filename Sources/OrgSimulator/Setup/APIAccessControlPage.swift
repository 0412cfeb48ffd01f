/// The page *API Access Control*. In a real org, it exists once Salesforce Support has enabled it ("Restrict Access to
/// APIs with Connected Apps", Salesforce Help). Changes take effect on every server at once. The menu position and the
/// address are not confirmed on a real org.
enum APIAccessControlPage {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        guard visit.pathSegments == ["home"] else { throw .notFound }
        guard visit.isPost else { return .page(page(visit)) }
        return .save(
            SetupChange.org(visit.org, [("apiAccessControl", .bool(visit.form.has("apiAccessControl")))]),
            what: "API Access Control", then: SetupNotice.saved.path(visit.place.path))
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
                            + "use any app. A real org has this page only after Salesforce Support has enabled the "
                            + "feature, and also has checkboxes for customers, partners and Visualforce pages."
                    ),
                    .actions(.submit("Save")))),
            .section(
                "Apps",
                .table(
                    ["App Name", "App Type", "State", "While the checkbox is ticked"],
                    visit.org.apps.map { row($0) }, empty: "This org has no apps yet."),
                .actions(
                    .link("Connected Apps OAuth Usage", to: SetupPlace.connectedAppsUsage.path),
                    .link("Permission Sets", to: SetupPlace.permissionSets.path)),
                .note(
                    "To allowlist an app, install it in Connected Apps OAuth Usage. To let a user use any app, grant Use "
                        + "Any API Client in Permission Sets.")))
    }

    private static func row(_ app: App) -> [HTML] {
        let access =
            if app.blockedByAPIAccessControl {
                "cannot use the APIs, ticked or not (blockedByAPIAccessControl in the state document)"
            } else {
                app.installed ? "can use the APIs" : "cannot use the APIs, except for users with Use Any API Client"
            }
        return [
            HTML(app.shownName), app.kind == .connectedApp ? "Connected" : "External Client App",
            app.installed ? "Installed" : "Not installed", HTML(access),
        ]
    }
}
