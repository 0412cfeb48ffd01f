/// What both kinds of app show of themselves.
enum AppViews {
    /// Setup never says when the certificate ends.
    static func oauthSettings(of app: App, certificateLabel: String) -> HTML {
        let certificate = AppFields.certificate(of: app)
        return .facts([
            ("Callback URL", HTML(app.callbackURL)),
            (certificateLabel, certificate.map { [HTML($0), .unconfirmed] } ?? "no certificate"),
            ("Selected OAuth Scopes", .list(ScopeChoice.labels(app.scopes), empty: "none")),
        ])
    }

    static func policies(of app: App) -> HTML {
        .facts([
            ("Permitted Users", HTML(PolicyForm.label(app.permittedUsers))),
            ("IP Relaxation", HTML(PolicyForm.label(app.ipRelaxation))),
            (
                "Session Policies",
                app.requiredSessionLevel == .highAssurance
                    ? "High assurance session required" : "No high assurance session required"
            ),
            ("Timeout Value", HTML(app.sessionTimeoutMinutes.map { "\($0) minutes" } ?? "None")),
        ])
    }

    static func permissionSets(of app: App, in org: Org) -> HTML {
        .list(assignable(in: org).filter { app.permissionSets.contains($0.value) }.map(\.label), empty: "None.")
    }

    /// What can be assigned to an app as a permission set: the org's permission sets and their groups.
    static func assignable(in org: Org) -> [(value: String, label: String)] {
        org.permissionSets.map { ($0.name, $0.shownName) }
            + org.groups.map { ($0.name, ($0.label.isEmpty ? $0.name : $0.label) + " (permission set group)") }
    }

    static func profiles(of app: App) -> HTML { .list(app.profiles, empty: "None.") }
}
