internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The page with all API tokens, on which an admin adds and revokes them.
struct APITokenPages: Sendable {
    /// The raw values are those of the field `act`.
    enum Act: String {
        case add, revoke
    }

    let service: AppService
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get(RouterPath(SettingsPath.apiTokens)) { _, context in try await page(context) }
        routes.post(RouterPath(SettingsPath.apiTokens), use: submit)
    }

    @Sendable private func submit(_ request: Request, _ context: ServerContext) async throws -> Response {
        do {
            let act: Act = try context.form.act()
            switch act {
            case .add: return try await page(context, added: add(context.form, as: context.principal))
            case .revoke:
                try await service.apiTokens.revoke(context.form["name"] ?? "", as: context.principal)
                return .redirect(to: SettingsPath.apiTokens, type: .normal)
            }
        } catch let error as ConnectedAppError {
            return try await page(context, problem: Problem(error))
        }
    }

    private func add(_ form: FormFields, as principal: Principal) async throws -> NewAPITokenView {
        guard let scope = form.value("scope", as: APITokenScope.self) else {
            throw ConnectedAppError(.usage, subject: "Scope", detail: "Choose one of the scopes.")
        }
        let names = (form["connections"] ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
        return try await service.apiTokens.add(
            form["name"] ?? "", scope: scope, connections: names.isEmpty ? nil : names,
            days: form.number("days", labelled: "Expires after", in: 1...APITokens.longestLifetime), as: principal)
    }

    private func page(_ context: ServerContext, added: NewAPITokenView? = nil, problem: Problem? = nil) async throws
        -> Response
    {
        let session = try context.signedIn()
        let tokens = try await service.apiTokens.all(as: session.principal)
        let page = APITokensPage(
            tokens, added: added, formToken: session.formToken, problem: problem.map(ProblemCard.init))
        return try pages.response(
            .apiTokens, page, frame: Pages.Frame(title: "API tokens", formToken: session.formToken, copies: true),
            status: problem?.status ?? .ok)
    }
}

/// The property names are the tags of `apiTokens.mustache`.
struct APITokensPage {
    struct Row {
        let name: String
        let id: String
        let scope: String
        let connections: String
        let expiresAt: ShownTime
        let isExpired: Bool
        let createdAt: ShownTime
        let createdBy: String
        let lastUsedAt: ShownTime?
    }

    /// The new token, a secret. No other page shows it.
    let token: String?
    let tokenName: String?
    let rows: [Row]
    /// The ids of altered records.
    let altered: [String]
    let scopes: [FormChoice]
    let days = APITokens.standardLifetime
    let mostDays = APITokens.longestLifetime
    let formToken: String
    let problem: ProblemCard?

    init(
        _ tokens: ListedWithAltered<APITokenView>, added: NewAPITokenView?, formToken: String, problem: ProblemCard?
    ) {
        token = added?.token
        tokenName = added?.name
        rows = tokens.shown.map { token in
            Row(
                name: token.name, id: token.id, scope: token.scope.rawValue,
                connections: token.connections.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") } ?? "all",
                expiresAt: ShownTime(token.expiresAt), isExpired: token.isExpired,
                createdAt: ShownTime(token.createdAt), createdBy: Principal.words(for: token.createdBy),
                lastUsedAt: token.lastUsedAt.map(ShownTime.init))
        }
        altered = tokens.altered
        scopes = APITokenScope.allCases.map { scope in
            let label =
                switch scope {
                case .read: "read: requests that change nothing"
                case .everything: "everything"
                }
            return FormChoice(value: scope.rawValue, label: label, isChosen: scope == .read)
        }
        self.formToken = formToken
        self.problem = problem
    }
}
