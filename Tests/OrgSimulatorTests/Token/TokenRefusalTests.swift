import Testing

@testable import OrgSimulator

/// A fault in a request, and the expected answer.
struct RequestFault: Sendable, CustomTestStringConvertible {
    let name: String
    /// The expected `error` and `error_description`, joined by ` / `.
    let answer: String
    /// Whether the answer is marked as the simulator's own choice.
    let synthetic: Bool
    let apply: @Sendable (inout TokenCase) throws -> Void

    var testDescription: String { name }

    init(
        _ name: String, _ answer: String, synthetic: Bool = false,
        _ apply: @escaping @Sendable (inout TokenCase) throws -> Void
    ) {
        self.name = name
        self.answer = answer
        self.synthetic = synthetic
        self.apply = apply
    }

    /// One fault for most checks, in the order of the checks. Any two of them can be in one request. Left out are the
    /// checks that need a switch or the other kind of app, and login hours, which have the same answer as the address.
    static let inOrder: [RequestFault] = [
        RequestFault("grant type", "unsupported_grant_type / grant type not supported") { $0.grantType = "password" },
        RequestFault("not a JWT", "invalid_grant / invalid assertion") { $0.spoil = { String($0.dropLast()) + "=" } },
        RequestFault("foreign audience", "invalid_grant / audience is invalid") {
            $0.audience = "\"https://nowhere.example\""
        },
        RequestFault("unknown consumer key", "invalid_client_id / client identifier invalid") {
            $0.issuer = "3MVG9Unknown"
        },
        RequestFault("shared login host", "app_not_found / External client app is not installed in this org") {
            $0.host = "login.salesforce.com"
            if $0.audience == "\"\(TokenCase.myDomain)\"" { $0.audience = "\"https://login.salesforce.com\"" }
        },
        RequestFault("other key", "invalid_client / invalid client credentials") { $0.key = "second" },
        RequestFault("expired assertion", "invalid_grant / expired authorization code") { $0.expiry = "1789999939" },
        RequestFault("inactive org", "invalid_grant / inactive organization", synthetic: true) {
            $0.state.orgs[0].isActive = false
        },
        RequestFault("inactive user", "invalid_grant / inactive user", synthetic: true) {
            $0.state.orgs[0].users[1].isActive = false
        },
        RequestFault("login rate", "invalid_grant / login rate exceeded", synthetic: true) {
            $0.state.switches.loginsPerHour = 0
        },
        RequestFault("blocked app", "OAUTH_APP_BLOCKED / this app is blocked by admin", synthetic: true) {
            $0.state.orgs[0].apps[0].blocked = true
        },
        RequestFault("not assigned", "invalid_app_access / user is not admin approved to access this app") {
            $0.state.orgs[0].apps[0].permissionSets = []
        },
        RequestFault(
            "no refresh scope",
            """
            invalid_request / refresh_token scope is required and the connected app should be installed and \
            preauthorized
            """
        ) { $0.state.orgs[0].apps[0].scopes = ["Api"] },
        RequestFault("address", "invalid_grant / ip restricted or invalid login hours", synthetic: true) {
            var profile = Profile(name: Profile.apiOnly)
            profile.loginIPRanges = [IPRange(start: "198.51.100.0", end: "198.51.100.255")]
            $0.state.orgs[0].profiles = [profile]
        },
        RequestFault("session level", "invalid_grant / authentication failure", synthetic: true) {
            $0.state.orgs[0].apps[0].requiredSessionLevel = .highAssurance
        },
    ]

    /// More causes of the same refusals, and the other values of the switches.
    static let more: [RequestFault] = [
        RequestFault("no audience", "invalid_grant / audience is invalid", synthetic: true) { $0.audience = nil },
        RequestFault("audience as a list", "invalid_grant / audience is invalid", synthetic: true) {
            $0.audience = "[\"\(TokenCase.myDomain)\"]"
        },
        RequestFault("audience with a slash", "invalid_grant / audience is invalid") {
            $0.audience = "\"\(TokenCase.myDomain)/\""
        },
        RequestFault("audience for sandboxes at a production org", "invalid_grant / audience is invalid") {
            $0.audience = "\"https://test.salesforce.com\""
        },
        RequestFault(
            "External Client App, shared login host as audience", "invalid_grant / audience is invalid", synthetic: true
        ) {
            $0.audience = "\"https://login.salesforce.com\""
        },
        RequestFault("connected app, My Domain audience", "invalid_grant / audience is invalid") {
            $0.state.orgs[0].apps[0].kind = .connectedApp
        },
        RequestFault("unknown key, ECA wording", "app_not_found / External client app is not installed in this org") {
            $0.issuer = "3MVG9Unknown"
            $0.state.switches.unknownConsumerKey = .appNotFound
        },
        RequestFault("disabled app", "app_not_found / External client app is not installed in this org") {
            $0.state.orgs[0].apps[0].enabled = false
        },
        RequestFault("no certificate", "invalid_client / invalid client credentials", synthetic: true) {
            $0.state.orgs[0].apps[0].certificatePEM = nil
        },
        RequestFault("HS256", "invalid_client / invalid client credentials") { $0.header = #"{"alg":"HS256"}"# },
        RequestFault("no algorithm", "invalid_client / invalid client credentials") { $0.header = #"{"alg":"none"}"# },
        RequestFault("other key, older wording", "invalid_grant / invalid assertion") {
            $0.key = "second"
            $0.state.switches.signatureMismatch = .invalidAssertion
        },
        RequestFault("expired certificate, refused", "invalid_grant / invalid assertion", synthetic: true) {
            $0.state.orgs[0].apps[0].certificatePEM = try TestFiles.text("expired.crt")
            $0.state.switches.refuseExpiredCertificate = true
        },
        RequestFault("no exp", "invalid_grant / invalid assertion", synthetic: true) { $0.expiry = nil },
        RequestFault("exp as text, refused", "invalid_grant / invalid assertion", synthetic: true) {
            $0.expiry = "\"1790000150\""
            $0.state.switches.acceptStringExp = false
        },
        RequestFault("exp too far ahead, strict", "invalid_grant / invalid assertion", synthetic: true) {
            $0.expiry = "1790000301"
            $0.state.switches.maximumLifetimeSeconds = 300
        },
        RequestFault("nbf in the future, refused", "invalid_grant / invalid assertion", synthetic: true) {
            $0.notBefore = "1790000061"
            $0.state.switches.enforceNotBefore = true
        },
        RequestFault("byte order mark", "invalid_grant / invalid assertion") { $0.hasByteOrderMark = true },
        RequestFault("parameters in the query, refused", "unsupported_grant_type / grant type not supported") {
            $0.isInQuery = true
            $0.state.switches.acceptQueryParameters = false
        },
        RequestFault("unknown user", "invalid_grant / user hasn't approved this consumer", synthetic: true) {
            $0.subject = ("sub", "nobody@harbour-bikes.example")
        },
        RequestFault("prn, refused", "invalid_grant / user hasn't approved this consumer", synthetic: true) {
            $0.subject = ("prn", TokenCase.username)
            $0.state.switches.acceptPrn = false
        },
        RequestFault("frozen user", "invalid_grant / inactive user", synthetic: true) {
            $0.state.orgs[0].users[1].isFrozen = true
        },
        RequestFault(
            "login rate, documented wording", "rate_limit_exceeded / Number of logins exceeded", synthetic: true
        ) {
            $0.state.switches.loginsPerHour = 0
            $0.state.switches.loginRateAnswer = .rateLimitExceeded
        },
        RequestFault("uninstalled", "invalid_client / app must be installed into org", synthetic: true) {
            $0.state.orgs[0].apps[0].kind = .connectedApp
            $0.state.orgs[0].apps[0].installed = false
            $0.audience = "\"https://login.salesforce.com\""
        },
        RequestFault("never approved", "invalid_grant / user hasn't approved this consumer") {
            $0.state.orgs[0].apps[0].permittedUsers = .allSelfAuthorized
        },
        RequestFault("approved without refresh token", "invalid_grant / user hasn't approved this consumer") {
            $0.state.orgs[0].apps[0].permittedUsers = .allSelfAuthorized
            var approval = Approval(username: TokenCase.username)
            approval.scopes = ["Api"]
            $0.state.orgs[0].apps[0].approvals = [approval]
        },
        RequestFault("not assigned, older wording", "invalid_grant / user hasn't approved this consumer") {
            $0.state.orgs[0].apps[0].permissionSets = []
            $0.state.switches.userNotAssigned = .userHasNotApproved
        },
        RequestFault("no refresh scope, older wording", "invalid_grant / user hasn't approved this consumer") {
            $0.state.orgs[0].apps[0].scopes = ["Api"]
            $0.state.switches.refreshScopeMissing = .userHasNotApproved
        },
        RequestFault("refresh scope only", "invalid_grant / no valid scopes defined", synthetic: true) {
            $0.state.orgs[0].apps[0].scopes = ["RefreshToken"]
        },
    ]

    /// All pairs of different faults, the one of the earlier check first.
    static let pairs: [(RequestFault, RequestFault)] = inOrder.indices.flatMap { first in
        inOrder.indices.dropFirst(first + 1).map { (inOrder[first], inOrder[$0]) }
    }
}

@Suite("Refusals of the token endpoint")
struct TokenRefusalTests {
    @Test("Each cause gets its refusal", arguments: RequestFault.inOrder + RequestFault.more)
    func refusal(_ fault: RequestFault) async throws {
        var request = try TokenCase()
        try fault.apply(&request)
        let org = try TestOrg(request.state)
        let answer = await org.signIn(request, assertion: try await request.assertion())
        #expect(answer.status == 400)
        #expect(answer.refusal == fault.answer)
        #expect(answer.isSynthetic == fault.synthetic)
        let record = try #require(await org.simulation.history.requests.last)
        #expect(record.verdict == .signIn)
        #expect(record.synthetic == fault.synthetic)
    }

    @Test("A request with two faults is refused for the earlier one", arguments: RequestFault.pairs)
    func order(_ first: RequestFault, _ second: RequestFault) async throws {
        var request = try TokenCase()
        try first.apply(&request)
        try second.apply(&request)
        let org = try TestOrg(request.state)
        let answer = await org.signIn(request, assertion: try await request.assertion())
        #expect(answer.refusal == first.answer)
    }

    @Test("A POST without a body and a GET are refused for their grant type")
    func noForm() async throws {
        let org = try TestOrg(try TokenCase().state)
        let get = await org.send("GET", "/services/oauth2/token")
        #expect(get.refusal == "unsupported_grant_type / grant type not supported")
        #expect(get.isSynthetic)
        let post = await org.send("POST", "/services/oauth2/token")
        #expect(post.refusal == "unsupported_grant_type / grant type not supported")
    }

    @Test("A refused sign-in of a known user is in the login history, with the closest published text")
    func loginHistory() async throws {
        var request = try TokenCase()
        request.key = "second"
        let org = try TestOrg(request.state)
        _ = await org.signIn(request, assertion: try await request.assertion())
        let login = try #require(await org.simulation.history.logins.last)
        #expect(login.status == "Failed: Signature Invalid")
        #expect(login.username == TokenCase.username)
        #expect(login.synthetic)
    }
}
