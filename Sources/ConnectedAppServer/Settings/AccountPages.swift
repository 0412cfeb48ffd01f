internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The page of one's own account: the password and the sessions.
struct AccountPages: Sendable {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case changePassword = "change-password"
        case endSession = "end-session"
        case signOutEverywhere = "sign-out-everywhere"
    }

    let service: AppService
    let sessions: Sessions
    let cookie: SessionCookie
    let failures: FailedAttempts
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get(RouterPath(SettingsPath.account)) { request, context in
            let isChanged = request.uri.queryParameters["done"] == "password"
            return try page(context, isPasswordChanged: isChanged)
        }
        routes.post(RouterPath(SettingsPath.account), use: submit)
    }

    @Sendable private func submit(_ request: Request, _ context: ServerContext) async throws -> Response {
        do { return try await perform(context.form.act(), context) } catch let error as ConnectedAppError {
            return try page(context, problem: Problem(error))
        }
    }

    private func perform(_ act: Act, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        switch act {
        case .changePassword: return try await changePassword(session, context)
        case .endSession:
            sessions.endAll(of: session.owner, named: context.form["session"] ?? "")
            return .redirect(to: SettingsPath.account, type: .normal)
        case .signOutEverywhere:
            switch session.owner {
            case .startToken: break
            case .salesforce(let person):
                try await service.salesforceSignIns.endSessions(of: person, as: session.principal)
            case .account(let account):
                try await service.accounts.endSessions(of: "\(account.name)", as: session.principal)
            }
            sessions.endAll(of: session.owner)
            var response = Response.redirect(to: WantedPage.plainSignIn, type: .normal)
            response.setCookie(cookie.expired(isSecure: context.isSecure))
            return response
        }
    }

    /// Ends all sessions of the account, and starts a new one for this browser.
    private func changePassword(_ session: Session, _ context: ServerContext) async throws -> Response {
        guard case .account(let account) = session.owner else {
            throw ConnectedAppError(.usage, detail: "Only an account has a password, and you did not sign in with one.")
        }
        let new = try context.form.newPassword()
        let changed: AccountSession
        do {
            changed = try await service.accounts.changePassword(
                of: account.name, from: Password(context.form["present"] ?? ""), to: new, as: session.principal)
        } catch let error as ConnectedAppError where error.cause == .passwordWrong {
            try failures.record()
            throw error
        }
        sessions.endAll(of: session.owner)
        let role = try await service.accounts.role(of: changed) ?? .user
        var response = Response.redirect(to: SettingsPath.account + "?done=password", type: .normal)
        response.setCookie(cookie.setting(sessions.start(.account(changed), role: role).id, isSecure: context.isSecure))
        return response
    }

    private func page(_ context: ServerContext, isPasswordChanged: Bool = false, problem: Problem? = nil) throws
        -> Response
    {
        let session = try context.signedIn()
        let page = AccountPage(
            session, role: context.viewer?.role ?? .user, sessions.all(of: session.owner),
            isPasswordChanged: isPasswordChanged, problem: problem.map(ProblemCard.init))
        return try pages.response(
            .account, page, frame: Pages.Frame(title: "Your account", formToken: session.formToken),
            status: problem?.status ?? .ok)
    }
}

extension FormFields {
    /// Returns the new password of a form that asks for it twice.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if the two differ.
    func newPassword() throws(ConnectedAppError) -> Password {
        let password = self["password"] ?? ""
        guard self["repeated"] == password else {
            throw ConnectedAppError(.usage, detail: "The two entries of the new password differ.")
        }
        return Password(password)
    }
}

/// The property names are the tags of `account.mustache`.
struct AccountPage {
    struct Row {
        let name: String
        let startedAt: ShownTime
        let usedAt: ShownTime
        let isThisOne: Bool
    }

    /// The account's name; `nil` if the person did not sign in with an account.
    let account: String?
    /// How the person signed in: `as` and a name, or `with` and the start token.
    let way: String
    let who: String
    let lifetime: String
    let role: String
    let roleSentence: String
    let formToken: String
    let sessions: [Row]
    let isPasswordChanged: Bool
    let problem: ProblemCard?
    let shortestPassword = Password.shortest

    init(
        _ session: Session, role: Role, _ sessions: [Sessions.Listed], isPasswordChanged: Bool, problem: ProblemCard?
    ) {
        switch session.owner {
        case .startToken: (account, way, who, lifetime) = (nil, "with", "the start token", Self.usualLifetime)
        case .account(let owner):
            let name = owner.name.description
            (account, way, who, lifetime) = (name, "as", name, Self.usualLifetime)
        case .salesforce(let person):
            (account, way, who) = (nil, "as", "\(person.name), with Salesforce")
            lifetime =
                "A session with Salesforce ends after 30 minutes without a request, and 1 hour after the sign-in."
        }
        self.role = "\(role.title) (\(role.externalName))"
        roleSentence =
            switch role {
            case .admin: "You can see and change everything."
            case .user:
                "You can see the connections and the audit record, and change nothing. Only admins see users and API tokens."
            }
        formToken = session.formToken
        self.sessions = sessions.map { listed in
            Row(
                name: listed.name, startedAt: ShownTime(listed.startedAt), usedAt: ShownTime(listed.usedAt),
                isThisOne: listed.name == session.name)
        }
        self.isPasswordChanged = isPasswordChanged
        self.problem = problem
    }

    private static let usualLifetime =
        "A session ends after 12 hours without a request, and 7 days after the sign-in."
}
