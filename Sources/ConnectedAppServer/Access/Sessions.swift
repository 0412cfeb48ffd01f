internal import ConnectedApp
internal import Crypto
internal import Foundation
internal import JWTBearer
internal import Synchronization

/// A browser that showed the start token.
struct Session: Sendable {
    /// For the audit record: tells sessions apart and opens none.
    let name: String
    /// Stands in every form; another site cannot know it. A secret.
    let formToken: String

    var principal: Principal { Principal(.settingsPage, name: name) }
}

/// The sessions of this process. They are in memory only: a restart ends them, as it changes the start token.
final class Sessions: Sendable {
    /// Since the last request.
    static let idleLimit: TimeInterval = 12 * 3600
    /// Since the sign-in.
    static let ageLimit: TimeInterval = 7 * 24 * 3600
    /// The one that was idle for longest makes room for another.
    static let limit = 64

    private struct Entry {
        let session: Session
        let startedAt: Date
        var usedAt: Date
    }

    /// By the digest of the cookie's value, so that the time of a look-up tells nothing of the value.
    private let entries = Mutex<[SHA256Digest: Entry]>([:])
    private let surroundings: Surroundings

    init(surroundings: Surroundings) { self.surroundings = surroundings }

    /// - Returns: The cookie's value, which is a secret, and the session.
    func start() -> (id: String, session: Session) {
        let id = Base64URL.encode(surroundings.randomBytes(32))
        let digest = Self.digest(id)
        let session = Session(
            name: "session " + digest.prefix(4).hex, formToken: Base64URL.encode(surroundings.randomBytes(32)))
        let now = surroundings.now()
        entries.withLock { entries in
            entries = entries.filter { Self.isAlive($0.value, now) }
            while entries.count >= Self.limit, let idlest = entries.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                entries[idlest.key] = nil
            }
            entries[digest] = Entry(session: session, startedAt: now, usedAt: now)
        }
        return (id, session)
    }

    /// - Returns: `nil` where there is no such session any more. Asking keeps it alive.
    func find(_ id: String) -> Session? {
        let now = surroundings.now()
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

    /// Whether there is such a session. Asking does not keep it alive.
    func contains(_ id: String) -> Bool {
        let now = surroundings.now()
        let digest = Self.digest(id)
        return entries.withLock { $0[digest].map { Self.isAlive($0, now) } ?? false }
    }

    func end(_ id: String) {
        let digest = Self.digest(id)
        entries.withLock { $0[digest] = nil }
    }

    private static func isAlive(_ entry: Entry, _ now: Date) -> Bool {
        now.timeIntervalSince(entry.usedAt) < idleLimit && now.timeIntervalSince(entry.startedAt) < ageLimit
    }

    private static func digest(_ id: String) -> SHA256Digest { SHA256.hash(data: Array(id.utf8)) }
}
