import Foundation

/// `/services/oauth2/authorize`: a user of an app with *All users may self-authorize* approves the app once, in a
/// browser.
///
/// This page answers requests without a `redirect_uri`. The app's page in Setup links to it. It issues no code,
/// because the JWT bearer flow needs only the approval, and the browser stays on a page of the org. ``CodeRequest``
/// is for requests with a `redirect_uri`.
extension OrgSimulation {
    /// The maximum number of approvals of one app by one user. A further one removes the oldest (*Approve or Deny App
    /// Requests*).
    static let approvalLimit = 5

    /// Shows the question (`GET`) or stores the decision (`POST`). An address that is not an org's has no such page.
    func authorize(_ exchange: Exchange) -> OrgAnswer {
        guard let id = exchange.orgID, let org = org(id, on: exchange.server) else { return .notFoundPage }
        let form = exchange.request.form
        if form["redirect_uri"] != nil { return authorizeCode(exchange, org) }
        guard let app = org.apps.first(where: { $0.consumerKey == form["client_id"] ?? "" }), app.enabled else {
            return .consentRefused(of: org, .clientIdentifierInvalid)
        }
        if app.blocked { return .consentRefused(of: org, .appBlocked) }
        switch exchange.request.method {
        case "GET", "HEAD":
            return .consent(
                200, of: org, ConsentPage.question(app, org, token: setupDesk.formToken), "Asks for consent.")
        case "POST": return decide(app, of: org, exchange)
        default: return .notFoundPage
        }
    }

    private func decide(_ app: App, of org: Org, _ exchange: Exchange) -> OrgAnswer {
        let form = exchange.request.form
        guard !exchange.request.isFromElsewhere, form[SetupForm.tokenField] == setupDesk.formToken else {
            return .consent(
                403, of: org,
                ConsentPage.alert("The form was not sent from a page of this org. Open the address again."),
                "Consent refused: the form was not sent from a page of the org.")
        }
        guard form["decision"] == "allow" else {
            return .consent(
                200, of: org, ConsentPage.alert("Access was denied. Nothing was stored."), "The user denied access.")
        }
        guard let user = form["username"].flatMap(org.user(named:)), user.isActive, !user.isFrozen else {
            return .consentRefused(of: org, .inactiveUser)
        }
        if app.permittedUsers == .adminApprovedPreAuthorized, !org.isPreAuthorized(user, for: app) {
            return .consentRefused(of: org, .userIsNotAdminApproved)
        }
        do {
            try save(SetupChange.app(app, of: org, [("approvals", try app.approvals(adding: user))]))
        } catch {
            return .consent(400, of: org, ConsentPage.alert("Nothing was stored: \(error.description)"), "Not stored.")
        }
        var answer = OrgAnswer.consent(200, of: org, ConsentPage.stored(app, user), "The user allowed access.")
        answer.username = user.username
        return answer
    }
}

extension App {
    /// Returns the app's approvals in the form of the state document, plus one of `user` for all scopes of the app. The
    /// newest ``OrgSimulation/approvalLimit`` of the user are kept.
    fileprivate func approvals(adding user: User) throws(StateProblem) -> JSONValue {
        var approval = Approval(username: user.username)
        approval.scopes = scopes
        let own = approvals.filter { $0.username.lowercased() == user.username.lowercased() }
        let others = approvals.filter { $0.username.lowercased() != user.username.lowercased() }
        return try JSONValue(describing: others + (own + [approval]).suffix(OrgSimulation.approvalLimit))
    }
}

enum ConsentPage {
    static func question(_ app: App, _ org: Org, token: String) -> HTML {
        let users = org.users.filter { $0.isActive && !$0.isFrozen }.map { ($0.username, $0.username) }
        let scopes = app.scopes.map { ScopeChoice.label($0) }
        return [
            .element("h1", "Allow Access?"),
            .element(
                "section", .paragraph(.strong(app.shownName), " is asking to:"),
                .list(scopes, empty: "nothing: the app has no scopes"),
                .form(
                    "/services/oauth2/authorize", token: token, .hidden("client_id", app.consumerKey),
                    .choice("Who are you? The simulation asks for no password.", "username", "", users),
                    .actions(decision("Allow", "allow"), decision("Deny", "deny")))),
        ]
    }

    static func stored(_ app: App, _ user: User) -> HTML {
        [
            .element("h1", "Access allowed"),
            .paragraph(
                HTML(
                    "The approval of \(app.shownName) by \(user.username) is stored. Not all servers have it yet. "
                        + "A real org would now lead the browser to the app's Callback URL; the simulation issues no code."
                )),
            .actions(
                .link(
                    "The App's Page in Setup",
                    to: app.kind == .connectedApp
                        ? SetupPlace.manageConnectedApps.path(app.id, "view")
                        : ExternalClientAppPages.path(of: app, .policies)),
                .link("Org Time", to: SetupPlace.orgTime.path)),
        ]
    }

    static func alert(_ sentence: String) -> HTML { .element("p", HTML(sentence), attributes: ["role": "alert"]) }

    private static func decision(_ label: String, _ value: String) -> HTML { .submit(label, "decision", value) }
}

extension OrgAnswer {
    static func consent(_ status: Int, of org: Org, _ content: HTML, _ reason: String) -> OrgAnswer {
        var answer = OrgAnswer(status: status, operation: "authorize", verdict: .signIn, reason: reason)
            .html(SetupPage.frame(org.name, .element("main", content)))
        answer.headers = [
            ("Cache-Control", "no-store"), ("Content-Security-Policy", SetupStyle.contentSecurityPolicy),
            ("Referrer-Policy", "same-origin"), ("X-Content-Type-Options", "nosniff"),
        ]
        return answer
    }

    /// A refusal in the browser, with the texts of the token endpoint. Whether a real org's page has these texts is not
    /// confirmed.
    static func consentRefused(of org: Org, _ refusal: TokenRefusal) -> OrgAnswer {
        var answer = consent(
            400, of: org, ConsentPage.alert("error=\(refusal.error), error_description=\(refusal.description)"),
            "Consent refused.")
        answer.error = "\(refusal.error): \(refusal.description)"
        answer.isSynthetic = true
        return answer
    }
}
