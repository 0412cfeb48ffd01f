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

        /// What the page says after the act, which is named in its address.
        fileprivate var confirmation: String {
            switch self {
            case .add: "The account was added. The person can sign in now with the name and the password."
            case .remove: "The account was removed, and its sessions have ended."
            case .setRole: "The role was changed. It applies to the next request of each session."
            case .setPassword: "The password was changed, and the sessions of the account have ended."
            }
        }
    }

    private static let doneField = "done"

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get(RouterPath(SettingsPath.users)) { request, context in
            let done = request.uri.queryParameters[Self.doneField[...]].flatMap { Act(rawValue: String($0)) }
            return try await page(context, done: done)
        }
        routes.post(RouterPath(SettingsPath.users), use: submit)
    }

    @Sendable private func submit(_ request: Request, _ context: ServerContext) async throws -> Response {
        do {
            let act: Act = try context.form.act()
            try await perform(act, context.form, as: context.principal)
            return .redirect(to: "\(SettingsPath.users)?\(Self.doneField)=\(act.rawValue)", type: .normal)
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

    private func page(_ context: ServerContext, done: Act? = nil, problem: Problem? = nil) async throws -> Response {
        let session = try context.signedIn()
        let accounts = try await service.accounts.all(as: session.principal)
        let page = UsersPage(
            accounts, salesforce: try await salesforceHost(), entered: context.form, formToken: session.formToken,
            confirmation: done?.confirmation, problem: problem.map(ProblemCard.init))
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
    /// What was done; `nil` if the page was opened.
    let confirmation: String?
    let problem: ProblemCard?
    /// The name in the form for a new account, after a failure.
    let enteredName: String
    let shortestPassword = Password.shortest

    init(
        _ accounts: ListedWithAltered<AccountView>, salesforce: String?, entered: FormFields, formToken: String,
        confirmation: String?, problem: ProblemCard?
    ) {
        let isAdding = entered.value("act", as: UserPages.Act.self) == .add
        enteredName = isAdding ? String((entered["name"] ?? "").prefix(64)) : ""
        self.confirmation = confirmation
        rows = accounts.shown.map { account in
            Row(
                name: account.name, roles: Self.roles(chosen: account.role), role: account.role.title,
                createdAt: ShownTime(account.createdAt), createdBy: Principal.words(for: account.createdBy),
                changedAt: ShownTime(account.changedAt))
        }
        altered = accounts.altered.isEmpty ? nil : accounts.altered.joined(separator: ", ")
        alteredRows = accounts.altered
        isEmpty = accounts.shown.isEmpty && accounts.altered.isEmpty
        roles = Self.roles(
            chosen: (isAdding ? entered.value("role", as: Role.self) : nil) ?? (isEmpty ? .admin : .user))
        self.salesforce = salesforce
        self.formToken = formToken
        self.problem = problem
    }

    private static func roles(chosen: Role) -> [FormChoice] {
        Role.allCases.map { role in
            let sentence =
                switch role {
                case .admin: "changes everything"
                case .user: "changes nothing"
                }
            return FormChoice(
                value: role.rawValue, label: "\(role.title): \(sentence)",
                isChosen: role == chosen)
        }
    }
}
