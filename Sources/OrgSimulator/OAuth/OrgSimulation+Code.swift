import Foundation

/// The web server flow (RFC 6749 §4.1) with PKCE: `/services/oauth2/authorize` with a `redirect_uri` issues a code, and
/// `/services/oauth2/token` exchanges it. No refresh token and no ID token is issued.
extension OrgSimulation {
    /// Shows the page that stands in for the org's login page (`GET`), or redirects the browser to the app (`POST`).
    func authorizeCode(_ exchange: Exchange, _ org: Org) -> OrgAnswer {
        let form = exchange.request.form
        do {
            let request = try CodeRequest(form, of: org)
            switch exchange.request.method {
            case "GET", "HEAD":
                var answer = OrgAnswer.consent(
                    200, of: org, CodePage.question(request, org, form, token: setupDesk.formToken),
                    "Asks who signs in.")
                answer.headers = answer.headers.map { name, value in
                    // Browsers apply form-action to the redirect that follows the form too.
                    guard name == "Content-Security-Policy", let origin = request.redirectOrigin else {
                        return (name, value)
                    }
                    return (name, value.replacing("form-action 'self'", with: "form-action 'self' \(origin)"))
                }
                return answer
            case "POST": return try decide(request, org, exchange)
            default: return .notFoundPage
            }
        } catch {
            return .codeRefused(error, of: org)
        }
    }

    private func decide(_ request: CodeRequest, _ org: Org, _ exchange: Exchange) throws(CodeRequest.Refusal)
        -> OrgAnswer
    {
        let form = exchange.request.form
        guard !exchange.request.isFromElsewhere, form[SetupForm.tokenField] == setupDesk.formToken else {
            return .consent(
                403, of: org,
                ConsentPage.alert("The form was not sent from a page of this org. Open the address again."),
                "Sign-in refused: the form was not sent from a page of the org.")
        }
        func refused(_ error: String, _ description: String, isSynthetic: Bool = false) -> CodeRequest.Refusal {
            .toApp(
                redirectURI: request.redirectURI, state: request.state, error: error, description: description,
                isSynthetic: isSynthetic)
        }
        guard form["decision"] == "allow" else {
            // The texts that Salesforce Mobile SDK for Android (`OAuthWebviewHelper`) looks for.
            throw refused("access_denied", "end-user denied authorization")
        }
        guard let user = form["username"].flatMap(org.user(named:)), user.isActive, !user.isFrozen else {
            throw .onPage(error: "invalid_grant", description: "inactive user", isSynthetic: true)
        }
        if request.app.permittedUsers == .adminApprovedPreAuthorized, !org.isPreAuthorized(user, for: request.app) {
            let refusal = TokenRefusal.userIsNotAdminApproved
            throw .onPage(error: "OAUTH_APP_ACCESS_DENIED", description: refusal.description)
        }
        let code = authorizationCodes.issue(
            AuthorizationCodes.Entry(
                orgID: org.id, userID: user.id, consumerKey: request.app.consumerKey, redirectURI: request.redirectURI,
                scopes: request.scopes, challenge: request.challenge, issuedAt: exchange.orgTime),
            using: &random)
        var answer = OrgAnswer.returning(to: request.redirectURI, [("code", code), ("state", request.state)])
        answer.username = user.username
        answer.consumerKey = request.app.consumerKey
        return answer
    }

    /// Exchanges a code for a token. The texts of refusals are those of other flows, except that of a wrong verifier
    /// (cognizant-ai-lab/nsflow#249) and of a wrong `redirect_uri`.
    func exchangeCode(_ exchange: Exchange) -> OrgAnswer {
        let form = exchange.request.bodyForm
        func refused(_ error: String, _ description: String, isSynthetic: Bool = false, _ reason: String) -> OrgAnswer {
            var answer = OrgAnswer(status: 400, operation: "token", verdict: .signIn, reason: reason)
                .oauthError(error, description)
            answer.isSynthetic = isSynthetic
            answer.consumerKey = form["client_id"]
            return answer
        }
        guard exchange.request.method == "POST",
            let entry = authorizationCodes.take(form["code"] ?? "", at: exchange.orgTime),
            entry.orgID == exchange.orgID, let org = org(entry.orgID, on: exchange.server)
        else { return refused("invalid_grant", "expired authorization code", "The code is unknown, used or expired.") }
        guard let app = org.apps.first(where: { $0.consumerKey == entry.consumerKey }), app.enabled,
            form["client_id"] == entry.consumerKey
        else {
            return refused("invalid_client_id", "client identifier invalid", "The code belongs to another app.")
        }
        guard form["redirect_uri"] == entry.redirectURI else {
            return refused(
                "redirect_uri_mismatch", "redirect_uri must match configuration", "The redirect_uri is another one.")
        }
        if app.blocked {
            return refused(
                "OAUTH_APP_BLOCKED", "this app is blocked by admin", isSynthetic: true, "The app is blocked.")
        }
        if app.oauthOptions.requiresSecretForWebServerFlow, form["client_secret"] != app.consumerSecret {
            return refused(
                "invalid_client", "invalid client credentials", isSynthetic: true,
                "The app requires its secret for the Web Server Flow.")
        }
        guard entry.accepts(verifier: form["code_verifier"]) else {
            return refused("invalid_grant", "invalid code verifier", "The verifier does not match the challenge.")
        }
        guard let user = org.users.first(where: { $0.id == entry.userID }), user.isActive, !user.isFrozen else {
            return refused("invalid_grant", "inactive user", isSynthetic: true, "The user is inactive.")
        }
        var answer = grant(
            Grant(org: org, user: user, app: app, scopes: entry.scopes, exchangedAt: exchange.orgTime), exchange)
        answer.username = user.username
        answer.consumerKey = app.consumerKey
        logins.add(user.id, at: exchange.orgTime)
        history.add(
            LoginRecord(
                orgTime: exchange.orgTime, orgID: org.id, userID: user.id, username: user.username,
                application: app.shownName, sourceAddress: exchange.request.sourceAddress,
                loginURL: HostName(authority: exchange.request.host).name, status: "Success", synthetic: false))
        return answer
    }
}

private enum CodePage {
    /// Asks who signs in, and whether the app may know it.
    static func question(_ request: CodeRequest, _ org: Org, _ form: FormFields, token: String) -> HTML {
        let users = org.users.filter { $0.isActive && !$0.isFrozen }.map {
            ($0.username, "\($0.shownName), \($0.username)")
        }
        let repeated = CodeRequest.parameters.compactMap { name in form[name].map { HTML.hidden(name, $0) } }
        return [
            .element("h1", "Log In"),
            .element(
                "section",
                .note(
                    HTML(
                        "This page stands in for the login page of \(org.name). A real org asks for a password and a second "
                            + "factor here. The simulation lets you choose who signs in.")),
                .paragraph(.strong(request.app.shownName), " is asking to:"),
                .list(request.scopes.map(ScopeChoice.label), empty: "nothing: the app has no scopes"),
                .form(
                    "/services/oauth2/authorize", token: token, HTML(joining: repeated),
                    .choice("Who are you?", "username", "", users),
                    .actions(.submit("Allow", "decision", "allow"), .submit("Deny", "decision", "deny")))),
        ]
    }
}

extension CodeRequest {
    /// The origin of the redirect; `nil` if the callback URL has none.
    fileprivate var redirectOrigin: String? {
        guard let url = URL(string: redirectURI), let scheme = url.scheme, let host = url.host() else { return nil }
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(name)" + (url.port.map { ":\($0)" } ?? "")
    }
}

extension OrgAnswer {
    /// Redirects the browser to the app.
    fileprivate static func returning(to redirectURI: String, _ parameters: [(String, String?)]) -> OrgAnswer {
        let query = parameters.compactMap { name, value in
            value.map { "\(name)=\($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
        }.joined(separator: "&")
        var answer = OrgAnswer(
            status: 302, operation: "authorize", verdict: .signIn, reason: "Returns the browser to the app.")
        answer.headers = [
            ("Location", redirectURI + (redirectURI.contains("?") ? "&" : "?") + query), ("Cache-Control", "no-store"),
        ]
        return answer
    }

    fileprivate static func codeRefused(_ refusal: CodeRequest.Refusal, of org: Org) -> OrgAnswer {
        var answer: OrgAnswer
        switch refusal {
        case .onPage(let error, let description, let isSynthetic):
            answer = consent(
                400, of: org, ConsentPage.alert("error=\(error), error_description=\(description)"), "Sign-in refused.")
            answer.error = "\(error): \(description)"
            answer.isSynthetic = isSynthetic
        case .toApp(let redirectURI, let state, let error, let description, let isSynthetic):
            answer = returning(
                to: redirectURI, [("error", error), ("error_description", description), ("state", state)])
            answer.error = "\(error): \(description)"
            answer.isSynthetic = isSynthetic
        }
        return answer
    }
}
