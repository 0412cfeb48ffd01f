import Foundation
import Testing

@testable import OrgSimulator

/// A sign-in that succeeds.
struct AcceptedCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (inout TokenCase) throws -> Void

    init(_ name: String, _ apply: @escaping @Sendable (inout TokenCase) throws -> Void) {
        testDescription = name
        self.apply = apply
    }

    static let all: [AcceptedCase] = [
        AcceptedCase("as it should be") { _ in },
        AcceptedCase("by loopback, audience as called") {
            $0.host = "127.0.0.1:7412"
            $0.audience = "\"http://127.0.0.1:7412\""
        },
        AcceptedCase("by loopback, My Domain audience") { $0.host = "localhost:7412" },
        AcceptedCase("connected app by the login host") {
            $0.host = "login.salesforce.com"
            $0.audience = "\"https://login.salesforce.com\""
            $0.state.orgs[0].apps[0].kind = .connectedApp
        },
        AcceptedCase("connected app of a sandbox by the test host") {
            $0.host = "test.salesforce.com"
            $0.audience = "\"https://test.salesforce.com\""
            $0.state.orgs[0].apps[0].kind = .connectedApp
            $0.state.orgs[0].isSandbox = true
        },
        AcceptedCase("connected app, My Domain audience allowed") {
            $0.state.orgs[0].apps[0].kind = .connectedApp
            $0.state.switches.myDomainAudienceForConnectedApp = true
        },
        AcceptedCase("External Client App at a shared login host, if allowed") {
            $0.host = "login.salesforce.com"
            $0.audience = "\"https://login.salesforce.com\""
            $0.state.switches.legacyHostsServeExternalClientApps = true
        },
        AcceptedCase("External Client App, shared login host as audience allowed") {
            $0.audience = "\"https://login.salesforce.com\""
            $0.state.switches.legacyAudienceForExternalClientApp = true
        },
        AcceptedCase("exp within the leeway") { $0.expiry = "1789999940" },
        AcceptedCase("exp in milliseconds, far ahead") { $0.expiry = "1790000000300" },
        AcceptedCase("exp as text") { $0.expiry = "\"1790000150\"" },
        AcceptedCase("nbf ahead, which nobody looks at") { $0.notBefore = "1790000140" },
        AcceptedCase("nbf within the leeway, looked at") {
            $0.notBefore = "1790000059"
            $0.state.switches.enforceNotBefore = true
        },
        AcceptedCase("byte order mark, when taken") {
            $0.hasByteOrderMark = true
            $0.state.switches.acceptByteOrderMark = true
        },
        AcceptedCase("parameters in the query of the address") { $0.isInQuery = true },
        AcceptedCase("among several algorithms") { $0.state.switches.algorithms = [.rs384, .rs256, .ps256] },
        AcceptedCase("prn in place of sub") { $0.subject = ("prn", TokenCase.username) },
        AcceptedCase("username in capitals") { $0.subject = ("sub", TokenCase.username.uppercased()) },
        AcceptedCase("expired certificate") {
            $0.state.orgs[0].apps[0].certificatePEM = try TestFiles.text("expired.crt")
        },
        AcceptedCase("certificate without armour") {
            let lines = try TestFiles.text("first.crt").split(separator: "\n")
            $0.state.orgs[0].apps[0].certificatePEM = lines.dropFirst().dropLast().joined()
        },
        AcceptedCase("pre-authorized by profile") {
            $0.state.orgs[0].apps[0].permissionSets = []
            $0.state.orgs[0].apps[0].profiles = [Profile.apiOnly]
        },
        AcceptedCase("pre-authorized by a group") {
            var group = PermissionSetGroup(name: "Integrations")
            group.permissionSets = ["Aprity_Admin"]
            $0.state.orgs[0].groups = [group]
            $0.state.orgs[0].users[1].groups = ["Integrations"]
            $0.state.orgs[0].apps[0].permissionSets = ["Aprity_Admin"]
        },
        AcceptedCase("pre-authorized by a group that the app names") {
            $0.state.orgs[0].groups = [PermissionSetGroup(name: "Integrations")]
            $0.state.orgs[0].users[1].groups = ["Integrations"]
            $0.state.orgs[0].apps[0].permissionSets = ["Integrations"]
        },
        AcceptedCase("self-authorized, approved with refresh token") {
            var approval = Approval(username: TokenCase.username)
            approval.scopes = ["Api", "RefreshToken"]
            $0.state.orgs[0].apps[0].permittedUsers = .allSelfAuthorized
            $0.state.orgs[0].apps[0].approvals = [approval]
        },
        AcceptedCase("address inside the profile's ranges") {
            var profile = Profile(name: Profile.apiOnly)
            profile.loginIPRanges = [IPRange(start: "192.0.2.0", end: "192.0.2.255")]
            $0.state.orgs[0].profiles = [profile]
        },
        AcceptedCase("uninstalled connected app, user may approve such apps") {
            $0.state.orgs[0].apps[0].kind = .connectedApp
            $0.state.orgs[0].apps[0].installed = false
            $0.audience = "\"https://login.salesforce.com\""
            $0.state.orgs[0].permissionSets[0].userPermissions.append("UseAnyApiClient")
        },
    ]
}

@Suite("Tokens that are granted")
struct TokenGrantTests {
    @Test(
        "A valid assertion gets a token; with one bit of its signature changed, it does not",
        arguments: AcceptedCase.all)
    func accepted(_ accepted: AcceptedCase) async throws {
        var request = try TokenCase()
        try accepted.apply(&request)
        let org = try TestOrg(request.state)
        let assertion = try await request.assertion()
        let twin = withOneBitChanged(assertion, at: assertion.utf8.count - 40)
        #expect(await org.signIn(request, assertion: twin).refusal == "invalid_client / invalid client credentials")
        #expect(await org.signIn(request, assertion: assertion).status == 200)
    }

    @Test("PyJWT's assertion gets a token; with a changed signature or claim, it does not")
    func pyJWT() async throws {
        let request = try TokenCase()
        let org = try TestOrg(request.state)
        let assertion = try await PyJWTSigner.assertion(claims: request.claims, key: "first")
        #expect(await org.signIn(request, assertion: assertion).status == 200)
        let parts = assertion.split(separator: ".")
        let claims = request.claims.replacing("1790000150", with: "1790000151")
        let changed = "\(parts[0]).\(base64url(Array(claims.utf8))).\(parts[2])"
        for twin in [changed, withOneBitChanged(assertion, at: assertion.utf8.count - 100)] {
            #expect(await org.signIn(request, assertion: twin).refusal == "invalid_client / invalid client credentials")
        }
        let stronger = try await PyJWTSigner.assertion(claims: request.claims, key: "first", algorithm: "RS512")
        #expect(await org.signIn(request, assertion: stronger).refusal == "invalid_client / invalid client credentials")
    }

    @Test("The answer has five members in the form of a real org's")
    func answer() async throws {
        let request = try TokenCase()
        let org = try TestOrg(request.state)
        await org.simulation.setListeningURL(at: "http://127.0.0.1:7412")
        let answer = await org.signIn(request, assertion: try await request.assertion())
        let state = await org.simulation.state.orgs[0]
        #expect(answer.accessToken.wholeMatch(of: /(00D\w{12,15})![.\w]*/) != nil)
        #expect(answer.accessToken.count == 112)
        #expect(answer.accessToken.hasPrefix(state.id.prefix(15) + "!"))
        let members: JSONValue = [
            "access_token": .string(answer.accessToken), "scope": "api", "instance_url": "http://127.0.0.1:7412",
            "id": .string("http://127.0.0.1:7412/id/\(state.id)/\(state.users[1].id)"), "token_type": "Bearer",
        ]
        #expect(String(decoding: answer.body, as: UTF8.self) == members.text)
        #expect(answer.contentType == "application/json;charset=UTF-8")
        #expect(
            answer.headers.contains {
                $0 == ("Cache-Control", "no-cache,must-revalidate,max-age=0,no-store,private")
            })
    }

    @Test("The same token is returned while it is valid, unless a switch disables that")
    func reuse() async throws {
        var request = try TokenCase()
        let assertion = try await request.assertion()
        let org = try TestOrg(request.state)
        let first = await org.signIn(request, assertion: assertion).accessToken
        #expect(await org.signIn(request, assertion: assertion).accessToken == first)
        request.state.switches.reuseToken = false
        let other = try TestOrg(request.state)
        let second = await other.signIn(request, assertion: assertion).accessToken
        #expect(await other.signIn(request, assertion: assertion).accessToken != second)
    }

    @Test("A user's sign-ins are limited per hour, by default to 3,600, and work again an hour later")
    func rate() async throws {
        var request = try TokenCase()
        #expect(request.state.switches.loginsPerHour == 3_600)
        request.state.switches.loginsPerHour = 40
        let org = try TestOrg(request.state)
        let assertion = try await request.assertion()
        for _ in 0..<40 { #expect(await org.signIn(request, assertion: assertion).status == 200) }
        #expect(await org.signIn(request, assertion: assertion).refusal == "invalid_grant / login rate exceeded")
        await org.simulation.adjustClock { clock, wall in clock.step(by: 3_600, wall: wall) }
        #expect(await org.signIn(request, assertion: assertion).status == 200)
    }

    @Test("exp follows wall time and its offset, not org time")
    func clocks() async throws {
        var request = try TokenCase()
        let assertion = try await request.assertion()
        let org = try TestOrg(request.state)
        await org.simulation.adjustClock { clock, wall in clock.step(by: 86_400, wall: wall) }
        #expect(await org.signIn(request, assertion: assertion).status == 200)
        request.state.clock.dateHeaderOffsetSeconds = 211
        let ahead = try TestOrg(request.state)
        #expect(
            await ahead.signIn(request, assertion: assertion).refusal == "invalid_grant / expired authorization code")
    }

    @Test("Neither history nor state holds a token or an assertion")
    func secrets() async throws {
        let request = try TokenCase()
        let org = try TestOrg(request.state)
        let assertion = try await request.assertion()
        let token = await org.signIn(request, assertion: assertion).accessToken
        _ = await org.send("GET", "/services/oauth2/revoke?token=\(TestOrg.escaped(token))")
        let history = String(decoding: try StateDocument.write(await org.simulation.historyView()), as: UTF8.self)
        let state = String(decoding: try StateDocument.write(await org.simulation.document()), as: UTF8.self)
        let written = history + state
        #expect(!written.contains(token.suffix(40)))
        #expect(!written.contains(assertion.suffix(40)))
    }
}
