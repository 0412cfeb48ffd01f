import Foundation
import Testing

@testable import OrgSimulator

/// The OAuth endpoints other than the token endpoint.
@Suite("OAuth endpoints")
struct OAuthEndpointTests {
    private static let introspect = "/services/oauth2/introspect"

    private func signedIn(
        _ change: (inout TokenCase) throws -> Void = { _ in }
    ) async throws -> (org: TestOrg, token: String, app: App) {
        var token = try TokenCase()
        try change(&token)
        let org = try TestOrg(token.state)
        let answer = await org.signIn(token, assertion: try await token.assertion())
        try #require(answer.status == 200, "\(answer.refusal)")
        return (org, answer.accessToken, await org.simulation.document().orgs[0].apps[0])
    }

    // MARK: Introspection

    @Test("An authenticated app gets the description of its token in the form of RFC 7662")
    func introspection() async throws {
        let (org, token, app) = try await signedIn()
        let answer = await org.send(
            "POST", Self.introspect,
            form: [("token", token), ("client_id", app.consumerKey), ("client_secret", app.consumerSecret)])
        #expect(answer.status == 200)
        let members = answer.members
        #expect(members["active"] == true)
        #expect(members["scope"] == "api")
        #expect(members["client_id"]?.string == app.consumerKey)
        #expect(members["username"]?.string == TokenCase.username)
        #expect(members["token_type"] == "access_token")
        let lifetime = (members["exp"]?.doubleValue ?? 0) - (members["iat"]?.doubleValue ?? 0)
        #expect(lifetime == 7_200)
    }

    @Test("Key and secret may be sent by Basic")
    func basic() async throws {
        let (org, token, app) = try await signedIn()
        var request = OrgRequest(
            method: "POST", target: Self.introspect, host: "harbour-bikes.my.salesforce.com",
            body: Array("token=\(TestOrg.escaped(token))".utf8), sourceAddress: "192.0.2.7")
        request.contentType = "application/x-www-form-urlencoded"
        request.authorization = "Basic " + Data("\(app.consumerKey):\(app.consumerSecret)".utf8).base64EncodedString()
        #expect(await org.simulation.answer(request).answer.members["active"] == true)
    }

    @Test(
        "An assertion signed with the app's key replaces its secret, unless the switch is off",
        arguments: [true, false])
    func clientAssertion(_ isTaken: Bool) async throws {
        let (org, token, app) = try await signedIn { $0.state.switches.acceptClientAssertion = isTaken }
        let base = try TokenCase()
        func introspect(_ change: (inout TokenCase) -> Void = { _ in }) async throws -> OrgAnswer {
            var assertion = base
            assertion.subject = ("sub", app.consumerKey)
            assertion.audience = "\"\(TokenCase.myDomain)/services/oauth2/introspect\""
            change(&assertion)
            return await org.send(
                "POST", Self.introspect,
                form: [
                    ("token", token), ("client_assertion", try await assertion.assertion()),
                    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ])
        }
        #expect(try await introspect().members["active"] == (isTaken ? true : nil))
        #expect(try await introspect { $0.audience = "\"https://elsewhere.example\"" }.status == 400)
        #expect(try await introspect { $0.subject.1 = "somebody" }.status == 400)
        #expect(try await introspect { $0.key = "second" }.status == 400)
        #expect(try await introspect { $0.expiry = "1789990000" }.status == 400)
    }

    @Test("Without the right secret nothing is disclosed, and the history does not contain the secret")
    func wrongSecret() async throws {
        let (org, token, app) = try await signedIn()
        for secret in ["", app.consumerSecret.lowercased(), String(app.consumerSecret.dropLast())] {
            let answer = await org.send(
                "POST", Self.introspect,
                form: [("token", token), ("client_id", app.consumerKey), ("client_secret", secret)])
            #expect(answer.refusal == "invalid_client / invalid client credentials")
            #expect(answer.isSynthetic)
        }
        #expect(await org.send("POST", Self.introspect, form: [("token", token)]).status == 400)
        let history = try StateDocument.write(await org.simulation.historyView())
        #expect(!String(decoding: history, as: UTF8.self).contains(app.consumerSecret))
    }

    @Test(
        "Unknown, revoked and expired tokens are not active; those of others only for an app that sees all",
        arguments: [false, true])
    func inactive(_ seesAll: Bool) async throws {
        let (org, token, app) = try await signedIn { token in
            var other = App(name: "Other")
            other.introspectsAllTokens = seesAll
            token.state.orgs[0].apps.append(other)
        }
        let other = try #require(await org.simulation.document().orgs[0].apps.first { $0.name == "Other" })
        func isActive(_ token: String, for app: App) async -> JSONValue? {
            await org.send(
                "POST", Self.introspect,
                form: [("token", token), ("client_id", app.consumerKey), ("client_secret", app.consumerSecret)]
            ).members["active"]
        }
        #expect(await isActive(token, for: other) == .bool(seesAll))
        #expect(await isActive("00Dxx!nothing", for: app) == false)
        await org.simulation.adjustClock { $0.step(by: 7_201, wall: $1) }
        #expect(await isActive(token, for: app) == false)
        let fresh = await org.signIn(try TokenCase(), assertion: try await TokenCase().assertion()).accessToken
        #expect(await isActive(fresh, for: app) == true)
        #expect(await org.send("POST", "/services/oauth2/revoke", form: [("token", fresh)]).status == 200)
        #expect(await isActive(fresh, for: app) == false)
    }

    // MARK: JWT-format tokens

    @Test("PyJWT verifies a JWT-format token with the published key; REST accepts it and SOAP does not")
    func jwtFormat() async throws {
        let (org, token, app) = try await signedIn { $0.state.orgs[0].apps[0].issuesJWTAccessTokens = true }
        let keys = await org.send("GET", "/id/keys")
        let script = """
            import json, sys, jwt
            key = jwt.PyJWKSet.from_json(sys.argv[1])[jwt.get_unverified_header(sys.argv[2])["kid"]]
            claims = jwt.decode(sys.argv[2], key, algorithms=["RS256"], options={"verify_exp": False, "verify_aud": False})
            print(jwt.get_unverified_header(sys.argv[2])["tty"], claims["client_id"], claims["scp"], claims["exp"] - claims["iat"])
            """
        let said = try await TestPython.output(["-c", script, String(decoding: keys.body, as: UTF8.self), token])
        #expect(said == "sfdc-core-token \(app.consumerKey) api 1800")
        #expect(await org.send("GET", "/services/data/v67.0/limits", token: token).status == 200)
        let soap = """
            <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata">\
            <e:Header><SessionHeader><sessionId>\(token)</sessionId></SessionHeader></e:Header>\
            <e:Body><describeMetadata><asOfVersion>67.0</asOfVersion></describeMetadata></e:Body></e:Envelope>
            """
        let request = OrgRequest(
            method: "POST", target: "/services/Soap/m/67.0", host: "harbour-bikes.my.salesforce.com",
            body: Array(soap.utf8), sourceAddress: "192.0.2.7")
        let answer = await org.simulation.answer(request).answer
        #expect(answer.status == 500)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("This session is not valid for use with the API"))
    }

    @Test("A JWT-format token expires at its time, however much it is used")
    func jwtEnds() async throws {
        let (org, token, _) = try await signedIn { $0.state.orgs[0].apps[0].issuesJWTAccessTokens = true }
        for _ in 0..<2 {
            #expect(await org.send("GET", "/services/data/v67.0/limits", token: token).status == 200)
            await org.simulation.adjustClock { $0.step(by: 899, wall: $1) }
        }
        await org.simulation.adjustClock { $0.step(by: 2, wall: $1) }
        #expect(await org.send("GET", "/services/data/v67.0/limits", token: token).status == 401)
    }

    // MARK: Consent

    private func consent(
        _ org: TestOrg, _ app: App, username: String = TokenCase.username, decision: String = "allow",
        formToken: String? = nil
    ) async -> OrgAnswer {
        let formToken: String =
            if let formToken { formToken } else { await org.simulation.setupDesk.formToken }
        return await org.send(
            "POST", "/services/oauth2/authorize",
            form: [
                ("client_id", app.consumerKey), ("username", username), ("decision", decision),
                (SetupForm.tokenField, formToken),
            ])
    }

    private func selfAuthorized() async throws -> (org: TestOrg, token: TokenCase, app: App) {
        var token = try TokenCase()
        token.state.orgs[0].apps[0].permittedUsers = .allSelfAuthorized
        token.state.orgs[0].apps[0].label = "<b>Bikes</b>"
        token.state.switches.propagation = .instant
        let org = try TestOrg(token.state)
        return (org, token, await org.simulation.document().orgs[0].apps[0])
    }

    @Test(
        "If all users may self-authorize, the sign-in works after a user's consent, but not before it or after a denial"
    )
    func consent() async throws {
        let (org, token, app) = try await selfAuthorized()
        let assertion = try await token.assertion()
        #expect(
            await org.signIn(token, assertion: assertion).refusal
                == "invalid_grant / user hasn't approved this consumer")
        let page = await org.send("GET", "/services/oauth2/authorize?response_type=code&client_id=\(app.consumerKey)")
        let text = String(decoding: page.body, as: UTF8.self)
        #expect(page.status == 200)
        #expect(text.contains("&lt;b&gt;Bikes&lt;/b&gt;"))
        #expect(!text.contains("<b>Bikes"))
        #expect(text.contains("Perform requests at any time (refresh_token, offline_access)"))
        #expect(await consent(org, app, decision: "deny").status == 200)
        #expect(await org.signIn(token, assertion: assertion).status == 400)
        #expect(await consent(org, app).status == 200)
        let answer = await org.signIn(token, assertion: assertion)
        #expect(answer.status == 200)
        #expect(answer.members["scope"] == "api")
    }

    @Test("A sixth approval of one user removes the first; those of others are kept")
    func sixApprovals() async throws {
        let (org, _, app) = try await selfAuthorized()
        _ = await consent(org, app, username: "clerk@harbour-bikes.example")
        for _ in 0..<6 { _ = await consent(org, app) }
        let approvals = await org.simulation.document().orgs[0].apps[0].approvals
        #expect(approvals.filter { $0.username == TokenCase.username }.count == 5)
        #expect(approvals.count == 6)
    }

    @Test("A consent from another site, for an unknown app or by an unknown user is not stored")
    func refusedConsent() async throws {
        let (org, _, app) = try await selfAuthorized()
        #expect(await consent(org, app, formToken: "guessed").status == 403)
        #expect(await consent(org, app, username: "nobody@example.com").status == 400)
        var stranger = app
        stranger.consumerKey = "3MVG9Unknown"
        let unknown = await consent(org, stranger)
        #expect(unknown.error == "invalid_client_id: client identifier invalid")
        #expect(unknown.isSynthetic)
        #expect(await org.simulation.document().orgs[0].apps[0].approvals.isEmpty)
    }

    // MARK: Discovery

    @Test("The discovery document of a My Domain has three members more than the one of the login host")
    func discovery() async throws {
        let org = try TestOrg(try TokenCase().state)
        let path = "/.well-known/openid-configuration"
        let own = await org.send("GET", path).members
        let login = await org.send("GET", path, host: "login.salesforce.com").members
        guard case .object(let ownMembers) = own, case .object(let loginMembers) = login else {
            Issue.record("no documents")
            return
        }
        let more = Set(ownMembers.map(\.key)).subtracting(loginMembers.map(\.key))
        #expect(
            more == [
                "end_session_endpoint", "frontchannel_logout_supported", "frontchannel_logout_session_supported",
            ])
        #expect(login["issuer"] == "https://login.salesforce.com")
        #expect(own["introspection_endpoint"] == "https://harbour-bikes.my.salesforce.com/services/oauth2/introspect")
        #expect(own["jwks_uri"] == "https://harbour-bikes.my.salesforce.com/id/keys")
        guard case .array(let scopes)? = own["scopes_supported"] else {
            Issue.record("no scopes")
            return
        }
        #expect(scopes.count == 35)
    }
}
