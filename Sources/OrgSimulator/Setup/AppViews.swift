import Foundation

/// The parts of the detail pages that both kinds of app share.
enum AppViews {
    /// The OAuth settings. Setup does not show when the certificate expires.
    static func oauthSettings(of app: App, certificateLabel: String) -> HTML {
        let certificate = AppFields.certificate(of: app)
        return .facts([
            ("Callback URL", HTML(app.callbackURL)),
            (certificateLabel, certificate.map { [HTML($0), .unconfirmed] } ?? "no certificate"),
            ("Selected OAuth Scopes", .list(ScopeChoice.labels(app.scopes), empty: "none")),
        ])
    }

    /// Which checkboxes of the OAuth settings are ticked, with their labels for this kind of app.
    static func boxes(of app: App) -> HTML {
        let boxes = OAuthBox.allCases.map { box in
            let value: HTML = app[keyPath: box.value] ? "yes" : "no"
            return (box.label(app.kind), box.hasSource(for: app.kind) ? value : [value, .withoutSource])
        }
        let idToken = app.oauthOptions.idToken
        let validity = idToken.isConfigured ? "yes, valid for \(idToken.validityMinutes) minutes" : "no"
        return .facts(boxes + [(IDTokenFields.label(app.kind), HTML(validity))], isWide: true)
    }

    /// The page that asks for confirmation before an app is deleted.
    ///
    /// - Parameter page: The action of the page that *Cancel* leads back to.
    static func deletion(of app: App, _ visit: SetupVisit, cancel page: String) -> SetupPage {
        .confirmation(
            "Delete \(app.shownName)", visit,
            "The app is deleted with its certificate and policies. Sign-ins with its Consumer Key are then refused. This "
                + "cannot be undone.",
            button: "Delete", cancel: visit.path(page))
    }

    // MARK: Consent

    /// Returns the path of the page that asks a user to allow the app. It contains the Consumer Key.
    static func approvalAddress(of app: App) -> String {
        let key = app.consumerKey.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? app.consumerKey
        return "/services/oauth2/authorize?response_type=code&client_id=\(key)"
    }

    /// The users who have allowed the app in a browser, and a link to the page where a user can do so. A real org shows
    /// the approvals on each user's page instead.
    static func approvals(of app: App, _ visit: SetupVisit) -> HTML {
        let rows = app.approvals.map { approval in
            let serves = approval.scopes.contains(OAuthScope.refreshToken)
            return [
                HTML(approval.username), HTML(OAuthScope.wire(approval.scopes).joined(separator: " ")),
                serves ? "yes" : "no: refresh_token is missing",
            ]
        }
        let meaning =
            switch app.permittedUsers {
            case .allSelfAuthorized:
                "All users may self-authorize: JWT Bearer works for a user who has allowed the app once in a browser."
            case .adminApprovedPreAuthorized:
                "Admin approved users are pre-authorized: JWT Bearer needs no approval by the user."
            }
        return .section(
            "Approvals by Users", .paragraph(HTML(meaning)),
            .table(["User", "Scopes", "Sufficient for JWT Bearer"], rows, empty: "No user has allowed the app."),
            .actions(.linkInNewTab("Open the Approval Page", to: visit.path("approve"))),
            .note(
                "The approval page asks a user to allow the app. In a real org the app sends the user there. An approval "
                    + "reaches the servers one after the other."))
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

    /// Returns the org's permission sets and permission set groups, which can be assigned to an app. The value is the
    /// API name.
    static func assignable(in org: Org) -> [(value: String, label: String)] {
        org.permissionSets.map { ($0.name, $0.shownName) }
            + org.groups.map { ($0.name, ($0.label.isEmpty ? $0.name : $0.label) + " (permission set group)") }
    }

    static func profiles(of app: App) -> HTML { .list(app.profiles, empty: "None.") }
}
