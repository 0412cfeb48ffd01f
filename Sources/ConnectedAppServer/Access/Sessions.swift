internal import ConnectedApp
internal import Crypto
internal import JWTBearer
internal import Synchronization

/// The session of a browser that signed in with the start token.
struct Session: Sendable {
    /// Identifies the session in the audit record, for example `session 1a2b3c4d`. It cannot be used to sign in.
    let name: String
    /// The token that every form contains and that other sites cannot know. A secret.
    let formToken: String

    var principal: Principal { Principal(.settingsPage, name: name) }
}

/// The sessions of this process. They are in memory only. A restart ends them all and changes the start token.
final class Sessions: Sendable {
    /// Maximum time since the last request.
    static let idleLimit = Duration.seconds(12 * 3600)
    /// Maximum time since the sign-in.
    static let ageLimit = Duration.seconds(7 * 24 * 3600)
    /// Maximum number of sessions. Beyond it, a new session replaces the one that has been idle longest.
    static let limit = 64

    private struct Entry {
        let session: Session
        /// Uptimes, so that a changed clock does not make a session live longer.
        let startedAt: Duration
        var usedAt: Duration
    }

    /// Keyed by the digest of the cookie's value, so that the duration of a lookup reveals nothing about the value.
    private let entries = Mutex<[SHA256Digest: Entry]>([:])
    private let surroundings: Surroundings

    init(surroundings: Surroundings) { self.surroundings = surroundings }

    /// Starts a session.
    ///
    /// - Returns: The cookie's value, which is a secret, and the session.
    func start() -> (id: String, session: Session) {
        let id = Base64URL.encode(surroundings.randomBytes(32))
        let digest = Self.digest(id)
        let session = Session(
            name: "session " + digest.prefix(4).hex, formToken: Base64URL.encode(surroundings.randomBytes(32)))
        let now = surroundings.uptime()
        entries.withLock { entries in
            entries = entries.filter { Self.isAlive($0.value, now) }
            while entries.count >= Self.limit, let idlest = entries.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                entries[idlest.key] = nil
            }
            entries[digest] = Entry(session: session, startedAt: now, usedAt: now)
        }
        return (id, session)
    }

    /// Returns the session of a cookie's value and extends its idle time.
    ///
    /// - Returns: `nil` if the session does not exist or has expired.
    func find(_ id: String) -> Session? {
        let now = surroundings.uptime()
        let digest = Self.digest(id)
        return entries.withLock { entries in
            guard let entry = entries[digest], Self.isAlive(entry, now) else {
                entries[digest] = nil
                return nil
            }
            entries[digest]?.usedAt = now
            return entry.session
        }
    }

    /// Whether the session exists. Does not extend its idle time.
    func contains(_ id: String) -> Bool {
        let now = surroundings.uptime()
        let digest = Self.digest(id)
        return entries.withLock { $0[digest].map { Self.isAlive($0, now) } ?? false }
    }

    /// Ends the session of a cookie's value, if it exists.
    func end(_ id: String) {
        let digest = Self.digest(id)
        entries.withLock { $0[digest] = nil }
    }

    private static func isAlive(_ entry: Entry, _ now: Duration) -> Bool {
        now - entry.usedAt < idleLimit && now - entry.startedAt < ageLimit
    }

    private static func digest(_ id: String) -> SHA256Digest { SHA256.hash(data: Array(id.utf8)) }
}
