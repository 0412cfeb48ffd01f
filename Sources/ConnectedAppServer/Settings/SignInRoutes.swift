internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The routes for signing in and out.
struct SignInRoutes: Sendable {
    let startToken: StartToken
    let sessions: Sessions
    let cookie: SessionCookie
    let failures: FailedAttempts
    let connections: OpenConnections
    let service: AppService
    let pages: Pages

    /// The property names are the tags of `signIn.mustache`.
    private struct Page {
        let path: String
        let isWrong: Bool
        let wanted: String?
    }

    /// - Parameters:
    ///   - signIn: Routes that need no session.
    ///   - signOut: Routes that need a session.
    func add(signIn: RouterGroup<ServerContext>, signOut: RouterGroup<ServerContext>) {
        signIn.get("sign-in") { request, _ in
            let wanted = request.uri.queryParameters[WantedPage.field[...]].flatMap { WantedPage(String($0)) }
            return try page(isWrong: false, wanted)
        }
        signIn.post("sign-in", use: post)
        signOut.post("sign-out", use: end)
    }

    private func page(isWrong: Bool, _ wanted: WantedPage?) throws -> Response {
        try pages.response(
            .signIn, Page(path: startToken.path, isWrong: isWrong, wanted: wanted?.path),
            frame: Pages.Frame(title: "Sign in", formToken: nil),
            status: isWrong ? .forbidden : .ok)
    }

    @Sendable private func post(_ request: Request, _ context: ServerContext) async throws -> Response {
        let wanted = context.form[WantedPage.field].flatMap { WantedPage($0) }
        guard startToken.matches(context.form["startToken"] ?? "") else {
            try failures.record()
            try await service.audit.recordSettingsSignIn(
                as: Principal(.settingsPage, name: "unknown"), outcome: "refused")
            return try page(isWrong: true, wanted)
        }
        connections.trust(context.channel)
        let (id, session) = sessions.start()
        try await service.audit.recordSettingsSignIn(as: session.principal, outcome: "done")
        var response = Response.redirect(to: wanted?.path ?? SettingsPath.connections, type: .normal)
        response.setCookie(cookie.setting(id))
        return response
    }

    @Sendable private func end(_ request: Request, _ context: ServerContext) async throws -> Response {
        if let id = cookie.value(in: request) { sessions.end(id) }
        var response = Response.redirect(to: WantedPage.plainSignIn, type: .normal)
        response.setCookie(cookie.expiredCookie)
        return response
    }
}
