internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The routes for signing in and out.
struct SignInRoutes: Sendable {
    /// The ways to sign in. The sign-in page has a form for each that is possible now.
    enum Method: CaseIterable {
        case password, startToken, salesforce
    }

    let authority: ServedAuthority
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
        /// Whether the start token signs in.
        let startToken: Bool
        /// The path of the start token's file; `nil` for other machines, which need not know it.
        let startTokenPath: String?
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
        signIn.get("sign-in") { request, context in
            let wanted = request.uri.queryParameters[WantedPage.field[...]].flatMap { WantedPage(String($0)) }
            return try await page(wanted, isOnThisMachine: isOnThisMachine(request, context))
        }
        signIn.post("sign-in", use: post)
        signOut.post("sign-out", use: end)
    }

    /// Whether the request was sent on the server's machine, under a name of that machine. A proxy for the public URL may
    /// run there too.
    private func isOnThisMachine(_ request: Request, _ context: ServerContext) -> Bool {
        !authority.isPublic(request.head.authority) && context.channel.remoteAddress?.isLoopback == true
    }

    private func page(wrong: Method? = nil, _ wanted: WantedPage?, isOnThisMachine: Bool) async throws -> Response {
        let methods = await methods()
        let page = Page(
            password: methods.contains(.password), startToken: methods.contains(.startToken),
            startTokenPath: methods.contains(.startToken) && isOnThisMachine ? startToken.token.path : nil,
            salesforce: methods.contains(.salesforce) ? SalesforceSignInRoutes.path(wanting: wanted) : nil,
            isWrongPassword: wrong == .password, isWrongToken: wrong == .startToken, wanted: wanted?.path)
        return try pages.response(
            .signIn, page, frame: Pages.Frame(title: "Sign in", formToken: nil),
            status: wrong == nil ? .ok : .forbidden,
            // Browsers without Sec-Fetch-Site then send the Origin of the form, which `FormCheck` needs.
            headers: [.referrerPolicy: "same-origin"])
    }

    /// The methods that are possible now. If the store cannot be read: the password, because accounts may exist, and the
    /// start token, with which the user can find out why.
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
            try await service.audit.recordRefusedSettingsSignIn(attempt(form, method))
            return try await page(wrong: method, wanted, isOnThisMachine: isOnThisMachine(request, context))
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

    /// What the audit record says about a refused sign-in.
    private func attempt(_ form: FormFields, _ method: Method) async throws -> SettingsSignIn {
        switch method {
        case .startToken: .startToken
        case .salesforce: .salesforce(facts: [:])
        case .password: .password(account: try await service.accounts.knownName(form["account"] ?? ""))
        }
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
        let principal = try context.signedIn().principal
        // The session has ended, even if the store is full or unreadable.
        await surroundings.tolerating(.auditRecord) { try await service.audit.recordSettingsSignOut(as: principal) }
        var response = Response.redirect(to: WantedPage.plainSignIn, type: .normal)
        response.setCookie(cookie.expired(isSecure: context.isSecure))
        return response
    }
}

extension SocketAddress {
    /// Whether the address is one of this machine that no other machine can use.
    fileprivate var isLoopback: Bool {
        guard let ipAddress else { return false }
        return ipAddress == "::1" || ipAddress.hasPrefix("127.") || ipAddress.hasPrefix("::ffff:127.")
    }
}
