internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The page on which an admin sets up, tries and removes signing in with Salesforce.
struct SignInAppPages: Sendable {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case set, remove
    }

    let authority: ServedAuthority
    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get(RouterPath(SettingsPath.signInApp)) { _, context in try await page(context) }
        routes.post(RouterPath(SettingsPath.signInApp), use: submit)
    }

    @Sendable private func submit(_ request: Request, _ context: ServerContext) async throws -> Response {
        do {
            try await perform(context.form.act(), context.form, as: context.principal)
            return .redirect(to: SettingsPath.signInApp, type: .normal)
        } catch let error as ConnectedAppError {
            return try await page(context, problem: Problem(error))
        }
    }

    private func perform(_ act: Act, _ form: FormFields, as principal: Principal) async throws {
        switch act {
        case .set:
            _ = try await service.signInApps.set(
                NewSignInApp(
                    loginHost: form["loginHost"] ?? "", consumerKey: form["consumerKey"] ?? "",
                    organizationID: form["organizationID"] ?? ""),
                as: principal)
        case .remove: try await service.signInApps.remove(as: principal)
        }
    }

    private func page(_ context: ServerContext, problem: Problem? = nil) async throws -> Response {
        let session = try context.signedIn()
        let page = SignInAppPage(
            try await service.signInApps.presence(), entered: context.form,
            callbackURL: SalesforceSignInRoutes.callbackURL(at: authority), formToken: session.formToken,
            problem: problem.map(ProblemCard.init))
        return try pages.response(
            .signInApp, page,
            frame: Pages.Frame(title: "Sign in with Salesforce", formToken: session.formToken, copies: true),
            status: problem?.status ?? .ok)
    }
}

/// The property names are the tags of `signInApp.mustache`.
struct SignInAppPage {
    struct App {
        let loginHost: String
        let consumerKey: String
        let organizationID: String
        let createdAt: ShownTime
        let createdBy: String
    }

    struct RoleRow {
        let permission: String
        let label: String
        let sentence: String
    }

    /// `nil` if none is set up, or if its record was altered (``isAltered``).
    let app: App?
    let isAltered: Bool
    /// What the form shows: what was entered, or else what is set up.
    let loginHost: String
    let consumerKey: String
    let organizationID: String
    let callbackURL: String
    let trialPath = SalesforceSignInRoutes.trialPath
    let roles: [RoleRow]
    let formToken: String
    let problem: ProblemCard?

    init(
        _ presence: SignInApps.Presence, entered: FormFields, callbackURL: String, formToken: String,
        problem: ProblemCard?
    ) {
        switch presence {
        case .present(let view):
            app = App(
                loginHost: view.loginHost, consumerKey: view.consumerKey, organizationID: view.organizationID,
                createdAt: ShownTime(view.createdAt), createdBy: Principal.words(for: view.createdBy))
        case .missing, .altered: app = nil
        }
        isAltered = presence == .altered
        loginHost = entered["loginHost"] ?? app?.loginHost ?? ""
        consumerKey = entered["consumerKey"] ?? app?.consumerKey ?? ""
        organizationID = entered["organizationID"] ?? app?.organizationID ?? ""
        self.callbackURL = callbackURL
        self.formToken = formToken
        self.problem = problem
        roles = Role.allCases.map { role in
            let sentence =
                switch role {
                case .admin: "sees and changes everything"
                case .user: "sees everything and changes nothing"
                }
            return RoleRow(permission: role.externalName, label: "Aprity \(role.title)", sentence: sentence)
        }
    }
}
