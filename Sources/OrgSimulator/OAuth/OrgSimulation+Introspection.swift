import Foundation

extension OrgSimulation {
    /// `POST /services/oauth2/introspect` (RFC 7662): describes a token to the app that it was issued to, or to an app
    /// with *Introspect All Tokens*. The app authenticates by Consumer Key and Secret, in the body or by HTTP Basic,
    /// or, with the switch `acceptClientAssertion`, by an assertion that is signed with its key.
    func introspect(_ exchange: Exchange) -> OrgAnswer {
        guard exchange.request.method == "POST", let id = exchange.orgID, let org = org(id, on: exchange.server) else {
            return .notFoundPage
        }
        guard let client = client(of: exchange.request, in: org) ?? assertingClient(exchange, in: org) else {
            var refused = OrgAnswer(
                status: 400, operation: "introspect", verdict: .signIn, reason: "The app failed to authenticate."
            ).oauthError(TokenRefusal.invalidClientCredentials.error, TokenRefusal.invalidClientCredentials.description)
            refused.isSynthetic = true
            return refused
        }
        var answer = OrgAnswer(status: 200, operation: "introspect", verdict: .signIn, reason: "Describes a token.")
            .json(description(of: exchange.request.form["token"] ?? "", for: client, in: org, exchange))
        answer.consumerKey = client.consumerKey
        return answer
    }

    /// Returns the enabled app whose Consumer Key and Secret are in the request, or `nil` if they match none. A valid
    /// HTTP Basic header takes precedence over the body.
    private func client(of request: OrgRequest, in org: Org) -> App? {
        let form = request.form
        let credentials =
            BasicCredentials(request.authorization)
            ?? form["client_id"].flatMap { id in form["client_secret"].map { BasicCredentials(id: id, secret: $0) } }
        return credentials.flatMap { given in
            org.apps.first { $0.consumerKey == given.id && $0.consumerSecret == given.secret && $0.enabled }
        }
    }

    /// Returns the enabled app that signed the request's client assertion (RFC 7523 §3). Returns `nil` if there is no
    /// assertion, the switch `acceptClientAssertion` is off, or the signature (verified with the app's certificate),
    /// issuer, subject, audience or expiry is wrong.
    private func assertingClient(_ exchange: Exchange, in org: Org) -> App? {
        let form = exchange.request.form
        guard state.switches.acceptClientAssertion,
            form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            let assertion = form["client_assertion"].flatMap({
                Assertion(compact: $0, takingByteOrderMark: state.switches.acceptByteOrderMark)
            }),
            !assertion.hasCriticalExtensions,
            let app = org.apps.first(where: { $0.consumerKey == assertion.issuer && $0.enabled }),
            assertion.subject == app.consumerKey, form["client_id"] ?? app.consumerKey == app.consumerKey,
            let certificate = app.certificatePEM.flatMap({ try? UploadedCertificate($0) }),
            assertion.isSigned(with: certificate.publicKey, by: state.switches.algorithms),
            hasAcceptedAudience(assertion, for: org, exchange), isUnexpired(assertion, exchange)
        else { return nil }
        return app
    }

    /// Whether the audience is this org's address, the shared login host for its kind (production or sandbox), or the
    /// token or introspection endpoint at one of these.
    private func hasAcceptedAudience(_ assertion: Assertion, for org: Org, _ exchange: Exchange) -> Bool {
        let legacy = org.isSandbox ? "https://test.salesforce.com" : "https://login.salesforce.com"
        let bases = [instanceURL(of: org, calledBy: exchange.request), "https://\(org.myDomain)", legacy]
        let paths = ["", "/services/oauth2/token", "/services/oauth2/introspect"]
        return bases.contains { base in paths.contains { assertion.audience == base + $0 } }
    }

    private func isUnexpired(_ assertion: Assertion, _ exchange: Exchange) -> Bool {
        guard case .number(let seconds) = assertion.expiry else { return false }
        return seconds - exchange.dateHeaderTime.timeIntervalSince1970 >= -state.switches.leewaySeconds
    }

    /// Describes a token to `client`. If the token is unknown, expired, revoked or of another org, or if `client` may
    /// not see it, the answer says only that the token is not active.
    private func description(of token: String, for client: App, in org: Org, _ exchange: Exchange) -> JSONValue {
        guard let session = sessions.session(of: token, at: exchange.orgTime), session.orgID == org.id,
            session.appID == client.id || client.introspectsAllTokens,
            let user = org.users.first(where: { $0.id == session.userID })
        else { return ["active": false] }
        let seconds = { (time: Date) in JSONValue.integer(Int64(time.timeIntervalSince1970)) }
        return [
            "active": true, "scope": .string(session.scopes.joined(separator: " ")),
            "client_id": .string(session.consumerKey), "username": .string(user.username),
            "sub": .string("\(instanceURL(of: org, calledBy: exchange.request))/id/\(org.id)/\(user.id)"),
            "token_type": "access_token", "exp": seconds(session.expiry), "iat": seconds(session.issuedAt),
            "nbf": seconds(session.issuedAt),
        ]
    }
}

/// The consumer key and secret of an app in an `Authorization` header (RFC 6749 §2.3.1).
private struct BasicCredentials {
    let id: String
    let secret: String

    init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    init?(_ header: String?) {
        guard let header, header.lowercased().hasPrefix("basic "),
            let text = Data(base64Encoded: header.dropFirst(6).trimmingCharacters(in: .whitespaces))
                .flatMap({ String(data: $0, encoding: .utf8) })
        else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let id = parts[0].removingPercentEncoding, let secret = parts[1].removingPercentEncoding
        else { return nil }
        self.init(id: id, secret: secret)
    }
}
