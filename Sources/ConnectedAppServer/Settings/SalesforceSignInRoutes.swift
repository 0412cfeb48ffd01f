internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird
internal import JWTBearer

/// The routes for signing in with Salesforce: one leads to the org's login page, the other is where it leads back.
struct SalesforceSignInRoutes: Sendable {
    private static let startPath = "/sign-in/salesforce"
    private static let callbackPath = "/sign-in/salesforce/callback"
    /// The parameter of the start path with which an admin only tries the setup.
    private static let trialField = "try"

    /// The path that begins a sign-in.
    static func path(wanting wanted: WantedPage?) -> String {
        wanted.map { $0.path(from: startPath) } ?? startPath
    }

    /// The path that begins a trial.
    static let trialPath = "\(startPath)?\(trialField)=1"

    /// The address that the app needs as its Callback URL.
    static func callbackURL(at authority: ServedAuthority) -> String { authority.origin + callbackPath }

    let authority: ServedAuthority
    let pending: PendingSignIns
    let sessions: Sessions
    let cookie: SessionCookie
    let failures: FailedAttempts
    let connections: OpenConnections
    let service: AppService
    let pages: Pages

    private var pendingCookie: PendingSignInCookie { PendingSignInCookie(authority: authority) }

    /// The property names are the tags of `salesforceSignIn.mustache`.
    fileprivate struct Page {
        var problem: ProblemCard?
        /// Where to go after a problem.
        var back: Back?
        var person: Person?
        /// The page after the sign-in; `nil` if nobody was signed in.
        var next: String?

        struct Back {
            let label: String
            let path: String

            static let signInPage = Back(label: "Back to the sign-in page", path: WantedPage.plainSignIn)
            static let setUp = Back(label: "Back to the setup", path: SettingsPath.signInApp)
        }

        struct Person {
            let name: String
            let role: String
            let organizationID: String
        }
    }

    /// - Parameter routes: Routes that need no session.
    func add(to routes: RouterGroup<ServerContext>) {
        routes.get(RouterPath(Self.startPath), use: start)
        routes.get(RouterPath(Self.callbackPath), use: finish)
    }

    // MARK: The beginning

    @Sendable private func start(_ request: Request, _ context: ServerContext) async throws -> Response {
        // The org leads back to this origin, so the cookie must be set there.
        guard authority.origin(request.head.authority) == authority.origin else {
            return .redirect(to: authority.origin + request.uri.string, type: .normal)
        }
        let query = request.uri.queryParameters
        let begun = try await service.salesforceSignIns.begin(redirectURI: Self.callbackURL(at: authority))
        let isTrial = query[Self.trialField[...]] != nil
        let secret = pending.add(
            PendingSignIn(
                begun: begun, wanted: query[WantedPage.field[...]].flatMap { WantedPage(String($0)) },
                formerSession: isTrial ? nil : cookie.value(in: request, isSecure: context.isSecure), isTrial: isTrial))
        var response = Response.redirect(to: begun.address, type: .normal)
        response.setCookie(pendingCookie.setting(secret, isSecure: context.isSecure))
        return response
    }

    // MARK: The end

    @Sendable private func finish(_ request: Request, _ context: ServerContext) async throws -> Response {
        let signIn = request.uri.queryParameters["state"].flatMap { state in
            pending.take(state: String(state), browser: pendingCookie.value(in: request, isSecure: context.isSecure))
        }
        var response: Response
        do { response = try await completed(signIn, request, context) } catch let error as ConnectedAppError {
            try await record(error)
            let problem = Problem(error)
            // Who tries the setup is signed in, though the browser does not show it in a request from the org's page.
            let back = signIn?.isTrial == true ? Page.Back.setUp : .signInPage
            response = try page(
                Page(problem: ProblemCard(problem), back: back), "Sign in with Salesforce", status: problem.status)
        }
        // Otherwise, the cookie belongs to another sign-in of this browser, which may still be completed.
        if signIn != nil { response.setCookie(pendingCookie.expired(isSecure: context.isSecure)) }
        return response
    }

    /// Counts and records a failure. Beyond the limit, it costs no audit record. A sign-in that began here still shows its
    /// cause then, because somebody else may have reached the limit; anything else costs no page either.
    private func record(_ failure: ConnectedAppError) async throws {
        do throws(ServerRefusal) { try failures.record() } catch {
            guard failure.cause == .signInNotStarted else { return }
            throw error
        }
        try await service.audit.recordRefusedSettingsSignIn(
            .salesforce(facts: failure.personFacts), outcome: failure.cause.rawValue)
    }

    private func completed(_ signIn: PendingSignIn?, _ request: Request, _ context: ServerContext) async throws
        -> Response
    {
        guard let signIn else { throw ConnectedAppError(.signInNotStarted) }
        let query = request.uri.queryParameters
        if let error = query["error"] {
            throw try service.salesforceSignIns.refusal(
                of: signIn.begun, String(error), query["error_description"].map(String.init))
        }
        guard let code = query["code"], !code.isEmpty else {
            throw ConnectedAppError(.signInNotStarted, detail: "The org's answer contains neither a code nor an error.")
        }
        let person = try await service.salesforceSignIns.person(of: signIn.begun, code: String(code))
        return signIn.isTrial ? try await tried(person) : try await signedIn(person, signIn, context)
    }

    private func tried(_ person: SalesforcePerson) async throws -> Response {
        try await service.audit.recordSettingsSignIn(
            as: Principal(.settingsPage, name: "Salesforce \(person.name)"), outcome: "tried", facts: person.facts)
        return try page(Page(person: .init(person)), "The sign-in works")
    }

    private func signedIn(_ person: SalesforcePerson, _ signIn: PendingSignIn, _ context: ServerContext) async throws
        -> Response
    {
        let (id, session) = sessions.start(.salesforce(person), role: person.role)
        do {
            try await service.audit.recordSettingsSignIn(
                as: session.principal, outcome: "done", facts: person.facts)
        } catch {
            sessions.end(id)
            throw error
        }
        if person.role == .admin { connections.trust(context.channel) }
        if let former = signIn.formerSession { sessions.end(former) }
        // A redirect would still count as a request of the org's page, and the browser would not send the session's cookie
        // with it, because that is limited to requests of this server's own pages.
        let next = signIn.wanted?.path ?? SettingsPath.connections
        var response = try page(Page(person: .init(person), next: next), "Signed in", continuesAt: next)
        response.setCookie(cookie.setting(id, isSecure: context.isSecure))
        return response
    }

    private func page(
        _ page: Page, _ title: String, continuesAt next: String? = nil, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        try pages.response(
            .salesforceSignIn, page, frame: Pages.Frame(title: title, formToken: nil, continuesAt: next),
            status: status)
    }

}

extension SalesforceSignInRoutes.Page.Person {
    fileprivate init(_ person: SalesforcePerson) {
        self.init(
            name: person.name, role: "\(person.role.title) (\(person.role.externalName))",
            organizationID: person.organizationID.description)
    }
}

extension SalesforcePerson {
    /// Facts for the audit record.
    fileprivate var facts: [String: String] {
        SettingsSignIn.salesforce(facts: [
            "role": role.rawValue, "userID": userID, "organizationID": organizationID.description,
        ]).facts
    }
}

extension ConnectedAppError {
    /// In Unicode scalars.
    private static let longestFact = 200

    /// What the org said about the person whose sign-in was refused, and its OAuth error, for the audit record.
    fileprivate var personFacts: [String: String] {
        var facts = evidence.filter { ["user", "userID", "organizationID", "error"].contains($0.key) }
        if cause == .signInOrganizationWrong { facts["organizationID"] = evidence["answered"] }
        return facts.mapValues { String($0.unicodeScalars.prefix(Self.longestFact)) }
    }
}
