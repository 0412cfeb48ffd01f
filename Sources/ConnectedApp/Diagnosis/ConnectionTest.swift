internal import Foundation
package import JWTBearer
internal import MetadataAPI

/// Tests a connection step by step; each step tells what it saw. Spends one sign-in.
///
/// A step that could not look is unknown, never passed. The first failure names the cause of the whole.
package struct ConnectionTest: Sendable {
    let target: Target
    let signIn: SignIn
    let surroundings: Surroundings
    /// Remembers the org of a first sign-in, before its token is sent anywhere.
    let pin: @Sendable (OrganizationID) async throws -> Void

    /// Seconds by which two clocks may disagree.
    static let tolerableSkew = 120.0
    /// An edit of an app is in force everywhere within this many seconds; a new app within `newAppSpread`.
    static let editSpread: TimeInterval = 600
    static let newAppSpread: TimeInterval = 1800

    package init(
        target: Target, signIn: SignIn, surroundings: Surroundings,
        pin: @escaping @Sendable (OrganizationID) async throws -> Void = { _ in }
    ) {
        self.target = target
        self.signIn = signIn
        self.surroundings = surroundings
        self.pin = pin
    }

    /// What the steps found out, for those after them.
    private struct Findings {
        var isReached = false
        var hasKey = false
        var skew: TimeInterval?
        var version: APIVersion?
        var identity: SignInIdentity?
        var token: AccessToken?
        var granted: GrantedToken?
        var signInsUsed = 0
    }

    private enum Verdict {
        case passes(String, [String: String] = [:])
        case unknown(String, [String: String] = [:])
        case fails(ConnectedAppError)
    }

    /// - Parameter onStep: Called as each step ends.
    package func run(onStep: @Sendable (TestView.Step) -> Void) async -> TestView {
        var findings = Findings()
        var steps: [TestView.Step] = []
        var failure: ConnectedAppError?
        let clock = ContinuousClock()
        for step in TestStep.allCases {
            let start = clock.now
            let verdict: Verdict
            do {
                verdict = try await take(step, &findings)
            } catch let error as ConnectedAppError {
                verdict = .fails(error)
            } catch let error as TransportFailure {
                verdict = .fails(ConnectedAppError(error, host: target.loginHost))
            } catch {
                verdict = .fails(ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"]))
            }
            if case .fails(let error) = verdict, failure == nil { failure = error }
            let result = report(step, verdict, elapsed: start.duration(to: clock.now))
            steps.append(result)
            onStep(result)
        }
        return report(steps, failure, findings)
    }

    private func take(_ step: TestStep, _ findings: inout Findings) async throws -> Verdict {
        switch step {
        case .reach: try await reach(&findings)
        case .clock: clock(findings)
        case .key: try await key(&findings)
        case .certificate: certificate()
        case .consumerKey: try consumerKey()
        case .audience: try audience()
        case .signIn: try await signIn(&findings)
        case .organization: try await organization(&findings)
        case .scopes: scopes(findings)
        case .api: try await api(findings)
        case .metadata: try await metadata(findings)
        }
    }

    // MARK: The steps

    private func reach(_ findings: inout Findings) async throws -> Verdict {
        let answer = try await OrgAPI.probe(target.loginHost, transport: target.transport)
        findings.isReached = true
        findings.skew = answer.date.map { surroundings.now().timeIntervalSince($0) }
        findings.version = answer.version
        return .passes("The host answered.", ["host": target.loginHost.description, "status": String(answer.status)])
    }

    private func clock(_ findings: Findings) -> Verdict {
        guard let skew = findings.skew else { return .unknown("No answer carried a Date header.") }
        let evidence = ["skewSeconds": String(Int(skew.rounded()))]
        guard abs(skew) <= Self.tolerableSkew else { return .fails(ConnectedAppError(.clockSkew, evidence: evidence)) }
        return .passes("The clocks agree within two minutes.", evidence)
    }

    private func key(_ findings: inout Findings) async throws -> Verdict {
        let publicKey = try await target.publicKey()
        guard let certificate = target.certificate else {
            findings.hasKey = true
            return .passes(
                "The key file opens.", ["publicKeySHA256": publicKey.fingerprint, "keyBits": String(publicKey.bits)])
        }
        guard certificate.belongs(to: publicKey) else { throw ConnectedAppError(.certificateKeyMismatch) }
        findings.hasKey = true
        return .passes(
            "The private key opens and fits the certificate.",
            ["publicKeySHA256": publicKey.fingerprint, "keyBits": String(publicKey.bits)])
    }

    private func certificate() -> Verdict {
        guard let certificate = target.certificate else {
            return .unknown("No certificate is at hand, only a key file.")
        }
        let now = surroundings.now()
        let evidence = [
            "sha256": certificate.sha256, "notAfter": certificate.notAfter.ISO8601Format(),
            "daysLeft": String(certificate.daysLeft(at: now)),
        ]
        // Salesforce is reported to go on accepting an expired certificate; so it is said, and no reason to stop.
        guard certificate.notAfter > now else {
            return .unknown(
                "The certificate has expired; whether this org still accepts it, the sign-in tells.", evidence)
        }
        guard certificate.notBefore <= now else { return .unknown("The certificate is not valid yet.", evidence) }
        return .passes("The certificate is valid until \(certificate.notAfter.ISO8601Format()).", evidence)
    }

    private func consumerKey() throws -> Verdict {
        guard let key = target.consumerKey else { throw ConnectedAppError(.consumerKeyMissing, subject: target.name) }
        let usual = key.hasUsualPrefix ? "" : " It does not begin with 3MVG9 as keys made by Salesforce do."
        return .passes("A Consumer Key is set." + usual, ["consumerKey": key.masked])
    }

    private func audience() throws -> Verdict {
        let audience = try target.audience()
        return .passes(audience.reason, ["audience": audience.url])
    }

    private func signIn(_ findings: inout Findings) async throws -> Verdict {
        guard target.consumerKey != nil, (try? target.audience()) != nil else {
            return .unknown("A sign-in needs a Consumer Key and an audience.")
        }
        guard findings.hasKey else { return .unknown("Without a key that can sign, no sign-in was spent.") }
        guard findings.isReached else { return .unknown("The org cannot be reached, so no sign-in was spent.") }
        let identity = try target.identity()
        findings.identity = identity
        findings.signInsUsed += 1
        let attempt = try await signIn.attempt(identity, purpose: .diagnosis)
        switch SignIn.conclusion(attempt, identity) {
        case .failure(let error): return .fails(error)
        case .success(let token):
            findings.token = token
            return .passes(
                "The org granted a token.", ["host": target.loginHost.host, "audience": identity.audience.url])
        }
    }

    private func organization(_ findings: inout Findings) async throws -> Verdict {
        guard let token = findings.token, let identity = findings.identity else { return Self.needsToken }
        let granted = try SignIn.checked(token, identity)
        try await pin(granted.organizationID)
        findings.granted = granted
        let isPinned = identity.pinnedOrganizationID != nil
        return .passes(
            isPinned ? "It is the org that the connection is pinned to." : "It is known which org answered.",
            ["organizationID": granted.organizationID.description, "instance": granted.instance.description])
    }

    private func scopes(_ findings: Findings) -> Verdict {
        guard let token = findings.token else { return Self.needsToken }
        guard let granted = token.scope else { return .unknown("The org's answer named no scopes.") }
        let evidence = ["granted": granted, "required": "api; refresh_token, offline_access"]
        let extra = token.scopes.subtracting(["api", "refresh_token", "offline_access"]).sorted()
        var problems: [String] = []
        if !token.scopes.contains("api") { problems.append("api is missing") }
        if !extra.isEmpty { problems.append("not needed: \(extra.joined(separator: ", "))") }
        guard problems.isEmpty else {
            return .fails(
                ConnectedAppError(
                    .scopesDiffer,
                    detail: "The app's scopes are not exactly the two: \(problems.joined(separator: "; ")).",
                    evidence: evidence))
        }
        return .passes(
            "Exactly the two: api was granted, and a sign-in works only where the app has refresh_token too.", evidence)
    }

    private func api(_ findings: Findings) async throws -> Verdict {
        guard let granted = findings.granted, let api = api(for: granted) else { return Self.needsToken }
        let version = try await version(findings, granted)
        let requests = try await api.dailyAPIRequests(version)
        return .passes(
            "The org's API accepts the token; \(requests.remaining) of \(requests.limit) API requests are left today.",
            [
                "remaining": String(requests.remaining), "limit": String(requests.limit),
                "apiVersion": version.description,
            ])
    }

    private func metadata(_ findings: Findings) async throws -> Verdict {
        guard let granted = findings.granted, let api = api(for: granted) else { return Self.needsToken }
        let version = try await version(findings, granted)
        let description = try await api.soap(.describeMetadata(asOf: version), version: version, within: .answer) {
            .describeMetadata()
        }
        return .passes(
            "The user may read metadata: \(description.types.count) types.", ["types": String(description.types.count)])
    }

    private static let needsToken = Verdict.unknown("Needs a token, and there is none.")

    private func version(_ findings: Findings, _ granted: GrantedToken) async throws -> APIVersion {
        if let version = findings.version, granted.instance == target.loginHost { return version }
        return try await OrgAPI.highestVersion(at: granted.instance, transport: target.transport)
    }

    /// With this very token and no other: a test spends no second sign-in.
    private func api(for granted: GrantedToken) -> OrgAPI? {
        var actions = TokenSource.Actions(signIn: { granted })
        if let context = signIn.context, context.pass == nil { actions.admit = { try await context.admit() } }
        return OrgAPI(transport: target.transport, tokens: TokenSource(actions))
    }

    // MARK: The report

    private func report(_ id: TestStep, _ verdict: Verdict, elapsed: Duration) -> TestView.Step {
        let seconds = (elapsed / .milliseconds(1)).rounded() / 1000
        switch verdict {
        case .passes(let because, let evidence):
            return TestView.Step(
                id: id, outcome: .passes, because: because, elapsedSeconds: seconds, evidence: evidence)
        case .unknown(let because, let evidence):
            return TestView.Step(
                id: id, outcome: .unknown, because: because, elapsedSeconds: seconds, evidence: evidence)
        case .fails(let error):
            let isSpreading = spreadingUntil(error.cause, now: surroundings.now()) != nil
            return TestView.Step(
                id: id, outcome: isSpreading ? .waiting : .fails, because: error.description, elapsedSeconds: seconds,
                evidence: error.evidence)
        }
    }

    private func report(_ steps: [TestView.Step], _ failure: ConnectedAppError?, _ findings: Findings) -> TestView {
        let now = surroundings.now()
        var outcome = TestOutcome.passes
        var cause: TestView.CauseView?
        var waitingUntil: Date?
        if let failure {
            let among =
                failure.evidence["among"]?.split(separator: ",").compactMap { Cause(rawValue: String($0)) } ?? []
            cause = TestView.CauseView(
                code: failure.cause, among: among,
                certain: among.isEmpty && ![.refusalUnknown, .appBlockedInOrg].contains(failure.cause),
                summary: failure.description, remedy: failure.cause.row.remedy)
            waitingUntil = spreadingUntil(failure.cause, now: now)
            outcome = waitingUntil == nil ? .fails : .waiting
        } else if findings.granted == nil {
            outcome = .unknown
        }
        return TestView(
            connection: target.name, outcome: outcome, cause: cause, steps: steps, signInsUsed: findings.signInsUsed,
            waitingUntil: waitingUntil, finishedAt: now)
    }

    /// - Returns: Until when the failure can be a change that is still spreading; `nil` where it cannot.
    private func spreadingUntil(_ cause: Cause, now: Date) -> Date? {
        guard let set = target.appChangedAt else { return nil }
        let spread: TimeInterval
        switch cause {
        case .consumerKeyUnknown, .appNotInstalled: spread = Self.newAppSpread
        case .signatureRefused, .assertionRefused, .userNotApproved, .userNotAdminApproved, .refreshTokenScopeMissing:
            spread = Self.editSpread
        default: return nil
        }
        let end = set.addingTimeInterval(spread)
        return now < end ? end : nil
    }
}
