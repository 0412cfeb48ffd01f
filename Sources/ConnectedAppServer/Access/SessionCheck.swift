internal import HTTPTypes
internal import Hummingbird

/// The cookie that carries a session. Its name contains the port, because cookies do not distinguish ports: two servers
/// on one machine must not sign each other out.
struct SessionCookie: Sendable {
    let authority: ServedAuthority

    /// The cookie's name. It is final once the server listens.
    var name: String { "aprity-session-\(authority.currentPort)" }

    /// - Returns: The session's secret ID; `nil` if the request has no such cookie.
    func value(in request: Request) -> String? { value(in: request.cookies) }

    func value(in cookies: Cookies) -> String? { cookies[name]?.value }

    /// Returns the cookie that starts a session. It is not limited to TLS, which this server does not have.
    func setting(_ id: String) -> Cookie {
        Cookie(name: name, value: id, path: "/", secure: false, httpOnly: true, sameSite: .strict)
    }

    /// The cookie that makes the browser remove the session's cookie.
    var expiredCookie: Cookie {
        Cookie(name: name, value: "", maxAge: 0, path: "/", secure: false, httpOnly: true, sameSite: .strict)
    }
}

/// Admits signed-in browsers only, and sets ``ServerContext/session``. Other requests for a page are redirected to the
/// sign-in page, which then leads to the requested page.
///
/// Throws ``ServerRefusal``: `.signInRequired` for an event stream, which has no use for a page, and `.formRefused` for
/// a form, whose session has probably expired.
struct SessionCheck: RouterMiddleware {
    let sessions: Sessions
    let cookie: SessionCookie

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard let id = cookie.value(in: request), let session = sessions.find(id) else {
            let wantsPage = request.method == .get || request.method == .head
            guard wantsPage, request.headers[.accept] != "text/event-stream" else {
                throw ServerRefusal(wantsPage ? .signInRequired : .formRefused)
            }
            return .redirect(to: WantedPage(request)?.signInPath ?? WantedPage.plainSignIn, type: .normal)
        }
        var context = context
        context.session = session
        return try await next(request, context)
    }
}

/// Admits only requests with a valid bearer token. A session cookie does not count, so a page of another site cannot
/// make a browser call the API.
///
/// Throws ``ServerRefusal`` with `.signInRequired`, or `.tooManyAttempts` after too many wrong tokens. A request
/// without an `Authorization` header does not count as an attempt.
struct BearerCheck: RouterMiddleware {
    let failures: FailedAttempts
    let isValid: @Sendable (String) -> Bool

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard let field = request.headers[.authorization] else { throw ServerRefusal(.signInRequired) }
        guard let token = Self.token(in: field), isValid(token) else {
            try failures.record()
            throw ServerRefusal(.signInRequired)
        }
        return try await next(request, context)
    }

    /// Returns the bearer token of an `Authorization` header, or `nil` if it has another scheme.
    static func token(in field: String) -> String? {
        let words = field.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}
