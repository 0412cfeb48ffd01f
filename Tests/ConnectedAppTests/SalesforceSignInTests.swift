internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import JWTBearer
internal import Synchronization
internal import Testing

@testable internal import ConnectedApp

@Suite("Sign in with Salesforce")
struct SalesforceSignInTests {
    private static let redirectURI = "http://127.0.0.1:7411/sign-in/salesforce/callback"
    private let me = Principal(.commandLine, name: "tester")

    /// A world with the app for signing in, and its org.
    private func world(_ change: (inout ScriptedLogin.Answers) -> Void = { _ in }) async throws -> (
        world: TestWorld, login: ScriptedLogin, transport: ScriptedTransport
    ) {
        let login = ScriptedLogin()
        let transport = login.transport()
        let world = try await TestWorld(transport: transport)
        _ = try await world.service.signInApps.set(.test(), as: me)
        login.change(change)
        return (world, login, transport)
    }

    private func signIn(_ world: TestWorld) async throws -> SalesforcePerson {
        let begun = try await world.service.salesforceSignIns.begin(redirectURI: Self.redirectURI)
        return try await world.service.salesforceSignIns.person(of: begun, code: ScriptedLogin.code)
    }

    private func fields(_ text: some StringProtocol) -> [String: String] {
        Dictionary(
            text.split(separator: "&").map { pair in
                let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(halves[0]), halves.last.flatMap { String($0).removingPercentEncoding } ?? "")
            }, uniquingKeysWith: { $1 })
    }

    // MARK: The requests

    @Test("The challenge is that of RFC 7636, appendix B")
    func challenge() {
        #expect(
            BegunSignIn.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
                == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test("The address asks for a code with PKCE, for two scopes, and contains no verifier")
    func address() async throws {
        let (world, _, transport) = try await world()
        let sent = transport.requests.count
        let begun = try await world.service.salesforceSignIns.begin(redirectURI: Self.redirectURI)
        let parts = begun.address.split(separator: "?")
        #expect(parts[0] == "https://acme.my.salesforce.com/services/oauth2/authorize")
        let query = fields(parts[1])
        #expect(
            query == [
                "response_type": "code", "client_id": ScriptedLogin.consumerKey, "redirect_uri": Self.redirectURI,
                "scope": "openid custom_permissions", "state": begun.state, "code_challenge_method": "S256",
                "code_challenge": BegunSignIn.challenge(begun.verifier),
            ])
        #expect(begun.state.count == 43)
        #expect(begun.verifier.count == 43)
        #expect(!begun.address.contains(begun.verifier))
        #expect("\(begun)" == "BegunSignIn(hidden)")
        #expect(transport.requests.count == sent)
        let next = try await world.service.salesforceSignIns.begin(redirectURI: Self.redirectURI)
        #expect(next.state != begun.state)
        #expect(next.verifier != begun.verifier)
    }

    @Test("The code is exchanged with the verifier and without a secret, and nothing goes to another host")
    func exchange() async throws {
        let (world, login, transport) = try await world()
        let sent = transport.requests.count
        let begun = try await world.service.salesforceSignIns.begin(redirectURI: Self.redirectURI)
        let person = try await world.service.salesforceSignIns.person(of: begun, code: ScriptedLogin.code)
        #expect(person.name == "ada@acme.example")
        #expect(person.role == .admin)
        #expect(person.userID == "005000000000001")
        #expect(person.organizationID.description == ScriptedLogin.organizationID)
        let requests = transport.requests.dropFirst(sent)
        #expect(
            requests.map { String(($0.head.path ?? "").prefix { $0 != "?" }) } == [
                "/services/oauth2/token", "/services/oauth2/userinfo",
                "/id/\(ScriptedLogin.organizationID)/005000000000001AAA", "/services/oauth2/revoke",
            ])
        #expect(requests.allSatisfy { $0.head.authority == "acme.my.salesforce.com" })
        #expect(requests.allSatisfy { $0.head.scheme == "https" })
        #expect(
            fields(String(decoding: try #require(requests.first).body, as: UTF8.self)) == [
                "grant_type": "authorization_code", "code": ScriptedLogin.code, "client_id": ScriptedLogin.consumerKey,
                "redirect_uri": Self.redirectURI, "code_verifier": begun.verifier,
            ])
        #expect(requests.allSatisfy { $0.head.path?.contains(ScriptedLogin.accessToken) == false })
        #expect(login.revokedTokens == [ScriptedLogin.accessToken])
    }

    @Test("If the userinfo endpoint lists the custom permissions, the identity URL is not asked")
    func userInfoIsEnough() async throws {
        let (world, _, transport) = try await world { $0.permissionsInUserInfo = ["Aprity_User": true] }
        #expect(try await signIn(world).role == .user)
        #expect(!transport.requests.contains { $0.head.path?.hasPrefix("/id/") == true })
    }

    // MARK: Roles

    @Test(
        "The custom permissions decide the role; with both, the person is an admin",
        arguments: [
            (["Aprity_Admin": true], Role.admin), (["Aprity_User": true], .user),
            (["Aprity_Admin": true, "Aprity_User": true], .admin),
            (["Aprity_Admin": false, "Aprity_User": true, "Other": true], .user),
        ])
    func roles(_ permissions: [String: Bool], _ role: Role) async throws {
        let (world, _, _) = try await world { $0.permissions = permissions }
        #expect(try await signIn(world).role == role)
    }

    @Test(
        "Without either permission the person is refused, with a remedy, and the token is revoked",
        arguments: [
            [:], ["Aprity_Admin": false, "Aprity_User": false], ["aprity_admin": true, "x__Aprity_Admin": true],
        ])
    func noRole(_ permissions: [String: Bool]) async throws {
        let (world, login, _) = try await world { $0.permissions = permissions }
        let error = await #expect(throws: ConnectedAppError.self) { try await signIn(world) }
        #expect(error?.cause == .signInPermissionMissing)
        #expect(error?.description.contains("ada@acme.example") == true)
        #expect(error?.remedy.contains("permission set") == true)
        #expect(login.revokedTokens == [ScriptedLogin.accessToken])
    }

    // MARK: Failures

    /// A failure after a token was issued.
    enum Failure: CaseIterable, Sendable {
        case orgInIdentityURL, orgInToken, orgInUserInfo, mapMissing, userInfoRefused, userInfoLost, userInfoForeign
        case twoUsers, noAccessToken, refusedWithToken

        var cause: Cause {
            switch self {
            case .orgInIdentityURL, .orgInToken, .orgInUserInfo: .signInOrganizationWrong
            case .mapMissing, .userInfoRefused, .userInfoForeign, .twoUsers: .signInIdentityUnread
            case .userInfoLost: .connectionRefused
            case .noAccessToken: .answerUnintelligible
            case .refusedWithToken: .signInRefusedByOrg
            }
        }

        func arrange(_ answers: inout ScriptedLogin.Answers) {
            let other = ScriptedLogin.otherOrganizationID
            switch self {
            case .orgInIdentityURL: answers.token = ScriptedLogin.grant(organizationID: other)
            case .orgInToken:
                answers.token = ScriptedLogin.grant(accessToken: "00D000000000002!AQ.secretAccessToken0123456789")
            case .orgInUserInfo: answers.organizationID = other
            case .mapMissing: answers.permissions = nil
            case .userInfoRefused: answers.userInfo = ScriptedAnswer(403, pieces: [Array("Bad_OAuth_Token".utf8)])
            case .userInfoLost: answers.isLost = true
            case .userInfoForeign: answers.userInfo = .json("<html>maintenance</html>")
            case .twoUsers:
                answers.userInfo = .json(
                    "{\"user_id\":\"005000000000009\",\"organization_id\":\"\(ScriptedLogin.organizationID)\"}")
            case .noAccessToken:
                answers.token = ScriptedLogin.grant(accessToken: nil, refreshToken: ScriptedLogin.refreshToken)
            case .refusedWithToken:
                answers.token = .json(
                    "{\"error\":\"invalid_grant\",\"access_token\":\"\(ScriptedLogin.accessToken)\"}", status: 400)
            }
        }

        var tokens: [String] {
            switch self {
            case .noAccessToken: [ScriptedLogin.refreshToken]
            case .orgInToken: ["00D000000000002!AQ.secretAccessToken0123456789"]
            case .orgInIdentityURL, .orgInUserInfo, .mapMissing, .userInfoRefused, .userInfoLost, .userInfoForeign,
                .twoUsers, .refusedWithToken:
                [ScriptedLogin.accessToken]
            }
        }
    }

    @Test(
        "Each failure has its cause, the token is revoked, and the error does not contain it",
        arguments: Failure.allCases)
    func failures(_ failure: Failure) async throws {
        let (world, login, _) = try await world { failure.arrange(&$0) }
        let error = try #require(await #expect(throws: ConnectedAppError.self) { try await signIn(world) })
        #expect(error.cause == failure.cause)
        #expect(login.revokedTokens == failure.tokens)
        #expect(!error.debugDescription.contains("secret"))
    }

    @Test("A token of another org is not even sent to the userinfo endpoint")
    func foreignTokenUnused() async throws {
        let (world, _, transport) = try await world { Failure.orgInIdentityURL.arrange(&$0) }
        await #expect(throws: ConnectedAppError.self) { try await signIn(world) }
        #expect(!transport.requests.contains { $0.head.path == "/services/oauth2/userinfo" })
    }

    @Test("The org's words about a refused code are shown, without the code and the verifier")
    func refusedCode() async throws {
        let (world, login, _) = try await world()
        let begun = try await world.service.salesforceSignIns.begin(redirectURI: Self.redirectURI)
        login.change {
            $0.token = .json(
                "{\"error\":\"invalid_grant\",\"error_description\":\"invalid code verifier \(begun.verifier) \(ScriptedLogin.code)\"}",
                status: 400)
        }
        let error = try #require(
            await #expect(throws: ConnectedAppError.self) {
                try await world.service.salesforceSignIns.person(of: begun, code: ScriptedLogin.code)
            })
        #expect(error.cause == .signInRefusedByOrg)
        #expect(error.evidence["error"] == "invalid_grant")
        #expect(error.evidence["status"] == "400")
        #expect(error.evidence["errorDescription"]?.hasPrefix("invalid code verifier") == true)
        #expect(!error.debugDescription.contains(begun.verifier))
        #expect(!error.debugDescription.contains("secretCode"))
        #expect(login.revokedTokens == [])
    }

    @Test("A refresh token that nobody asked for is revoked too")
    func refreshToken() async throws {
        let (world, login, _) = try await world {
            $0.token = ScriptedLogin.grant(refreshToken: ScriptedLogin.refreshToken)
        }
        #expect(try await signIn(world).role == .admin)
        #expect(login.revokedTokens == [ScriptedLogin.accessToken, ScriptedLogin.refreshToken])
    }

    @Test("A revocation that fails is counted and logged without the token, and the person is signed in")
    func revocationFails() async throws {
        let login = ScriptedLogin()
        let logged = LoggedLines()
        var surroundings = Surroundings.test(TestTime())
        surroundings.troubles = Troubles(logger: logged.logger())
        let store = MemoryStore()
        var builder = ServiceBuilder(store, ring: try MasterKeyRing.test(), surroundings: surroundings)
        builder.transports = OneTransport(login.transport())
        _ = try await builder.records.initialise()
        let service = builder.service()
        _ = try await service.signInApps.set(.test(), as: me)
        login.change { $0.revocation = .json("{\"error\":\"server_error\"}", status: 500) }
        let begun = try await service.salesforceSignIns.begin(redirectURI: Self.redirectURI)
        let person = try await service.salesforceSignIns.person(of: begun, code: ScriptedLogin.code)
        #expect(person.role == .admin)
        #expect(surroundings.troubles.counts[.tokenRevocation] == 1)
        #expect(logged.all.count == 1)
        #expect(!logged.all.joined().contains("secret"))
    }

    @Test(
        "A token that cannot be sent in a header is not used, but revoked",
        arguments: ["a b", "x\r\nHost: evil.example", "z\u{FC}rich", String(repeating: "a", count: 8193)])
    func unusualToken(_ token: String) async throws {
        let (world, login, transport) = try await world { $0.token = ScriptedLogin.grant(accessToken: token) }
        let error = await #expect(throws: ConnectedAppError.self) { try await signIn(world) }
        #expect(error?.cause == .answerUnintelligible)
        #expect(login.revokedTokens == [token])
        #expect(!transport.requests.contains { $0.head.headerFields[.authorization] != nil })
    }

    /// Remembers the limits of the requests to a path.
    private final class LimitedTransport: HTTPTransport {
        private let base: ScriptedTransport
        private let path: String
        private let limits = Mutex<[ExchangeLimits]>([])

        init(base: ScriptedTransport, path: String) { (self.base, self.path) = (base, path) }

        var times: [Duration] { limits.withLock { $0.map(\.total) } }

        func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
            if request.head.path == path { self.limits.withLock { $0.append(limits) } }
            return try await base.send(request, within: limits)
        }
    }

    @Test("A revocation has ten seconds, because somebody waits for the page")
    func revocationLimit() async throws {
        let transport = LimitedTransport(base: ScriptedLogin().transport(), path: "/services/oauth2/revoke")
        let world = try await TestWorld(transport: transport)
        _ = try await world.service.signInApps.set(.test(), as: me)
        _ = try await signIn(world)
        #expect(transport.times == [.seconds(10)])
    }

    @Test("A token that the org already calls invalid counts as revoked")
    func alreadyInvalid() async throws {
        let (world, _, _) = try await world { $0.revocation = .json("{\"error\":\"invalid_token\"}", status: 400) }
        _ = try await signIn(world)
        #expect(world.surroundings.troubles.counts[.tokenRevocation] == 0)
    }

    @Test("Nothing is exchanged if the app was set up again meanwhile")
    func changedMeanwhile() async throws {
        let (world, _, transport) = try await world()
        let begun = try await world.service.salesforceSignIns.begin(redirectURI: Self.redirectURI)
        _ = try await world.service.signInApps.set(.test(), as: me)
        let sent = transport.requests.count
        let error = await #expect(throws: ConnectedAppError.self) {
            try await world.service.salesforceSignIns.person(of: begun, code: ScriptedLogin.code)
        }
        #expect(error?.cause == .signInNotStarted)
        #expect(transport.requests.count == sent)
    }

    // MARK: Sessions

    @Test("Signing out everywhere ends the person's earlier sessions, not later ones or those of others")
    func signOut() async throws {
        let (world, login, _) = try await world()
        let signIns = world.service.salesforceSignIns
        let ada = try await signIn(world)
        login.change {
            $0.userID = "005000000000009AAA"
            $0.token = ScriptedLogin.grant(
                identityURL: "https://x.example/id/\(ScriptedLogin.organizationID)/005000000000009AAA")
        }
        let bob = try await signIn(world)
        login.change {
            $0.userID = "005000000000001AAA"
            $0.token = nil
        }
        try await signIns.endSessions(of: ada, as: me)
        #expect(try await !signIns.isValid(ada))
        #expect(try await signIns.isValid(bob))
        let again = try await signIn(world)
        #expect(try await signIns.isValid(again))
        try await signIns.endSessions(of: again, as: me)
        #expect(try await !signIns.isValid(again))
        let acts = try await world.store.events(limit: 2).map(\.act)
        #expect(acts == [.signedOutEverywhere, .signedOutEverywhere])
    }

    /// What ends all sessions with Salesforce.
    enum Ending: CaseIterable, Sendable { case removed, setAgain, altered }

    @Test("The sessions end when the app is removed, set up again or altered", arguments: Ending.allCases)
    func endings(_ ending: Ending) async throws {
        let (world, _, _) = try await world()
        let person = try await signIn(world)
        #expect(try await world.service.salesforceSignIns.isValid(person))
        switch ending {
        case .removed: try await world.service.signInApps.remove(as: me)
        case .setAgain: _ = try await world.service.signInApps.set(.test(), as: me)
        case .altered: try await world.corrupt(.signInApp, SignInAppRecord.onlyID)
        }
        #expect(try await !world.service.salesforceSignIns.isValid(person))
    }
}

@Suite("The app for signing in")
struct SignInAppTests {
    private let me = Principal(.commandLine, name: "tester")
    private static let connectionsKey = "3MVG9.consumer_key"

    private func world(
        _ change: (inout ScriptedLogin.Answers) -> Void = { _ in }
    ) async throws -> TestWorld {
        let login = ScriptedLogin()
        login.change(change)
        return try await TestWorld(transport: login.transport())
    }

    @Test("The app is shown with its settings, and the audit record has the org and no complete Consumer Key")
    func shown() async throws {
        let world = try await world { $0.reported = ScriptedLogin.organizationID }
        let apps = world.service.signInApps
        #expect(try await apps.presence() == .missing)
        let view = try await apps.set(.test(organizationID: " 00D000000000001 "), as: me)
        #expect(view.organizationID == ScriptedLogin.organizationID)
        #expect(view.loginHost == ScriptedLogin.host)
        #expect(view.consumerKey == ScriptedLogin.consumerKey)
        #expect(try await apps.presence() == .present(view))
        let event = try #require(try await world.store.events(limit: 1).first)
        #expect(event.act == .signInAppSet)
        #expect(event.facts["organizationID"] == ScriptedLogin.organizationID)
        #expect(event.facts["consumerKey"] == "3MVG9.si…_app")
    }

    @Test(
        "Settings that cannot work are rejected",
        arguments: [
            (NewSignInApp.test(loginHost: "https://login.salesforce.com"), Cause.usage),
            (.test(loginHost: "https://acme.example"), .hostNotAllowed),
            (.test(loginHost: "http://acme.my.salesforce.com"), .clearTextRefused),
            (.test(organizationID: "00D000000000001EAB"), .usage), (.test(organizationID: ""), .usage),
            (.test(consumerKey: "short"), .consumerKeyMalformed),
            (.test(consumerKey: String(repeating: "0123456789ABCDEF", count: 4)), .consumerSecretGiven),
        ])
    func rejected(_ new: NewSignInApp, _ cause: Cause) async throws {
        let world = try await world()
        let error = await #expect(throws: ConnectedAppError.self) {
            try await world.service.signInApps.set(new, as: me)
        }
        #expect(error?.cause == cause)
        #expect(try await world.service.signInApps.presence() == .missing)
    }

    @Test("An org id whose last three characters do not fit is described as such, and others in general")
    func wrongCheckCharacters() throws {
        let wrong = #expect(throws: ConnectedAppError.self) { try OrganizationID(entered: "00D2E000000ncKPUAZ") }
        #expect(wrong?.cause == .usage)
        #expect(wrong?.detail?.hasPrefix("The last three characters of this org id do not fit the first 15") == true)
        let short = #expect(throws: ConnectedAppError.self) { try OrganizationID(entered: "00D2E000000ncKPUA") }
        #expect(short?.detail?.hasPrefix("An org id has 15 or 18 characters") == true)
        #expect(try OrganizationID(entered: " 00D2E000000ncKPUAY ").description == "00D2E000000ncKPUAY")
    }

    @Test("An org id other than the one that the login host reports is rejected")
    func wrongOrg() async throws {
        let world = try await world { $0.reported = ScriptedLogin.otherOrganizationID }
        let error = await #expect(throws: ConnectedAppError.self) {
            try await world.service.signInApps.set(.test(), as: me)
        }
        #expect(error?.cause == .usage)
        #expect(error?.evidence["reported"] == ScriptedLogin.otherOrganizationID)
    }

    @Test("It cannot be the app of a connection, even of a blocked one")
    func sharedWithConnection() async throws {
        let world = try await world()
        _ = try await world.service.connections.add(.test("acme", consumerKey: Self.connectionsKey), as: me)
        let error = await #expect(throws: ConnectedAppError.self) {
            try await world.service.signInApps.set(.test(consumerKey: Self.connectionsKey), as: me)
        }
        #expect(error?.cause == .signInAppShared)
        #expect(error?.description.hasPrefix("acme: ") == true)
        #expect(try await world.service.signInApps.presence() == .missing)
    }

    @Test("No connection can be added with its Consumer Key, or get it")
    func connectionRejected() async throws {
        let world = try await world()
        _ = try await world.service.signInApps.set(.test(), as: me)
        let added = await #expect(throws: ConnectedAppError.self) {
            try await world.service.connections.add(.test("acme", consumerKey: ScriptedLogin.consumerKey), as: me)
        }
        #expect(added?.cause == .signInAppShared)
        #expect(added?.remedy.contains("another app") == true)
        _ = try await world.service.connections.add(.test("acme", consumerKey: nil), as: me)
        var changes = ConnectionChanges()
        changes.consumerKey = ScriptedLogin.consumerKey
        let changed = await #expect(throws: ConnectedAppError.self) {
            try await world.service.connections.change("acme", changes, as: me)
        }
        #expect(changed?.cause == .signInAppShared)
        #expect(try await world.service.connections.named("acme", as: me).consumerKey == nil)
    }

    @Test("It cannot become the second app of a rotation")
    func rotationRejected() async throws {
        let world = try await world()
        _ = try await world.service.connections.add(.test("acme", consumerKey: Self.connectionsKey), as: me)
        _ = try await world.service.signInApps.set(.test(), as: me)
        let error = await #expect(throws: ConnectedAppError.self) {
            try await world.service.rotations.confirmUpload(
                of: "acme", consumerKey: ScriptedLogin.consumerKey, as: me)
        }
        #expect(error?.cause == .signInAppShared)
    }

    @Test("An altered record is reported, lets nobody sign in, and can be removed", arguments: RecordDamage.allCases)
    func altered(_ damage: RecordDamage) async throws {
        let world = try await world()
        _ = try await world.service.signInApps.set(.test(), as: me)
        try await damage.apply(to: .signInApp, SignInAppRecord.onlyID, in: world)
        #expect(try await world.service.signInApps.presence() == .altered)
        #expect(try await !world.service.salesforceSignIns.isPossible())
        try await world.service.signInApps.remove(as: me)
        #expect(try await world.service.signInApps.presence() == .missing)
        let error = await #expect(throws: ConnectedAppError.self) { try await world.service.signInApps.remove(as: me) }
        #expect(error?.cause == .signInAppMissing)
    }
}
