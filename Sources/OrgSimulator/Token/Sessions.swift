import Foundation

/// The issued access tokens and their sessions. A session ends when it is revoked, or when it has not been used for the
/// length of its timeout. The token in JWT format expires a fixed time after it was issued. All times are org time.
struct Sessions: Sendable {
    /// The org, user and app that a token was issued for, and when it expires.
    struct Session: Equatable, Sendable {
        let orgID: String
        let userID: String
        let appID: String
        let consumerKey: String
        /// Wire names, without `refresh_token`.
        let scopes: [String]
        let issuedAt: Date
        /// The lifetime in seconds: since the last use, or since issuing for a JWT.
        let timeout: TimeInterval
        /// Whether the token is a JWT. Use does not extend its life, and SOAP APIs do not accept it.
        let isJWT: Bool
        /// The org time of the last request with the token.
        fileprivate(set) var lastUse: Date

        /// The time at which the session expires if it is not used again.
        var expiry: Date { (isJWT ? issuedAt : lastUse) + timeout }

        func isValid(at time: Date) -> Bool { time < expiry }
    }

    /// The sessions by token.
    private var sessions: [String: Session] = [:]

    /// Returns the session of a token, or `nil` if the token is unknown, revoked or expired.
    func session(of token: String, at time: Date) -> Session? {
        sessions[token].flatMap { $0.isValid(at: time) ? $0 : nil }
    }

    /// Returns a valid token for the same user, app and scopes, or `nil` if there is none.
    func token(like session: Session, at time: Date) -> String? {
        sessions.first { _, other in
            other.isValid(at: time) && other.orgID == session.orgID && other.userID == session.userID
                && other.appID == session.appID && other.scopes == session.scopes && other.isJWT == session.isJWT
        }?.key
    }

    /// Adds a session and returns its token: the 15-character org id, `!`, and 96 characters.
    mutating func open(_ session: Session, using random: inout SeededRandom) -> String {
        let token = "\(session.orgID.prefix(15))!AQ" + random.characters(94)
        add(session, token: token)
        return token
    }

    /// Adds a session with a token that was created elsewhere.
    mutating func add(_ session: Session, token: String) {
        sessions = sessions.filter { $0.value.isValid(at: session.lastUse) }
        sessions[token] = session
    }

    /// Records a use of the token, which restarts its idle time. Does nothing for an unknown token.
    mutating func touch(_ token: String, at time: Date) { sessions[token]?.lastUse = time }

    /// Returns the sessions of an org that are valid at `time`.
    func sessions(ofOrg orgID: String, at time: Date) -> [Session] {
        sessions.values.filter { $0.orgID == orgID && $0.isValid(at: time) }
    }

    /// Revokes all sessions with one app: those of one user, or those of all users if `userID` is `nil`.
    mutating func revokeAll(userID: String?, appID: String) {
        sessions = sessions.filter { _, session in
            session.appID != appID || session.userID != userID ?? session.userID
        }
    }

    /// Removes all sessions of an org.
    mutating func removeAll(ofOrg orgID: String) { sessions = sessions.filter { $0.value.orgID != orgID } }

    /// - Returns: Whether the token existed, valid or not.
    mutating func revoke(_ token: String) -> Bool { sessions.removeValue(forKey: token) != nil }
}

extension Sessions.Session {
    /// A session that begins now. The settings of the app determine the token's form and timeout.
    ///
    /// - Parameters:
    ///   - scopes: Metadata names.
    ///   - time: Org time.
    init(org: Org, user: User, app: App, scopes: [String], switches: Switches, at time: Date) {
        self.init(
            orgID: org.id, userID: user.id, appID: app.id, consumerKey: app.consumerKey,
            scopes: OAuthScope.wire(scopes).filter { $0 != "refresh_token" }, issuedAt: time,
            timeout: app.issuesJWTAccessTokens
                ? Double(app.jwtTimeoutMinutes) * 60
                : app.sessionTimeoutMinutes.map { Double($0) * 60 } ?? switches.sessionTimeoutSeconds,
            isJWT: app.issuesJWTAccessTokens, lastUse: time)
    }
}
