internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import JWTBearer
internal import Synchronization
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("Signing in with Salesforce")
struct SalesforceSignInTests {
    private let me = Principal(.commandLine, name: "tester")
    private static let start = "/sign-in/salesforce"

    /// A server on which signing in with Salesforce is set up, and the org.
    private struct Site: Sendable {
        let client: SettingsClient
        let login: ScriptedLogin
        let transport: ScriptedTransport

        /// Begins a sign-in, and returns the parameters of the org's login page.
        func begin(_ query: String = "") async throws -> [String: String] {
            let reply = try await client.get("/sign-in/salesforce" + query)
            #expect(reply.status == 303)
            let address = try #require(reply.headers[.location])
            let items = URLComponents(string: address)?.queryItems ?? []
            return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 })
        }

        /// Lets the org lead the browser back.
        func finish(_ parameters: [String: String], headers: HTTPFields = [:]) async throws -> Reply {
            let query = parameters.map {
                "\($0.key)=\($0.value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            }
            return try await client.get(
                "/sign-in/salesforce/callback?" + query.joined(separator: "&"), headers: headers)
        }

        @discardableResult
        func signIn(_ query: String = "") async throws -> Reply {
            let asked = try await begin(query)
            return try await finish(["code": ScriptedLogin.code, "state": asked["state"] ?? ""])
        }

        /// The requests for tokens that the org got.
        var exchanges: Int { transport.requests.count { $0.head.path == "/services/oauth2/token" } }
    }

    private func site(
        _ wire: Wire = .memory, time: TestTime = TestTime(), logged: LoggedLines = LoggedLines(),
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        let login = ScriptedLogin()
        let transport = login.transport()
        try await SettingsClient.run(wire, time: time, transport: transport, logged: logged) { client in
            _ = try await client.world.service.signInApps.set(.test(), as: me)
            try await body(Site(client: client, login: login, transport: transport))
        }
    }

    // MARK: Success

    @Test(
        "An admin of the org signs in, and the audit record names the person, the role and the org",
        arguments: Wire.allCases)
    func admin(_ wire: Wire) async throws {
        try await site(wire) { site in
            let asked = try await site.begin()
            #expect(asked["redirect_uri"] == "http://127.0.0.1:\(site.client.port)/sign-in/salesforce/callback")
            let reply = try await site.finish(["code": ScriptedLogin.code, "state": asked["state"] ?? ""])
            #expect(reply.status == 200)
            #expect(reply.text.contains("<meta http-equiv=\"refresh\" content=\"0; url=/connections\">"))
            #expect(site.client.cookie != nil)
            let page = try await site.client.get("/connections")
            #expect(page.status == 200)
            #expect(page.text.contains("<a href=\"/account\">ada@acme.example</a>"))
            #expect(try await site.client.get("/users").status == 200)
            #expect(site.login.revokedTokens == [ScriptedLogin.accessToken])
            let event = try #require(
                try await site.client.world.store.events(limit: 5).first { $0.act == .settingsSignIn })
            #expect(
                event.principal.description.wholeMatch(
                    of: /settingsPage:Salesforce ada@acme\.example, session [0-9a-f]{8}/) != nil)
            #expect(event.outcome == "done")
            #expect(
                event.facts == [
                    "method": "salesforce", "role": "admin", "userID": "005000000000001",
                    "organizationID": ScriptedLogin.organizationID,
                ])
        }
    }

    @Test(
        "The cookie of the beginning is sent by other sites' links, that of the session is not, and both are hidden from scripts"
    )
    func cookies() async throws {
        try await site { site in
            let begun = try await site.client.get(Self.start)
            let pending = try #require(begun.headers[.setCookie])
            #expect(pending.hasPrefix("aprity-sign-in-7411="))
            #expect(pending.contains("Max-Age=600"))
            #expect(pending.contains("Path=/"))
            #expect(pending.contains("HttpOnly"))
            #expect(pending.contains("SameSite=Lax"))
            #expect(!pending.contains("Domain"))
            let reply = try await site.signIn()
            let set = reply.headers[values: .setCookie]
            #expect(set.count == 2)
            #expect(set.contains { $0.hasPrefix("aprity-session-7411=") && $0.contains("SameSite=Strict") })
            #expect(set.contains { $0.hasPrefix("aprity-sign-in-7411=;") && $0.contains("Max-Age=0") })
        }
    }

    @Test("The sign-in leads to the page that was wanted, and never to another site")
    func wanted() async throws {
        try await site { site in
            let page = try await site.client.get("/sign-in?to=%2Faudit").text
            #expect(page.contains("id=\"salesforce\" href=\"/sign-in/salesforce?to=%2Faudit\""))
            #expect(try await site.signIn("?to=%2Faudit").text.contains("url=/audit\""))
            #expect(try await site.signIn("?to=https%3A%2F%2Fevil.example%2F").text.contains("url=/connections\""))
        }
    }

    @Test("A user of the org sees everything and changes nothing")
    func user() async throws {
        try await site { site in
            site.login.change { $0.permissions = ["Aprity_User": true] }
            #expect(try await site.signIn().status == 200)
            #expect(try await site.client.get("/connections").status == 200)
            #expect(try await site.client.get("/users").status == 403)
            let change = try await site.client.post(
                "/connections/acme/block", ["formToken": try await site.client.formToken(), "reason": "x"])
            #expect(change.status == 403)
            #expect(change.text.contains("ada@acme.example has the role User"))
        }
    }

    @Test("A sign-in ends the session that the browser had before")
    func formerSession() async throws {
        try await site { site in
            try await site.client.signIn()
            let former = try #require(site.client.cookie)
            try await site.signIn()
            let present = try #require(site.client.cookie)
            #expect(present != former)
            site.client.cookie = former
            #expect(try await site.client.get("/connections").status == 303)
            site.client.cookie = present
            #expect(try await site.client.get("/connections").status == 200)
        }
    }

    @Test("A trial shows who somebody is, and signs nobody in")
    func trial() async throws {
        try await site { site in
            try await site.client.signIn()
            let own = site.client.cookie
            let reply = try await site.signIn("?try=1")
            #expect(reply.status == 200)
            #expect(reply.text.contains("The sign-in works"))
            #expect(reply.text.contains("<dd id=\"person\">ada@acme.example</dd>"))
            #expect(reply.text.contains("Admin (Aprity_Admin)"))
            #expect(!reply.text.contains("http-equiv"))
            #expect(site.client.cookie == own)
            #expect(try await site.client.get("/connections").text.contains("Start token"))
            #expect(site.login.revokedTokens == [ScriptedLogin.accessToken])
            let event = try #require(try await site.client.world.store.events(limit: 1).first)
            #expect(event.outcome == "tried")
            #expect(
                try await site.client.get("/audit").text.contains(
                    "tried the sign-in with Salesforce, which works, and was not signed in."))
        }
    }

    @Test("A block of a connection's app does not keep people out")
    func blocked() async throws {
        try await site { site in
            try await site.client.addConnection()
            _ = try await site.client.world.service.blocks.block("acme", reason: "drill", as: me)
            try await site.signIn()
            #expect(try await site.client.get("/connections/acme").status == 200)
        }
    }

    // MARK: State

    @Test("A state is accepted once", arguments: Wire.allCases)
    func usedTwice(_ wire: Wire) async throws {
        try await site(wire) { site in
            let asked = try await site.begin()
            let answer = ["code": ScriptedLogin.code, "state": asked["state"] ?? ""]
            #expect(try await site.finish(answer).status == 200)
            site.client.cookie = nil
            let again = try await site.finish(answer)
            #expect(again.status == 422)
            #expect(again.text.contains("<code>signInNotStarted</code>"))
            #expect(site.client.cookie == nil)
            #expect(site.exchanges == 1)
        }
    }

    /// What is wrong with the answer that the browser brings.
    enum Fault: CaseIterable, Sendable {
        case wrongState, noState, expired, otherBrowser, noCookie, noCode, emptyCode
    }

    @Test(
        "Without a state of this browser, in time, nothing is sent to the org and nobody is signed in",
        arguments: Fault.allCases)
    func faults(_ fault: Fault) async throws {
        let time = TestTime()
        try await site(time: time) { site in
            var answer = ["code": ScriptedLogin.code, "state": try await site.begin()["state"] ?? ""]
            var headers = HTTPFields()
            switch fault {
            case .wrongState: answer["state"] = String(repeating: "A", count: 43)
            case .noState: answer["state"] = nil
            case .expired: time.advance(by: .seconds(600))
            case .otherBrowser:
                headers[.cookie] = "aprity-sign-in-7411=" + String(repeating: "A", count: 43)
            case .noCookie: headers[.cookie] = "other=1"
            case .noCode: answer["code"] = nil
            case .emptyCode: answer["code"] = ""
            }
            let reply = try await site.finish(answer, headers: headers)
            #expect(reply.status == 422)
            #expect(reply.text.contains("<code>signInNotStarted</code>"))
            #expect(reply.text.contains("href=\"/sign-in\""))
            #expect(site.client.cookie == nil)
            #expect(site.exchanges == 0)
            let again = try await site.finish(["code": ScriptedLogin.code, "state": answer["state"] ?? ""])
            // In another browser, the state is not used up: the right one can still complete its sign-in.
            #expect(again.status == ([.otherBrowser, .noCookie].contains(fault) ? 200 : 422))
        }
    }

    @Test("A sign-in is good for almost ten minutes")
    func inTime() async throws {
        let time = TestTime()
        try await site(time: time) { site in
            let asked = try await site.begin()
            time.advance(by: .seconds(599))
            #expect(try await site.finish(["code": ScriptedLogin.code, "state": asked["state"] ?? ""]).status == 200)
        }
    }

    @Test("A flood of beginnings replaces the oldest ones only")
    func capacity() async throws {
        let world = try await TestWorld(transport: ScriptedLogin().transport())
        _ = try await world.service.signInApps.set(.test(), as: me)
        let pending = PendingSignIns(surroundings: world.surroundings)
        func add() async throws -> (state: String, browser: String) {
            world.time.advance(by: .milliseconds(1))
            let begun = try await world.service.salesforceSignIns.begin(redirectURI: "http://127.0.0.1:7411/")
            let signIn = PendingSignIn(begun: begun, wanted: nil, formerSession: nil, isTrial: false)
            return (begun.state, pending.add(signIn))
        }
        let first = try await add()
        let second = try await add()
        for _ in 1..<PendingSignIns.capacity { _ = try await add() }
        #expect(pending.take(state: first.state, browser: first.browser) == nil)
        #expect(pending.take(state: second.state, browser: second.browser) != nil)
    }

    // MARK: Refusals

    @Test("The org's words about a refused sign-in are shown as text, without anything secret")
    func refusedByOrg() async throws {
        try await site { site in
            let asked = try await site.begin()
            let state = try #require(asked["state"])
            let reply = try await site.finish([
                "state": state, "error": "access_denied",
                "error_description": "end-user denied <script>\(state) \(ScriptedLogin.accessToken)",
            ])
            #expect(reply.status == 403)
            #expect(reply.text.contains("<code>signInRefusedByOrg</code>"))
            #expect(reply.text.contains("access_denied"))
            #expect(reply.text.contains("end-user denied &lt;script&gt;"))
            #expect(!reply.text.contains("<script>"))
            #expect(!reply.text.contains(state))
            #expect(!reply.text.contains("secretAccessToken"))
            #expect(site.exchanges == 0)
        }
    }

    @Test("If access was denied on the org's page, the page says where and by which button")
    func denied() async throws {
        try await site { site in
            let asked = try await site.begin()
            let reply = try await site.finish(["state": asked["state"] ?? "", "error": "access_denied"])
            #expect(reply.status == 403)
            #expect(reply.text.contains("usually with the button Deny"))
            #expect(reply.text.contains("choose Allow on that page"))
            #expect(reply.text.contains("href=\"/sign-in\">Back to the sign-in page"))
            let event = try #require(try await site.client.world.store.events(limit: 1).first)
            #expect(event.facts["error"] == "access_denied")
        }
    }

    @Test("A trial that fails leads back to the setup, not to the sign-in page")
    func failedTrial() async throws {
        try await site { site in
            try await site.client.signIn()
            site.login.change { $0.permissions = [:] }
            let reply = try await site.signIn("?try=1")
            #expect(reply.status == 403)
            #expect(reply.text.contains("href=\"/sign-in-app\">Back to the setup"))
            #expect(!reply.text.contains("href=\"/sign-in\""))
        }
    }

    @Test("An account signs in while the org cannot be reached")
    func orgUnreachable() async throws {
        try await SettingsClient.run(
            transport: ScriptedTransport { _ in throw TransportFailure(.connectionRefused, detail: "scripted") }
        ) { client in
            _ = try await client.world.service.signInApps.set(.test(), as: me)
            try await client.addAccount("alice")
            #expect(try await client.signIn(as: "alice").status == 303)
            #expect(try await client.get("/connections").status == 200)
        }
    }

    @Test("Words that anybody puts into the address are not shown without a sign-in of this browser")
    func strangersWords() async throws {
        try await site { site in
            let reply = try await site.finish(["state": "x", "error": "call +1 555 0100"])
            #expect(reply.status == 422)
            #expect(!reply.text.contains("555"))
        }
    }

    @Test("A person without a permission, and one of another org, get no session, and the audit record says why")
    func noSession() async throws {
        try await site { site in
            site.login.change { $0.permissions = [:] }
            let first = try await site.signIn()
            #expect(first.status == 403)
            #expect(first.text.contains("<code>signInPermissionMissing</code>"))
            site.login.change { $0.organizationID = ScriptedLogin.otherOrganizationID }
            let second = try await site.signIn()
            #expect(second.status == 403)
            #expect(second.text.contains("<code>signInOrganizationWrong</code>"))
            #expect(site.client.cookie == nil)
            #expect(site.login.revokedTokens == [ScriptedLogin.accessToken, ScriptedLogin.accessToken])
            let events = try await site.client.world.store.events(limit: 2)
            #expect(events.map(\.outcome) == ["signInOrganizationWrong", "signInPermissionMissing"])
            #expect(events.allSatisfy { $0.principal.description == "settingsPage:unknown" })
            #expect(
                events.map(\.facts) == [
                    [
                        "method": "salesforce", "userID": "005000000000001",
                        "organizationID": ScriptedLogin.otherOrganizationID, "user": "ada@acme.example",
                    ],
                    [
                        "method": "salesforce", "userID": "005000000000001",
                        "organizationID": ScriptedLogin.organizationID, "user": "ada@acme.example",
                    ],
                ])
            try await site.client.signIn()
            let page = try await site.client.get("/audit").text
            #expect(
                page.contains(
                    "tried to sign in to the Settings page with Salesforce as ada@acme.example, and was refused."))
        }
    }

    @Test("After ten failures, further ones are rate-limited and not recorded, and a right sign-in still works")
    func limited() async throws {
        try await site { site in
            for _ in 0..<10 { #expect(try await site.finish(["state": "x", "code": "y"]).status == 422) }
            #expect(try await site.finish(["state": "x", "code": "y"]).status == 429)
            let refused = try await site.client.world.store.events(limit: 50).filter { $0.act == .settingsSignIn }
            #expect(refused.count == 10)
            #expect(try await site.signIn().status == 200)
        }
    }

    @Test("No token, code, state or verifier is in a log line, the audit record or a page")
    func secrets() async throws {
        let logged = LoggedLines()
        try await site(logged: logged) { site in
            site.login.change { $0.revocation = .json("{}", status: 500) }
            let asked = try await site.begin()
            let state = try #require(asked["state"])
            let reply = try await site.finish(["code": ScriptedLogin.code, "state": state])
            let events = try await site.client.world.store.events(limit: 20).map { "\($0)" }.joined()
            for text in [reply.text, events, logged.all.joined()] {
                #expect(!text.contains("secret"))
                #expect(!text.contains(state))
            }
        }
    }

    // MARK: Sessions

    @Test("A session ends after half an hour without a request, and an hour after the sign-in")
    func limits() async throws {
        let time = TestTime()
        try await site(time: time) { site in
            try await site.signIn()
            time.advance(by: .seconds(1799))
            #expect(try await site.client.get("/connections").status == 200)
            time.advance(by: .seconds(1800))
            #expect(try await site.client.get("/connections").status == 303)
            try await site.signIn()
            for _ in 0..<3 {
                time.advance(by: .seconds(1199))
                #expect(try await site.client.get("/connections").status == 200)
            }
            time.advance(by: .seconds(3))
            #expect(try await site.client.get("/connections").status == 303)
        }
    }

    @Test(
        "The account's page shows the person, offers no password, and signs out everywhere, also elsewhere on the store"
    )
    func everywhere() async throws {
        try await site { site in
            try await site.signIn()
            let page = try await site.client.get("/account").text
            #expect(page.contains("<dd id=\"account\">ada@acme.example, with Salesforce</dd>"))
            #expect(page.contains("1 hour after the sign-in"))
            #expect(!page.contains("id=\"password-form\""))
            let begun = try await site.client.world.service.salesforceSignIns.begin(redirectURI: "http://127.0.0.1/")
            let elsewhere = try await site.client.world.service.salesforceSignIns.person(of: begun, code: "c")
            let out = try await site.client.post(
                "/account",
                ["formToken": try await site.client.formToken(on: "/account"), "act": "sign-out-everywhere"])
            #expect(out.headers[.location] == "/sign-in")
            #expect(try await site.client.get("/connections").status == 303)
            #expect(try await !site.client.world.service.salesforceSignIns.isValid(elsewhere))
        }
    }

    @Test("Removing the app ends the sessions at the next request")
    func removed() async throws {
        try await site { site in
            try await site.signIn()
            try await site.client.world.service.signInApps.remove(as: me)
            #expect(try await site.client.get("/connections").status == 303)
        }
    }

    // MARK: Pages

    @Test("Under another loopback name, the sign-in begins at the server's own origin")
    func otherName() async throws {
        try await site { site in
            let reply = try await site.client.send(.get, "/sign-in/salesforce?to=%2Faudit", host: "localhost:7411")
            #expect(reply.status == 303)
            #expect(reply.headers[.location] == "http://127.0.0.1:7411/sign-in/salesforce?to=%2Faudit")
            #expect(reply.headers[.setCookie] == nil)
        }
    }

    @Test("The sign-in page has the button only if the app is set up, and the start token stays")
    func button() async throws {
        try await site { site in
            let page = try await site.client.get("/sign-in").text
            #expect(page.contains("href=\"/sign-in/salesforce\""))
            #expect(page.contains("name=\"startToken\""))
            try await site.client.world.service.signInApps.remove(as: me)
            #expect(!(try await site.client.get("/sign-in").text.contains("salesforce")))
            let reply = try await site.client.get(Self.start)
            #expect(reply.status == 400)
            #expect(reply.text.contains("<code>signInAppMissing</code>"))
        }
    }

    @Test("An admin sets it up on its page, which shows the Callback URL, and removes it")
    func setUp() async throws {
        let login = ScriptedLogin()
        try await SettingsClient.run(transport: login.transport()) { client in
            try await client.signIn()
            #expect(try await client.get("/users").text.contains("href=\"/sign-in-app\""))
            let page = try await client.get("/sign-in-app").text
            #expect(page.contains("A new app takes up to 30 minutes to work."))
            #expect(page.contains("data-copy>http://127.0.0.1:7411/sign-in/salesforce/callback</code>"))
            #expect(!page.contains("id=\"try\""))
            func post(_ fields: [String: String]) async throws -> Reply {
                let form = ["formToken": try await client.formToken()].merging(fields) { $1 }
                return try await client.post("/sign-in-app", form)
            }
            let entered = [
                "act": "set", "loginHost": "acme.my.salesforce.com", "consumerKey": ScriptedLogin.consumerKey,
                "organizationID": "00D000000000001",
            ]
            let wrong = try await post(entered.merging(["organizationID": "005000000000001"]) { $1 })
            #expect(wrong.status == 400)
            #expect(wrong.text.contains("value=\"005000000000001\""))
            #expect(try await post(entered).status == 303)
            let present = try await client.get("/sign-in-app").text
            #expect(present.contains("<code>redirect_uri_mismatch</code>"))
            #expect(present.contains("id=\"try\" href=\"/sign-in/salesforce?try=1\""))
            #expect(present.contains("<code>\(ScriptedLogin.organizationID)</code>"))
            #expect(try await client.get("/users").text.contains("<code>https://acme.my.salesforce.com</code>"))
            #expect(try await post(["act": "remove"]).status == 303)
            #expect(try await post(["act": "remove"]).status == 400)
        }
    }
}
