internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The page with all accounts, on which an admin adds, changes and removes them.
struct UserPages: Sendable {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case add, remove
        case setRole = "set-role"
        case setPassword = "set-password"
    }

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get(RouterPath(SettingsPath.users)) { _, context in try await page(context) }
        routes.post(RouterPath(SettingsPath.users), use: submit)
    }

    @Sendable private func submit(_ request: Request, _ context: ServerContext) async throws -> Response {
        do {
            try await perform(context.form.act(), context.form, as: context.principal)
            return .redirect(to: SettingsPath.users, type: .normal)
        } catch let error as ConnectedAppError {
            return try await page(context, problem: Problem(error))
        }
    }

    private func perform(_ act: Act, _ form: FormFields, as principal: Principal) async throws {
        let name = form["name"] ?? ""
        switch act {
        case .add:
            _ = try await service.accounts.add(
                name, role: form.role(), password: form.newPassword(), as: principal)
        case .setRole: try await service.accounts.setRole(of: name, to: form.role(), as: principal)
        case .setPassword:
            try await service.accounts.setPassword(of: name, to: form.newPassword(), as: principal)
        case .remove: try await service.accounts.remove(name, as: principal)
        }
    }

    private func page(_ context: ServerContext, problem: Problem? = nil) async throws -> Response {
        let session = try context.signedIn()
        let accounts = try await service.accounts.all(as: session.principal)
        let page = UsersPage(
            accounts, salesforce: try await salesforceHost(), formToken: session.formToken,
            problem: problem.map(ProblemCard.init))
        return try pages.response(
            .users, page, frame: Pages.Frame(title: "Users", formToken: session.formToken),
            status: problem?.status ?? .ok)
    }
}

extension UserPages {
    /// The login host of the app for signing in with Salesforce; `nil` if it is not set up.
    private func salesforceHost() async throws -> String? {
        switch try await service.signInApps.presence() {
        case .present(let app): app.loginHost
        case .missing, .altered: nil
        }
    }
}

extension FormFields {
    fileprivate func role() throws(ConnectedAppError) -> Role {
        guard let role = value("role", as: Role.self) else {
            throw ConnectedAppError(.usage, subject: "Role", detail: "Choose one of the roles.")
        }
        return role
    }
}

/// The property names are the tags of `users.mustache`.
struct UsersPage {
    struct Row {
        let name: String
        let roles: [FormChoice]
        let role: String
        let createdAt: ShownTime
        let createdBy: String
        let changedAt: ShownTime
    }

    let rows: [Row]
    /// `nil` if there are none.
    let altered: String?
    let alteredRows: [String]
    let roles: [FormChoice]
    let isEmpty: Bool
    /// The org whose people can sign in; `nil` if none is set up.
    let salesforce: String?
    let formToken: String
    let problem: ProblemCard?
    let shortestPassword = Password.shortest

    init(_ accounts: ListedWithAltered<AccountView>, salesforce: String?, formToken: String, problem: ProblemCard?) {
        rows = accounts.shown.map { account in
            Row(
                name: account.name, roles: Self.roles(chosen: account.role), role: account.role.title,
                createdAt: ShownTime(account.createdAt), createdBy: account.createdBy,
                changedAt: ShownTime(account.changedAt))
        }
        altered = accounts.altered.isEmpty ? nil : accounts.altered.joined(separator: ", ")
        alteredRows = accounts.altered
        isEmpty = accounts.shown.isEmpty && accounts.altered.isEmpty
        roles = Self.roles(chosen: isEmpty ? .admin : .user)
        self.salesforce = salesforce
        self.formToken = formToken
        self.problem = problem
    }

    private static func roles(chosen: Role) -> [FormChoice] {
        Role.allCases.map { role in
            let sentence =
                switch role {
                case .admin: "can see and change everything"
                case .user: "sees everything, changes nothing"
                }
            return FormChoice(
                value: role.rawValue, label: "\(role.title) (\(role.externalName)): \(sentence)",
                isChosen: role == chosen)
        }
    }
}
