import Foundation
import Testing

@testable import OrgSimulator

/// Policies of the org, the profile and the app that are not in the table of refusals.
@Suite("Policies")
struct PolicyTests {
    @Test("A sign-in is refused outside the profile's login hours, and granted during them")
    func loginHours() async throws {
        var token = try TokenCase()
        var profile = Profile(name: Profile.apiOnly)
        // The tests' time is Monday 21 September 2026, 14:13:20 UTC.
        var hours = LoginHours(day: .monday)
        hours.startMinutes = 14 * 60
        hours.endMinutes = 15 * 60
        profile.loginHours = [hours]
        token.state.orgs[0].profiles = [profile]
        token.state.clock.orgTime = Date(timeIntervalSince1970: 1_790_000_000)
        let org = try TestOrg(token.state)
        let assertion = try await token.assertion()
        #expect(await org.signIn(token, assertion: assertion).status == 200)
        await org.simulation.adjustClock { $0.step(by: 3_600, wall: $1) }
        let late = await org.signIn(token, assertion: assertion)
        #expect(late.refusal == "invalid_grant / ip restricted or invalid login hours")
        #expect(late.isSynthetic)
        #expect(await org.simulation.history.logins.last?.status == "Restricted time")
        await org.simulation.adjustClock { $0.step(by: 6 * 86_400 + 23 * 3_600, wall: $1) }
        #expect(await org.signIn(token, assertion: assertion).status == 200, "a week later")
    }

    @Test(
        "Login hours are those of the right weekday, also before 1970",
        arguments: [
            ("1969-12-31T23:59:59Z", .wednesday, 1_439), ("1969-12-29T00:00:00Z", .monday, 0),
            ("1969-12-28T12:30:00Z", .sunday, 750), ("1969-12-27T08:00:00Z", .saturday, 480),
            ("1970-01-01T00:00:00Z", .thursday, 0),
            ("2026-09-21T14:13:20Z", .monday, 853),
        ] as [(String, LoginHours.Day, Int)])
    func weekdays(_ text: String, _ day: LoginHours.Day, _ minute: Int) throws {
        let time = try Date(text, strategy: .iso8601)
        for other in LoginHours.Day.allCases {
            var hours = LoginHours(day: other)
            hours.startMinutes = minute
            hours.endMinutes = minute + 1
            #expect(hours.contains(time) == (other == day), "\(other)")
        }
    }

    @Test("A state with login hours that end before they start is rejected")
    func wrongHours() throws {
        var token = try TokenCase()
        var profile = Profile(name: Profile.apiOnly)
        var hours = LoginHours(day: .friday)
        hours.endMinutes = 0
        profile.loginHours = [hours]
        token.state.orgs[0].profiles = [profile]
        #expect(throws: StateProblem.self) { try TestOrg(token.state) }
    }

    @Test(
        "With enforceReplay, an assertion gets one token; without it, any number", arguments: [true, false])
    func replay(_ isEnforced: Bool) async throws {
        var token = try TokenCase()
        token.state.switches.enforceReplay = isEnforced
        let org = try TestOrg(token.state)
        let assertion = try await token.assertion()
        #expect(await org.signIn(token, assertion: assertion).status == 200)
        let again = await org.signIn(token, assertion: assertion)
        #expect(again.status == (isEnforced ? 400 : 200))
        if isEnforced {
            #expect(again.refusal == "invalid_grant / invalid assertion")
            #expect(again.isSynthetic)
        }
    }

    @Test(
        "An algorithm other than RS256 is accepted if the org allows it, and refused otherwise",
        arguments: ["RS384", "RS512", "PS256"])
    func algorithms(_ name: String) async throws {
        let token = try TokenCase()
        let assertion = try await PyJWTSigner.assertion(claims: token.claims, key: "first", algorithm: name)
        let strict = try TestOrg(token.state)
        #expect(
            await strict.signIn(token, assertion: assertion).refusal == "invalid_client / invalid client credentials")
        var lenient = token
        lenient.state.switches.algorithms = [try #require(SignatureAlgorithm(rawValue: name))]
        let org = try TestOrg(lenient.state)
        #expect(await org.signIn(lenient, assertion: assertion).status == 200)
        let changed = withOneBitChanged(assertion, at: assertion.utf8.count - 20)
        #expect(await org.signIn(lenient, assertion: changed).status == 400)
        #expect(
            await org.signIn(lenient, assertion: try await lenient.assertion()).status == 400, "RS256 is not accepted")
    }

    @Test(
        "With API Access Control, the token of an uninstalled app is refused, except for users of any client",
        arguments: [true, false])
    func accessControl(_ mayUseAnyClient: Bool) async throws {
        var token = try TokenCase()
        token.state.orgs[0].apiAccessControl = true
        token.state.orgs[0].apps[0].installed = false
        token.state.orgs[0].apps[0].kind = .connectedApp
        token.audience = "\"https://login.salesforce.com\""
        token.state.orgs[0].permissionSets[0].userPermissions += [
            mayUseAnyClient ? "UseAnyApiClient" : "ApproveUninstalledConnectedApps"
        ]
        let org = try TestOrg(token.state)
        let granted = await org.signIn(token, assertion: try await token.assertion())
        #expect(granted.status == 200)
        let limits = await org.send("GET", "/services/data/v67.0/limits", token: granted.accessToken)
        #expect(limits.status == (mayUseAnyClient ? 200 : 401))
        if !mayUseAnyClient {
            #expect(limits.error == "INVALID_SESSION_ID: This session is not valid for use with the REST API")
        }
    }

    @Test("A sandbox refresh keeps the host and the app, changes the org's id, and revokes all tokens")
    func refresh() async throws {
        var token = try TokenCase()
        token.state.orgs[0].isSandbox = true
        let org = try TestOrg(token.state)
        let assertion = try await token.assertion()
        let before = await org.signIn(token, assertion: assertion)
        let old = await org.simulation.document().orgs[0]
        try await org.simulation.refreshSandbox("Harbour Bikes")
        let new = await org.simulation.document().orgs[0]
        #expect(new.id != old.id)
        #expect(new.id.hasPrefix("00D"))
        #expect(new.myDomain == old.myDomain)
        #expect(new.apps.map(\.consumerKey) == old.apps.map(\.consumerKey))
        #expect(new.apps.map(\.certificatePEM) == old.apps.map(\.certificatePEM))
        #expect(Set(new.users.map(\.id)).isDisjoint(with: old.users.map(\.id)))
        let dead = await org.send("GET", "/services/data/v67.0/limits", token: before.accessToken)
        #expect(dead.status == 401)
        let after = await org.signIn(token, assertion: assertion)
        #expect(after.accessToken.hasPrefix(new.id.prefix(15)))
        #expect(await org.simulation.propagationView().pending.isEmpty)
    }

    @Test("Only an existing sandbox can be refreshed", arguments: ["Harbour Bikes", "Nobody"])
    func noRefresh(_ name: String) async throws {
        let org = try TestOrg(try TokenCase().state)
        let before = await org.simulation.document()
        await #expect(throws: StateProblem.self) { try await org.simulation.refreshSandbox(name) }
        #expect(await org.simulation.document().orgs == before.orgs)
    }
}
