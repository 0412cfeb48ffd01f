import Testing

@testable import OrgSimulator

@Suite("The APIs at an org's address")
struct OrgAPITests {
    private func signedIn(_ change: (inout TokenCase) -> Void = { _ in }) async throws -> (TestOrg, String) {
        var request = try TokenCase()
        change(&request)
        let org = try TestOrg(request.state)
        let answer = await org.signIn(request, assertion: try await request.assertion())
        return (org, answer.accessToken)
    }

    private let limits = "/services/data/v67.0/limits"

    @Test("A session expires after 7,200 idle seconds of org time; each use restarts the time")
    func slidingSession() async throws {
        let (org, token) = try await signedIn()
        for _ in 0..<3 {
            await org.simulation.adjustClock { clock, wall in clock.step(by: 7_199, wall: wall) }
            #expect(await org.send("GET", limits, token: token).status == 200)
        }
        await org.simulation.adjustClock { clock, wall in clock.step(by: 7_200, wall: wall) }
        let answer = await org.send("GET", limits, token: token)
        #expect(answer.status == 401)
        let text = #"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#
        #expect(String(decoding: answer.body, as: UTF8.self) == text)
    }

    @Test("A rejected request does not restart the idle time of its session")
    func rejectedRequest() async throws {
        let (org, token) = try await signedIn { $0.state.orgs[0].users[1].apiEnabled = false }
        await org.simulation.adjustClock { clock, wall in clock.step(by: 7_199, wall: wall) }
        #expect(await org.send("GET", limits, token: token).status == 403)
        await org.simulation.adjustClock { clock, wall in clock.step(by: 1, wall: wall) }
        #expect(await org.send("GET", limits, token: token).status == 401)
    }

    @Test("A revoked token is refused by the data API (401) and userinfo (403, plain text)")
    func revoked() async throws {
        let (org, token) = try await signedIn()
        #expect(await org.send("GET", "/services/oauth2/userinfo", token: token).status == 200)
        let revoked = await org.send("POST", "/services/oauth2/revoke", form: [("token", token)])
        #expect(revoked.status == 200)
        #expect(revoked.body.isEmpty)
        #expect(await org.send("GET", limits, token: token).status == 401)
        let userinfo = await org.send("GET", "/services/oauth2/userinfo", token: token)
        #expect(userinfo.status == 403)
        #expect(String(decoding: userinfo.body, as: UTF8.self) == "Bad_OAuth_Token")
        let again = await org.send("POST", "/services/oauth2/revoke", form: [("token", token)])
        #expect(again.status == 400)
        #expect(again.members["error"] == "invalid_token")
    }

    @Test("Every answer of the data API states the used requests, and requests above the daily limit are refused")
    func dailyLimit() async throws {
        let (org, token) = try await signedIn { $0.state.orgs[0].dailyAPIRequestLimit = 2 }
        let first = await org.send("GET", limits, token: token)
        #expect(first.headers.contains { $0 == ("Sforce-Limit-Info", "api-usage=1/2") })
        #expect(first.members["DailyApiRequests"]?["Remaining"] == 1)
        #expect(await org.send("GET", "/services/data/v67.0/", token: token).status == 200)
        let third = await org.send("GET", limits, token: token)
        #expect(third.status == 403)
        #expect(third.error == "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.")
        await org.simulation.adjustClock { clock, wall in clock.step(by: 86_400, wall: wall) }
        // Not 403: a new day has its own limit, but the session has expired.
        #expect(await org.send("GET", limits, token: token).status == 401)
    }

    @Test("A user without API Enabled gets a token and then 403")
    func apiDisabled() async throws {
        let (org, token) = try await signedIn { $0.state.orgs[0].users[1].apiEnabled = false }
        let answer = await org.send("GET", limits, token: token)
        #expect(answer.status == 403)
        #expect(answer.error == "API_DISABLED_FOR_ORG: The REST API is not enabled for this Organization.")
    }

    @Test("A token without the scope api, or of an app that API Access Control bars, is refused by the APIs")
    func uselessToken() async throws {
        let (withoutScope, first) = try await signedIn { $0.state.orgs[0].apps[0].scopes = ["Web", "RefreshToken"] }
        let (barred, second) = try await signedIn { $0.state.orgs[0].apps[0].blockedByAPIAccessControl = true }
        for (org, token) in [(withoutScope, first), (barred, second)] {
            let answer = await org.send("GET", limits, token: token)
            #expect(answer.status == 401)
            #expect(answer.error == "INVALID_SESSION_ID: This session is not valid for use with the REST API")
        }
    }

    @Test("A token of one org is unknown at the address of another org")
    func otherOrg() async throws {
        let (org, token) = try await signedIn {
            var other = Org(name: "Other")
            other.myDomain = "other.my.salesforce.com"
            $0.state.orgs.append(other)
        }
        #expect(await org.send("GET", limits, host: "other.my.salesforce.com", token: token).status == 401)
        #expect(await org.send("GET", limits, token: token).status == 200)
    }

    @Test("Blocking an app or freezing its user revokes the sessions")
    func sessionsEnd() async throws {
        for patch in [
            #""apps":[{"name":"Aprity","blocked":true}]"#,
            #""users":[{"username":"integration@harbour-bikes.example","isFrozen":true}]"#,
        ] {
            let (org, token) = try await signedIn { $0.state.switches.propagation = .instant }
            #expect(await org.send("GET", limits, token: token).status == 200)
            try await org.save(#"{"orgs":[{"name":"Harbour Bikes",\#(patch)}]}"#)
            #expect(await org.send("GET", limits, token: token).status == 401)
        }
    }

    @Test("Versions are listed without a token, and unknown paths get the 404 of their endpoint")
    func paths() async throws {
        let (org, token) = try await signedIn()
        let versions = await org.send("GET", "/services/data/")
        #expect(versions.status == 200)
        let list = String(decoding: versions.body, as: UTF8.self)
        #expect(list.hasSuffix(#"{"label":"Summer '26","url":"/services/data/v67.0","version":"67.0"}]"#))
        #expect(list.hasPrefix(#"[{"label":"Summer '14","url":"/services/data/v31.0","version":"31.0"},"#))
        for path in ["/services/data/v68.0/limits", "/services/data/vx/limits", "/services/data/v67.0/nothing"] {
            let answer = await org.send("GET", path, token: token)
            #expect(answer.status == 404)
            #expect(answer.error == "NOT_FOUND: The requested resource does not exist")
        }
        #expect(await org.send("GET", "/services/data/v30.0/limits", token: token).status == 410)
        let page = await org.send("GET", "/nothing")
        #expect(page.status == 404)
        #expect(page.contentType == "text/html; charset=UTF-8")
        #expect(await org.send("GET", "/", host: "elsewhere.example").status == 404)
    }

    @Test("The identity URL answers only its own user")
    func identity() async throws {
        let (org, token) = try await signedIn()
        let state = await org.simulation.state.orgs[0]
        let answer = await org.send("GET", "/id/\(state.id)/\(state.users[1].id)", token: token)
        #expect(answer.members["username"]?.string == TokenCase.username)
        #expect(await org.send("GET", "/id/\(state.id)/\(state.users[0].id)", token: token).status == 403)
        let missing = await org.send("GET", "/id/\(state.id)/\(state.users[1].id)")
        #expect(String(decoding: missing.body, as: UTF8.self) == "Missing_OAuth_Token")
    }

    @Test("Discovery lists the org and the endpoints at the called address")
    func discovery() async throws {
        let (org, _) = try await signedIn()
        let state = await org.simulation.state.orgs[0]
        let authentication = await org.send("GET", "/.well-known/auth-configuration")
        #expect(authentication.members["OrgId"]?.string == state.id)
        #expect(authentication.members["Url"]?.string == TokenCase.myDomain)
        let openID = await org.send("GET", "/.well-known/openid-configuration", host: "127.0.0.1:9")
        #expect(openID.members["token_endpoint"]?.string == "http://127.0.0.1:9/services/oauth2/token")
    }

    @Test("A fault answers as often as its count, then the org answers again")
    func faults() async throws {
        var state = try TokenCase().state
        var fault = Fault(path: "/services/data/")
        fault.count = 2
        fault.body = "<p>Down</p>"
        state.faults = [fault]
        let org = try TestOrg(state)
        for _ in 0..<2 {
            let answer = await org.send("GET", "/services/data/")
            #expect(answer.status == 503)
            #expect(String(decoding: answer.body, as: UTF8.self) == "<p>Down</p>")
        }
        #expect(await org.send("GET", "/services/data/").status == 200)
    }

    @Test("A request for records counts as business data in the history, whatever the answer")
    func verdicts() async throws {
        let (org, token) = try await signedIn()
        _ = await org.send("GET", "/services/data/v67.0/query?q=SELECT", token: token)
        let record = try #require(await org.simulation.history.requests.last)
        #expect(record.verdict == .touchesBusinessData)
        #expect(record.path == "/services/data/v67.0/query")
        #expect(record.username == TokenCase.username)
    }
}
