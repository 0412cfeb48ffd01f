internal import ConnectedApp
internal import Crypto
internal import Foundation
internal import JWTBearer
internal import Synchronization

/// Who signed in to a session, and how. Each case is a sign-in method.
enum SessionOwner: Sendable, Hashable {
    /// Whoever can read the start token's file.
    case startToken
    case account(AccountSession)
    case salesforce(SalesforcePerson)

    /// The longest time since the last request, and since the sign-in.
    fileprivate var limits: (idle: Duration, age: Duration) {
        switch self {
        case .startToken, .account: (Sessions.idleLimit, Sessions.ageLimit)
        case .salesforce: (Sessions.salesforceIdleLimit, SalesforceSignIns.longestSession)
        }
    }

    /// Identifies the person, whatever the generation of the account is.
    fileprivate var person: String {
        switch self {
        case .startToken: "start token"
        case .account(let account): "account \(account.accountID)"
        case .salesforce(let person): "salesforce \(person.organizationID) \(person.userID)"
        }
    }
}

/// The session of a browser.
struct Session: Sendable {
    /// Identifies the session in the audit record, for example `session 1a2b3c4d`. It cannot be used to sign in.
    let name: String
    var owner = SessionOwner.startToken
    /// The token that every form contains and that other sites cannot know. A secret.
    let formToken: String

    var principal: Principal {
        switch owner {
        case .startToken: Principal(.settingsPage, name: "start token, \(name)")
        case .account(let account): Principal(.settingsPage, name: "\(account.name), \(name)")
        case .salesforce(let person): Principal(.settingsPage, name: "Salesforce \(person.name), \(name)")
        }
    }
}

/// The sessions of this process. They are in memory only. A restart ends them all and changes the start token.
final class Sessions: Sendable {
    /// Maximum time since the last request.
    static let idleLimit = Duration.seconds(12 * 3600)
    /// Maximum time since the sign-in.
    static let ageLimit = Duration.seconds(7 * 24 * 3600)
    /// The same as ``idleLimit``, for people who signed in with Salesforce. Their ``ageLimit`` is
    /// ``SalesforceSignIns/longestSession``.
    static let salesforceIdleLimit = Duration.seconds(1800)
    /// Maximum number of sessions of a person. Beyond it, a new session replaces the one that has been idle longest.
    /// Nobody can end the sessions of others by signing in often.
    static let limit = 64

    private struct Entry {
        let session: Session
        /// Uptimes, so that a changed clock does not make a session live longer.
        let startedAt: Duration
        var usedAt: Duration
        var role: Role
    }

    /// A session, as its owner sees it.
    struct Listed: Sendable {
        /// See ``Session/name``.
        let name: String
        let startedAt: Date
        let usedAt: Date
    }

    /// Keyed by the digest of the cookie's value, so that the duration of a lookup reveals nothing about the value.
    private let entries = Mutex<[SHA256Digest: Entry]>([:])
    private let surroundings: Surroundings

    init(surroundings: Surroundings) { self.surroundings = surroundings }

    /// Starts a session.
    ///
    /// - Parameter role: The role at the sign-in; see ``setRole(_:of:)``.
    /// - Returns: The cookie's value, which is a secret, and the session.
    func start(_ owner: SessionOwner = .startToken, role: Role = .admin) -> (id: String, session: Session) {
        let id = Base64URL.encode(surroundings.randomBytes(32))
        let digest = Self.digest(id)
        let session = Session(
            name: "session " + digest.prefix(4).hex, owner: owner,
            formToken: Base64URL.encode(surroundings.randomBytes(32)))
        let now = surroundings.uptime()
        entries.withLock { entries in
            entries = entries.filter { Self.isAlive($0.value, now) }
            func own() -> [SHA256Digest: Entry] {
                entries.filter { $0.value.session.owner.person == owner.person }
            }
            while own().count >= Self.limit, let idlest = own().min(by: { $0.value.usedAt < $1.value.usedAt }) {
                entries[idlest.key] = nil
            }
            entries[digest] = Entry(session: session, startedAt: now, usedAt: now, role: role)
        }
        return (id, session)
    }

    /// Returns the session of a cookie's value.
    ///
    /// - Parameter isUse: Whether somebody uses the session, which restarts its idle time.
    /// - Returns: `nil` if the session does not exist or has expired.
    func find(_ id: String, isUse: Bool = true) -> Session? {
        let now = surroundings.uptime()
        let digest = Self.digest(id)
        return entries.withLock { entries in
            guard let entry = entries[digest], Self.isAlive(entry, now) else {
                entries[digest] = nil
                return nil
            }
            if isUse { entries[digest]?.usedAt = now }
            return entry.session
        }
    }

    /// Remembers the present role of the session's account.
    func setRole(_ role: Role, of id: String) {
        let digest = Self.digest(id)
        entries.withLock { $0[digest]?.role = role }
    }

    /// Whether the session exists and last had the role admin. Does not extend its idle time.
    func isAdmin(_ id: String) -> Bool {
        let now = surroundings.uptime()
        let digest = Self.digest(id)
        return entries.withLock { $0[digest].map { Self.isAlive($0, now) && $0.role == .admin } ?? false }
    }

    /// The sessions of the same person, the one that was used last first.
    func all(of owner: SessionOwner) -> [Listed] {
        let (now, uptime) = (surroundings.now(), surroundings.uptime())
        let own = entries.withLock { entries in
            entries.values.filter { $0.session.owner.person == owner.person && Self.isAlive($0, uptime) }
        }
        return own.sorted { $0.usedAt > $1.usedAt }.map { entry in
            Listed(
                name: entry.session.name, startedAt: now - (uptime - entry.startedAt) / .seconds(1),
                usedAt: now - (uptime - entry.usedAt) / .seconds(1))
        }
    }

    /// Ends the session of a cookie's value, if it exists.
    func end(_ id: String) {
        let digest = Self.digest(id)
        entries.withLock { $0[digest] = nil }
    }

    /// Ends the sessions of a person.
    ///
    /// - Parameter name: Only the session of this name; `nil`: all.
    func endAll(of owner: SessionOwner, named name: String? = nil) {
        entries.withLock { entries in
            entries = entries.filter { _, entry in
                entry.session.owner.person != owner.person || (name != nil && entry.session.name != name)
            }
        }
    }

    private static func isAlive(_ entry: Entry, _ now: Duration) -> Bool {
        let limits = entry.session.owner.limits
        return now - entry.usedAt < limits.idle && now - entry.startedAt < limits.age
    }

    private static func digest(_ id: String) -> SHA256Digest { SHA256.hash(data: Array(id.utf8)) }
}
