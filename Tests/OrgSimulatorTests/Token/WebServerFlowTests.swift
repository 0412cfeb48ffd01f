import Crypto
import Foundation
import Testing

@testable import OrgSimulator

/// The web server flow with PKCE, as an app for signing in uses it.
@Suite("The web server flow")
struct WebServerFlowTests {
    private static let callback = "http://127.0.0.1:7411/sign-in/salesforce/callback"
    private static let consumerKey = "3MVG9SignInAppOfTheTests"
    private static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    private static let admin = "admin@harbour-bikes.example"

    /// An org with an app for signing in. The admin has the custom permission `Aprity_Admin`.
    private func org(
        _ change: (inout App) -> Void = { _ in }, state changeState: (inout SimulatorState) -> Void = { _ in }
    ) throws -> TestOrg {
        var state = SimulatorState.harbourBikes
        var app = App(name: "Aprity_Sign_In")
        app.consumerKey = Self.consumerKey
        app.callbackURL = "https://other.example/callback\n" + Self.callback
        app.scopes = ["OpenID", "CustomPermissions"]
        app.oauthOptions.requiresSecretForWebServerFlow = false
        change(&app)
        state.orgs[0].apps = [app]
        state.orgs[0].users[0].permissionSets = ["Aprity_Admin"]
        changeState(&state)
        return try TestOrg(state)
    }

    private var request: [(String, String)] {
        [
            ("response_type", "code"), ("client_id", Self.consumerKey), ("redirect_uri", Self.callback),
            ("scope", "openid custom_permissions"), ("state", "a b&c"), ("code_challenge", Self.challenge),
            ("code_challenge_method", "S256"),
        ]
    }

    private func query(_ fields: [(String, String)]) -> String {
        "/services/oauth2/authorize?" + fields.map { "\($0)=\(TestOrg.escaped($1))" }.joined(separator: "&")
    }

    /// Opens the org's page, and returns its answer.
    private func open(_ org: TestOrg, _ change: (inout [(String, String)]) -> Void = { _ in }) async -> OrgAnswer {
        var fields = request
        change(&fields)
        return await org.send("GET", query(fields))
    }

    private func decide(
        _ org: TestOrg, _ decision: String = "allow", as username: String = admin
    ) async -> [String: String] {
        let token = await org.simulation.setupDesk.formToken
        let answer = await org.send(
            "POST", "/services/oauth2/authorize",
            form: request + [("username", username), ("decision", decision), (SetupForm.tokenField, token)])
        return returned(answer)
    }

    /// The parameters with which the browser returns to the app; empty if it does not.
    private func returned(_ answer: OrgAnswer) -> [String: String] {
        guard answer.status == 302, let location = answer.headers.first(where: { $0.name == "Location" })?.value,
            location.hasPrefix(Self.callback + "?"), let items = URLComponents(string: location)?.queryItems
        else { return [:] }
        return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 })
    }

    private func exchange(
        _ org: TestOrg, _ code: String?, _ change: (inout [(String, String)]) -> Void = { _ in }
    ) async -> OrgAnswer {
        var form = [
            ("grant_type", "authorization_code"), ("code", code ?? ""), ("client_id", Self.consumerKey),
            ("redirect_uri", Self.callback), ("code_verifier", Self.verifier),
        ]
        change(&form)
        return await org.send("POST", "/services/oauth2/token", form: form)
    }

    private func set(_ name: String, _ value: String?) -> (inout [(String, String)]) -> Void {
        { fields in
            fields.removeAll { $0.0 == name }
            if let value { fields.append((name, value)) }
        }
    }

    @Test(
        "The page says that it stands in for the login page, lists the users, and allows the form to leave for the app only"
    )
    func page() async throws {
        let answer = await open(try org())
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(answer.status == 200)
        #expect(text.contains("This page stands in for the login page of Harbour Bikes."))
        #expect(text.contains("value=\"\(Self.admin)\""))
        #expect(text.contains("Access custom permissions (custom_permissions)"))
        let policy = try #require(answer.headers.first { $0.name == "Content-Security-Policy" }?.value)
        #expect(policy.contains("form-action 'self' http://127.0.0.1:7411;"))
    }

    @Test(
        "A code becomes a token with the requested scopes, which tells who signed in and with which custom permissions")
    func success() async throws {
        let org = try org()
        let back = await decide(org)
        #expect(back["state"] == "a b&c")
        let answer = await exchange(org, back["code"])
        #expect(answer.status == 200)
        let members = answer.members
        #expect(members["scope"] == "openid custom_permissions")
        #expect(members["refresh_token"] == nil)
        let app = await org.simulation.document().orgs[0].apps[0]
        let (id, issuedAt) = (members["id"]?.string ?? "", members["issued_at"]?.string ?? "")
        #expect(members["signature"]?.string == app.signature(of: id + issuedAt))
        let path = try #require(URL(string: id)?.path())
        let identity = await org.send("GET", path, token: answer.accessToken).members
        #expect(identity["custom_permissions"]?["Aprity_Admin"] == true)
        #expect(identity["custom_permissions"]?["Aprity_User"] == false)
        let info = await org.send("GET", "/services/oauth2/userinfo", token: answer.accessToken).members
        #expect(info["preferred_username"]?.string == Self.admin)
        #expect(info["custom_permissions"] == nil)
        #expect(await org.send("POST", "/services/oauth2/revoke", form: [("token", answer.accessToken)]).status == 200)
        #expect(await org.send("GET", path, token: answer.accessToken).status == 403)
    }

    @Test("Without the scope, no custom permissions are listed; with the switch, userinfo lists them too")
    func listing() async throws {
        let without = try org({ $0.scopes = ["OpenID"] })
        var fields = request
        set("scope", nil)(&fields)
        let token = await without.simulation.setupDesk.formToken
        let answer = await without.send(
            "POST", "/services/oauth2/authorize",
            form: fields + [("username", Self.admin), ("decision", "allow"), (SetupForm.tokenField, token)])
        let plain = await exchange(without, returned(answer)["code"])
        #expect(plain.members["scope"] == "openid")
        let path = try #require(URL(string: plain.members["id"]?.string ?? "")?.path())
        #expect(await without.send("GET", path, token: plain.accessToken).members["custom_permissions"] == nil)

        let switched = try org(state: { $0.switches.userInfoListsCustomPermissions = true })
        let granted = await exchange(switched, await decide(switched)["code"])
        let info = await switched.send("GET", "/services/oauth2/userinfo", token: granted.accessToken).members
        #expect(info["custom_permissions"]?["Aprity_Admin"] == true)
    }

    @Test("A code is exchanged once, and expires after fifteen minutes of org time")
    func once() async throws {
        let org = try org()
        let code = await decide(org)["code"]
        #expect(await exchange(org, code).status == 200)
        #expect(await exchange(org, code).refusal == "invalid_grant / expired authorization code")
        let late = await decide(org)["code"]
        org.wall.advance(900)
        #expect(await exchange(org, late).refusal == "invalid_grant / expired authorization code")
    }

    @Test(
        "A request that does not fit the code is refused",
        arguments: [
            ("code_verifier", "wrong", "invalid_grant / invalid code verifier"),
            ("code_verifier", nil, "invalid_grant / invalid code verifier"),
            (
                "redirect_uri", "https://other.example/callback",
                "redirect_uri_mismatch / redirect_uri must match configuration"
            ),
            ("client_id", "3MVG9Another", "invalid_client_id / client identifier invalid"),
        ])
    func exchangeRefused(_ name: String, _ value: String?, _ refusal: String) async throws {
        let org = try org()
        let code = await decide(org)["code"]
        #expect(await exchange(org, code, set(name, value)).refusal == refusal)
    }

    @Test("An app that requires its secret refuses an exchange without it; the text is not confirmed")
    func secret() async throws {
        let org = try org { $0.oauthOptions.requiresSecretForWebServerFlow = true }
        let answer = await exchange(org, await decide(org)["code"])
        #expect(answer.refusal == "invalid_client / invalid client credentials")
        #expect(answer.isSynthetic)
        let secret = await org.simulation.document().orgs[0].apps[0].consumerSecret
        #expect(await exchange(org, await decide(org)["code"], set("client_secret", secret)).status == 200)
    }

    @Test(
        "The page refuses a callback URL and scopes that the app does not have",
        arguments: [
            (
                "redirect_uri", Self.callback + "/",
                "error=redirect_uri_mismatch, error_description=redirect_uri must match configuration"
            ),
            ("redirect_uri", "http://localhost:7411/sign-in/salesforce/callback", "error=redirect_uri_mismatch"),
            ("scope", "openid api", "error=invalid_scope, error_description=the requested scope is not allowed"),
            ("client_id", "3MVG9Another", "error=invalid_client_id"),
        ])
    func pageRefused(_ name: String, _ value: String, _ words: String) async throws {
        let answer = await open(try org(), set(name, value))
        #expect(answer.status == 400)
        #expect(String(decoding: answer.body, as: UTF8.self).contains(words))
    }

    @Test("Without a code challenge, the browser returns with the error, unless the app does not require PKCE")
    func challengeMissing() async throws {
        let answer = await open(try org(), set("code_challenge", nil))
        let back = returned(answer)
        #expect(back["error"] == "invalid_request")
        #expect(back["error_description"] == "missing required code challenge")
        #expect(back["state"] == "a b&c")
        let lax = try org { $0.oauthOptions.requiresPKCE = false }
        #expect(await open(lax, set("code_challenge", nil)).status == 200)
    }

    @Test("Denied access and a user who is not pre-authorized get no code")
    func denied() async throws {
        let denied = await decide(try org(), "deny")
        #expect(denied["error"] == "access_denied")
        #expect(denied["error_description"] == "end-user denied authorization")
        #expect(denied["code"] == nil)
        let approved = try org {
            $0.permittedUsers = .adminApprovedPreAuthorized
            $0.permissionSets = ["Aprity_Admin"]
        }
        #expect(await decide(approved, as: "clerk@harbour-bikes.example") == [:])
        #expect(await decide(approved)["code"] != nil)
    }

    @Test("A form from elsewhere gets no code")
    func forged() async throws {
        let org = try org()
        let answer = await org.send(
            "POST", "/services/oauth2/authorize",
            form: request + [("username", Self.admin), ("decision", "allow"), (SetupForm.tokenField, "guessed")])
        #expect(answer.status == 403)
    }

    @Test("A blocked app gets no code, and the block of another app does not matter")
    func blocked() async throws {
        let own = await open(try org { $0.blocked = true })
        #expect(own.status == 400)
        #expect(String(decoding: own.body, as: UTF8.self).contains("error=OAUTH_APP_BLOCKED"))
        let other = try org(state: {
            var app = App(name: "Aprity")
            app.consumerKey = "3MVG9TheAppOfTheConnection"
            app.blocked = true
            $0.orgs[0].apps.append(app)
        })
        #expect(await exchange(other, await decide(other)["code"]).status == 200)
    }
}
