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
