internal import HTTPTypes
internal import Hummingbird

/// The cookie that carries a session. Its name contains the port, because cookies do not distinguish ports: two servers
/// on one machine must not sign each other out.
///
/// Over TLS, the name begins with `__Host-`: the browser then accepts the cookie only over TLS, from this host alone and
/// for all its paths ("Cookies: HTTP State Management Mechanism", draft-ietf-httpbis-rfc6265bis).
struct SessionCookie: Sendable {
    let authority: ServedAuthority

    /// The cookie's name. It is final once the server listens.
    func name(isSecure: Bool) -> String { (isSecure ? "__Host-" : "") + "aprity-session-\(authority.currentPort)" }

    /// - Returns: The session's secret ID; `nil` if the request has no such cookie.
    func value(in request: Request, isSecure: Bool) -> String? {
        request.cookies[name(isSecure: isSecure)]?.value
    }

    /// Returns the secret ID under either name, for the limits of connections, which do not yet know the host.
    func anyValue(in cookies: Cookies) -> String? {
        [true, false].lazy.compactMap { cookies[name(isSecure: $0)]?.value }.first
    }

    /// Returns the cookie that starts a session.
    func setting(_ id: String, isSecure: Bool) -> Cookie {
        Cookie(
            name: name(isSecure: isSecure), value: id, path: "/", secure: isSecure, httpOnly: true, sameSite: .strict)
    }

    /// Returns the cookie that makes the browser remove the session's cookie.
    func expired(isSecure: Bool) -> Cookie {
        Cookie(
            name: name(isSecure: isSecure), value: "", maxAge: 0, path: "/", secure: isSecure, httpOnly: true,
            sameSite: .strict)
    }
}
