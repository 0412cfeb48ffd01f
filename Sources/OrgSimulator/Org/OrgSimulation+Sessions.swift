import Foundation

/// A session that may use the APIs of its org.
struct Caller: Sendable {
    let token: String
    let session: Sessions.Session
    let org: Org
    let user: User
}

/// Why a token opens no API. Each API words it in its own way.
enum Inadmissible: Error {
    case sessionInvalid, notForAPI, apiDisabled, requestLimitExceeded
}

extension OrgSimulation {
    /// The caller behind a token, as the answering server sees it; its idle time starts anew.
    ///
    /// A session ends with its user's or app's: a frozen user, a blocked or deleted app.
    func caller(_ token: String, _ exchange: Exchange) throws(Inadmissible) -> Caller {
        guard let session = sessions.session(of: token, at: exchange.orgTime),
            let org = org(session.orgID, on: exchange.server), org.isActive,
            let user = org.users.first(where: { $0.id == session.userID }), user.isActive, !user.isFrozen,
            let app = app(of: session, org), app.enabled, !app.blocked
        else { throw .sessionInvalid }
        if app.blockedByAPIAccessControl || org.keepsOut(app, of: user) { throw .notForAPI }
        sessions.touch(token, at: exchange.orgTime)
        return Caller(token: token, session: session, org: org, user: user)
    }

    /// A session that one server granted is good at another that has not learned of the app yet.
    private func app(of session: Sessions.Session, _ org: Org) -> App? {
        let saved = state.orgs.first { $0.id == org.id }
        return (org.apps + (saved?.apps ?? [])).first { $0.id == session.appID }
    }

    /// The caller of a data or metadata API: one whose token, user and org allow API calls. Counts the request.
    func apiCaller(_ token: String, _ exchange: Exchange) throws(Inadmissible) -> Caller {
        let caller = try caller(token, exchange)
        guard caller.org.id == exchange.orgID else { throw .sessionInvalid }
        guard caller.session.scopes.contains("api") || caller.session.scopes.contains("full") else {
            throw .notForAPI
        }
        guard caller.org.permissions(of: caller.user).contains("ApiEnabled") else { throw .apiDisabled }
        guard apiRequests.count(of: caller.org.id, at: exchange.orgTime) < caller.org.dailyAPIRequestLimit else {
            throw .requestLimitExceeded
        }
        apiRequests.add(caller.org.id, at: exchange.orgTime)
        return caller
    }
}
