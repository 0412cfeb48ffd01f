internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The routes for signing in and out.
struct SignInRoutes: Sendable {
    /// The ways to sign in. The sign-in page has a form for each that is possible now.
    enum Method: CaseIterable {
        case password, startToken, salesforce
    }

    let startToken: StartTokenGate
    let sessions: Sessions
    let cookie: SessionCookie
    let failures: FailedAttempts
    let connections: OpenConnections
    let service: AppService
    let pages: Pages
    let surroundings: Surroundings

    /// The property names are the tags of `signIn.mustache`.
    private struct Page {
        let password: Bool
        /// The path of the start token's file; `nil` if the start token does not sign in.
        let startToken: String?
        /// The path that leads to the org's login page; `nil` if signing in with Salesforce is not set up.
        let salesforce: String?
        let isWrongPassword: Bool
        let isWrongToken: Bool
        let wanted: String?
    }

    /// - Parameters:
    ///   - signIn: Routes that need no session.
    ///   - signOut: Routes that need a session.
    func add(signIn: RouterGroup<ServerContext>, signOut: RouterGroup<ServerContext>) {
        signIn.get("sign-in") { request, _ in
            let wanted = request.uri.queryParameters[WantedPage.field[...]].flatMap { WantedPage(String($0)) }
            return try await page(wanted)
        }
        signIn.post("sign-in", use: post)
        signOut.post("sign-out", use: end)
    }

    private func page(wrong: Method? = nil, _ wanted: WantedPage?) async throws -> Response {
        let methods = await methods()
        let page = Page(
            password: methods.contains(.password),
            startToken: methods.contains(.startToken) ? startToken.token.path : nil,
            salesforce: methods.contains(.salesforce) ? SalesforceSignInRoutes.path(wanting: wanted) : nil,
            isWrongPassword: wrong == .password, isWrongToken: wrong == .startToken, wanted: wanted?.path)
        return try pages.response(
            .signIn, page, frame: Pages.Frame(title: "Sign in", formToken: nil),
            status: wrong == nil ? .ok : .forbidden)
    }

    /// The methods that are possible now. If the store cannot be read, the start token is the way to find out why.
    private func methods() async -> Set<Method> {
        let found = await surroundings.tolerating(.access) { () async throws -> Set<Method> in
            let hasAccount = try await service.accounts.presence().hasAccount
            var methods: Set<Method> = hasAccount ? [.password] : []
            if try await service.salesforceSignIns.isPossible() { methods.insert(.salesforce) }
            return try await startToken.isOpen() ? methods.union([.startToken]) : methods
        }
        return found ?? [.password, .startToken]
    }

    @Sendable private func post(_ request: Request, _ context: ServerContext) async throws -> Response {
        let form = context.form
        let wanted = form[WantedPage.field].flatMap { WantedPage($0) }
        let method: Method = form["password"] == nil ? .startToken : .password
        guard let (owner, role) = try await owner(form, method) else {
            try failures.record()
            try await service.audit.recordSettingsSignIn(
                as: Principal(.settingsPage, name: "unknown"), outcome: "refused")
            return try await page(wrong: method, wanted)
        }
        if role == .admin { connections.trust(context.channel) }
        if let former = cookie.value(in: request, isSecure: context.isSecure) { sessions.end(former) }
        let (id, session) = sessions.start(owner, role: role)
        switch method {
        case .password, .salesforce:
            try await service.audit.recordSettingsSignIn(as: session.principal, outcome: "done")
        case .startToken:
            // The store may be full or unreadable, and the purpose of the session may be to block an app.
            await surroundings.tolerating(.auditRecord) {
                try await service.audit.recordSettingsSignIn(as: session.principal, outcome: "done")
            }
        }
        var response = Response.redirect(to: wanted?.path ?? SettingsPath.connections, type: .normal)
        response.setCookie(cookie.setting(id, isSecure: context.isSecure))
        return response
    }

    /// - Returns: `nil` if the credential is wrong, whatever is wrong with it.
    private func owner(_ form: FormFields, _ method: Method) async throws -> (SessionOwner, Role)? {
        switch method {
        case .startToken:
            return try await startToken.accepts(form["startToken"] ?? "") ? (.startToken, .admin) : nil
        case .salesforce: return nil  // No form of this page signs in this way.
        case .password:
            let password = Password(form["password"] ?? "")
            guard let account = try await service.accounts.signIn(form["account"] ?? "", password: password),
                let role = try await service.accounts.role(of: account)
            else { return nil }
            return (.account(account), role)
        }
    }

    @Sendable private func end(_ request: Request, _ context: ServerContext) async throws -> Response {
        if let id = cookie.value(in: request, isSecure: context.isSecure) { sessions.end(id) }
        var response = Response.redirect(to: WantedPage.plainSignIn, type: .normal)
        response.setCookie(cookie.expired(isSecure: context.isSecure))
        return response
    }
}
