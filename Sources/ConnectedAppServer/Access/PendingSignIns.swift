internal import ConnectedApp
internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import JWTBearer
internal import Synchronization

/// A sign-in with Salesforce that began in this process, and what to do when it is complete.
struct PendingSignIn: Sendable {
    let begun: BegunSignIn
    /// The page to show afterwards; `nil` for the usual one.
    let wanted: WantedPage?
    /// The ID of the session that the browser had. The new session replaces it. A secret.
    let formerSession: String?
    /// Whether an admin only tries the setup. Nobody is signed in then.
    let isTrial: Bool
}

/// The sign-ins with Salesforce that began in this process and are not complete. They are in memory only.
///
/// Each one is bound to a browser by a secret in a cookie, so nobody can complete a sign-in in another person's browser
/// (RFC 6749 §10.12, RFC 9700 §4.7).
final class PendingSignIns: Sendable {
    /// How long the person has to sign in at the org.
    static let lifetime = Duration.seconds(600)
    /// Beyond this number, a new sign-in replaces the oldest one. The other ways to sign in are not affected.
    static let capacity = 1_000

    private struct Entry {
        let signIn: PendingSignIn
        let browser: SHA256Digest
        /// An uptime.
        let startedAt: Duration
    }

    /// Keyed by the digest of `state`, so that the duration of a lookup reveals nothing about it.
    private let entries = Mutex<[SHA256Digest: Entry]>([:])
    private let surroundings: Surroundings

    init(surroundings: Surroundings) { self.surroundings = surroundings }

    /// Adds a sign-in.
    ///
    /// - Returns: The secret for the browser's cookie.
    func add(_ signIn: PendingSignIn) -> String {
        let browser = Base64URL.encode(surroundings.randomBytes(32))
        let now = surroundings.uptime()
        let entry = Entry(signIn: signIn, browser: Self.digest(browser), startedAt: now)
        entries.withLock { entries in
            entries = entries.filter { now - $0.value.startedAt < Self.lifetime }
            if entries.count >= Self.capacity,
                let oldest = entries.min(by: { $0.value.startedAt < $1.value.startedAt })
            {
                entries[oldest.key] = nil
            }
            entries[Self.digest(signIn.begun.state)] = entry
        }
        return browser
    }

    /// Returns and removes the sign-in of a `state`. It can be taken once, and only by the browser in which it began: somebody
    /// who learns a `state` cannot use it up.
    ///
    /// - Parameter browser: The secret in the browser's cookie; `nil` if it has none.
    /// - Returns: `nil` if there is no such sign-in, it has expired, or it began in another browser.
    func take(state: String, browser: String?) -> PendingSignIn? {
        let now = surroundings.uptime()
        let key = Self.digest(state)
        return entries.withLock { entries in
            guard let entry = entries[key], let browser, Self.digest(browser) == entry.browser else { return nil }
            entries[key] = nil
            return now - entry.startedAt < Self.lifetime ? entry.signIn : nil
        }
    }

    private static func digest(_ text: String) -> SHA256Digest { SHA256.hash(data: Array(text.utf8)) }
}

/// The cookie that binds a sign-in with Salesforce to the browser in which it began. Its name contains the port, and
/// over TLS it is bound to the host, as for ``SessionCookie``.
///
/// Unlike the session's cookie, it is sent when another site leads here, because the org's login page does that.
struct PendingSignInCookie: Sendable {
    let authority: ServedAuthority

    private func name(isSecure: Bool) -> String {
        (isSecure ? "__Host-" : "") + "aprity-sign-in-\(authority.currentPort)"
    }

    func value(in request: Request, isSecure: Bool) -> String? { request.cookies[name(isSecure: isSecure)]?.value }

    func setting(_ secret: String, isSecure: Bool) -> Cookie {
        cookie(secret, maxAge: Int(PendingSignIns.lifetime / .seconds(1)), isSecure)
    }

    /// Returns the cookie that makes the browser remove the cookie.
    func expired(isSecure: Bool) -> Cookie { cookie("", maxAge: 0, isSecure) }

    private func cookie(_ value: String, maxAge: Int, _ isSecure: Bool) -> Cookie {
        Cookie(
            name: name(isSecure: isSecure), value: value, maxAge: maxAge, path: "/", secure: isSecure, httpOnly: true,
            sameSite: .lax)
    }
}
