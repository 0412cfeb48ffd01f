import Foundation

extension OrgSimulation {
    /// Answers `/services/oauth2/token`. ``TokenDecision`` decides; it refuses every grant type but JWT bearer.
    /// ``exchangeCode(_:)`` answers requests with an authorization code.
    ///
    /// Every attempt whose org is known is added to the org's login history. An attempt counts towards the login rate
    /// only if ``TokenDecision/Outcome/countsAsLogin`` is set.
    func token(_ exchange: Exchange, _ host: AddressedHost) -> OrgAnswer {
        if exchange.request.bodyForm["grant_type"] == "authorization_code" { return exchangeCode(exchange) }
        let request = ReceivedTokenRequest(
            exchange.request, host: host, acceptsQuery: state.switches.acceptQueryParameters)
        let inquiry = TokenRequestContext(
            request, orgs: orgs(on: exchange.server), switches: state.switches, now: exchange.dateHeaderTime,
            orgTime: exchange.orgTime, isReplay: request.assertion.map(acceptedAssertions.contains) ?? false,
            certificate: { certificates.certificate($0) },
            recentLogins: { _, user in logins.count(of: user, at: exchange.orgTime) })
        let decision = TokenDecision.decide(inquiry)
        if decision.countsAsLogin, let user = inquiry.user { logins.add(user.id, at: exchange.orgTime) }

        var answer: OrgAnswer
        if let refusal = decision.refusal {
            answer = OrgAnswer(
                status: 400, operation: "token", verdict: .signIn, reason: "Refused by the check: \(decision.check)."
            ).oauthError(refusal.error, refusal.description)
            answer.isSynthetic = refusal.evidence == .synthetic
        } else if let org = inquiry.org, let user = inquiry.user, let app = inquiry.app {
            if state.switches.enforceReplay, let assertion = request.assertion { acceptedAssertions.insert(assertion) }
            answer = grant(Grant(org: org, user: user, app: app, scopes: inquiry.grantedScopes), exchange)
        } else {
            // Not reachable: each lookup has its own check, so a decision without refusal has found all three.
            let refusal = TokenRefusal.retryYourRequest
            answer = OrgAnswer(status: 400, operation: "token", verdict: .signIn, reason: "A lookup found nothing.")
                .oauthError(refusal.error, refusal.description)
            answer.isSynthetic = true
        }
        answer.username = inquiry.user?.username
        answer.consumerKey = inquiry.assertion?.issuer
        recordLogin(inquiry, decision.refusal, exchange)
        return answer
    }

    /// What a token is issued for.
    struct Grant {
        let org: Org
        let user: User
        let app: App
        /// The scopes by their metadata names.
        let scopes: [String]
        /// When the code was exchanged; `nil` for JWT bearer, whose answers have neither `issued_at` nor `signature`.
        var exchangedAt: Date?
    }

    /// Issues a token.
    func grant(_ grant: Grant, _ exchange: Exchange) -> OrgAnswer {
        let time = exchange.orgTime
        let session = Sessions.Session(
            org: grant.org, user: grant.user, app: grant.app, scopes: grant.scopes, switches: state.switches, at: time)
        let instance = instanceURL(of: grant.org, calledBy: exchange.request)
        guard let token = accessToken(session, of: grant.user, instance: instance) else {
            // Issuing an opaque token would contradict the app's settings.
            let refusal = TokenRefusal.retryYourRequest
            var answer = OrgAnswer(
                status: 500, operation: "token", verdict: .signIn, reason: "The JWT-format token could not be signed."
            ).oauthError(refusal.error, refusal.description)
            answer.isSynthetic = true
            return answer
        }
        var members: [(String, JSONValue)] = [
            ("access_token", .string(token)),
            ("scope", .string(session.scopes.joined(separator: " "))),
            ("instance_url", .string(instance)),
            ("id", .string("\(instance)/id/\(grant.org.id)/\(grant.user.id)")),
            ("token_type", "Bearer"),
        ]
        if session.isJWT { members.append(("token_format", "jwt")) }
        if let time = grant.exchangedAt {
            let issuedAt = String(Int64(time.timeIntervalSince1970 * 1_000))
            let identity = "\(instance)/id/\(grant.org.id)/\(grant.user.id)"
            members.append(("issued_at", .string(issuedAt)))
            members.append(("signature", .string(grant.app.signature(of: identity + issuedAt))))
        }
        return OrgAnswer(status: 200, operation: "token", verdict: .signIn, reason: "A token was issued.")
            .json(.record(members))
    }

    /// Returns a new token. If the switch `reuseToken` is on, returns instead the token of a valid session of the same
    /// user, app and scopes, and restarts its idle time.
    ///
    /// - Returns: `nil` if a JWT-format token could not be signed.
    private func accessToken(_ session: Sessions.Session, of user: User, instance: String) -> String? {
        if state.switches.reuseToken, let known = sessions.token(like: session, at: session.issuedAt) {
            sessions.touch(known, at: session.issuedAt)
            return known
        }
        guard session.isJWT else { return sessions.open(session, using: &random) }
        guard let token = try? accessTokenJWT(session, of: user, instance: instance) else { return nil }
        sessions.add(session, token: token)
        return token
    }

    private func recordLogin(_ inquiry: TokenRequestContext, _ refusal: TokenRefusal?, _ exchange: Exchange) {
        guard let org = inquiry.org else { return }
        history.add(
            LoginRecord(
                orgTime: exchange.orgTime, orgID: org.id, userID: inquiry.user?.id, username: inquiry.user?.username,
                application: inquiry.app.map { $0.label.isEmpty ? $0.name : $0.label },
                sourceAddress: exchange.request.sourceAddress,
                loginURL: HostName(authority: exchange.request.host).name,
                status: refusal?.loginStatus ?? "Success", synthetic: refusal != nil))
    }
}

extension ReceivedTokenRequest {
    fileprivate init(_ request: OrgRequest, host: AddressedHost, acceptsQuery: Bool) {
        let form = acceptsQuery ? request.form : request.bodyForm
        self.init(
            method: request.method, grantType: form["grant_type"],
            assertion: form["assertion"], host: host, sourceAddress: request.sourceAddress)
    }
}
