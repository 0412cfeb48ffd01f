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
        let labels = org.permissionSets.filter { app.permissionSets.contains($0.name) }.map(\.shownName)
        return .list(labels, empty: "None.")
    }

    static func profiles(of app: App) -> HTML { .list(app.profiles, empty: "None.") }
}
