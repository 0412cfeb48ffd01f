import Foundation

/// The session, org and user behind a valid access token.
struct Caller: Sendable {
    let token: String
    let session: Sessions.Session
    /// The org, with its apps as the answering server knows them.
    let org: Org
    let user: User
}

/// Why an API rejects a token. Each API has its own error text for it.
enum TokenRejection: Error {
    /// The token is unknown or expired, or its org is inactive, its user frozen or inactive, or its app blocked,
    /// disabled or deleted.
    case sessionInvalid
    /// The session lacks an API scope, or API Access Control blocks the app.
    case notForAPI
    /// The user lacks the permission `ApiEnabled`.
    case apiDisabled
    case requestLimitExceeded
}

extension OrgSimulation {
    /// Finds the caller of a token, with the app settings that the answering server has, and restarts the session's
    /// idle time.
    ///
    /// Scopes, permissions and request limits are not checked here; ``apiCaller(_:_:)`` checks them.
    ///
    /// - Throws: ``TokenRejection/sessionInvalid``, or ``TokenRejection/notForAPI`` if API Access Control blocks the
    ///   app. The idle time is then not restarted.
    func caller(_ token: String, _ exchange: Exchange) throws(TokenRejection) -> Caller {
        let caller = try bearer(of: token, exchange)
        sessions.touch(token, at: exchange.orgTime)
        return caller
    }

    /// Does the same as ``caller(_:_:)``, but does not restart the idle time.
    private func bearer(of token: String, _ exchange: Exchange) throws(TokenRejection) -> Caller {
        guard let session = sessions.session(of: token, at: exchange.orgTime),
            let org = org(session.orgID, on: exchange.server), org.isActive,
            let user = org.users.first(where: { $0.id == session.userID }), user.isActive, !user.isFrozen,
            let app = app(of: session, org), app.enabled, !app.blocked
        else { throw .sessionInvalid }
        if org.blocksAPI(app, of: user) { throw .notForAPI }
        return Caller(token: token, session: session, org: org, user: user)
    }

    /// Returns the app of a session as the answering server knows it. If the server does not have the app yet, returns the
    /// app as it was saved last, because the server accepts the sessions of a new app that another server knows already.
    private func app(of session: Sessions.Session, _ org: Org) -> App? {
        let saved = state.orgs.first { $0.id == org.id }
        return (org.apps + (saved?.apps ?? [])).first { $0.id == session.appID }
    }

    /// Finds the caller of a data or metadata API request and counts the request. The token must belong to the
    /// addressed org and have an API scope, the user must have `ApiEnabled`, and the org's daily limit must not be
    /// reached. A rejected request does not count, and does not restart the session's idle time.
    ///
    /// - Throws: Any ``TokenRejection``; `sessionInvalid` also if the token belongs to an org other than the addressed
    ///   one.
    func apiCaller(_ token: String, _ exchange: Exchange) throws(TokenRejection) -> Caller {
        let caller = try bearer(of: token, exchange)
        guard caller.org.id == exchange.orgID else { throw .sessionInvalid }
        guard caller.session.scopes.contains("api") || caller.session.scopes.contains("full") else {
            throw .notForAPI
        }
        guard caller.org.permissions(of: caller.user).contains("ApiEnabled") else { throw .apiDisabled }
        guard apiRequests.count(of: caller.org.id, at: exchange.orgTime) < caller.org.dailyAPIRequestLimit else {
            throw .requestLimitExceeded
        }
        apiRequests.add(caller.org.id, at: exchange.orgTime)
        sessions.touch(token, at: exchange.orgTime)
        return caller
    }
}
