internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// A test of a connection, step by step. It uses at most one sign-in, and after a refusal at most three more to narrow down
/// the cause.
///
/// A step that could not be checked is unknown, never passed. The first failure determines the cause of the whole test, but
/// the later steps still run. What the test says about the org comes only from the org's answers.
struct ConnectionTest: Sendable {
    /// The key of another app in the same store, whose certificate may have been uploaded to this app by mistake.
    struct OtherKey: Sendable {
        let name: OtherKeyName
        let signer: any AssertionSigner
    }

    /// Another token for the same org, with which the test can read the org's settings after a refusal.
    struct AvailableToken: Sendable {
        /// Where the token is from: the rest of a phrase that begins with "the token of".
        let source: String
        let api: OrgAPI
        /// How many sign-ins it took to get the token.
        let signInsUsed: Int
    }

    let target: Target
    let signIn: SignIn
    let surroundings: Surroundings
    /// In the order in which to try them as controls.
    var otherKeys: [OtherKey] = []
    /// The names of other connections to the same org.
    var neighbours: [String] = []
    /// The names of connections in this store that belong to another app but have the same Consumer Key.
    var connectionsWithSameConsumerKey: [String] = []
    /// Finds another token for the same org. The argument says whether it may sign in to get one.
    var findOtherToken: @Sendable (_ maySignIn: Bool) async -> AvailableToken? = { _ in nil }
    /// Called after a sign-in, before the token is used. Pins the connection to the org unless it is pinned already. The default
    /// does nothing, for connections without a store.
    var pin: @Sendable (OrganizationID) async throws -> Void = { _ in }
    /// Called before each request that uses the test's token. If it throws, the request is not sent.
    var permit: SendCheck = {}
    /// Stores the app's settings as read from the org.
    var saveApp: @Sendable (OrgApp) async throws -> Void = { _ in }

    /// The number of seconds by which this machine's clock and the org's may differ.
    static let tolerableSkew = 120.0

    init(target: Target, signIn: SignIn, surroundings: Surroundings) {
        self.target = target
        self.signIn = signIn
        self.surroundings = surroundings
    }

    /// The results of the steps, for later steps and for the conclusion.
    struct Findings {
        var way: WayToTheOrg?
        /// Whether the key can be used: it was read and matches the certificate.
        var hasKey = false
        /// The token that the org granted, not yet checked.
        var token: AccessToken?
        /// The token after the checks of the step `organization`. Only this one is sent anywhere.
        var granted: GrantedToken?
        var version: APIVersion?
        var requests: APIAllotment?
        /// The org that the login host says it belongs to, if it is not the pinned one.
        var otherOrganization: OrganizationID?
        /// The conclusion about a refused sign-in; `nil` if no sign-in was refused.
        var conclusion: RefusalInquiry.Conclusion?
        /// The controls that were sent and answered.
        var probes: [TestView.Probe] = []
        var signInsUsed = 0
        var apiWorks = false
        var metadataWorks = false
        /// Why the list of API versions could not be read when a step needed it.
        var versionsFailure: Cause?
        var app: OrgApp?
        var reach: Reach?
        /// The steps that failed, also those with the outcome `waiting`, and why.
        var failures: [TestStep: Cause] = [:]
    }

    /// The result of one step: a sentence and evidence, or the error.
    enum Verdict {
        case passes(String, [String: String] = [:], notice: String? = nil)
        case unknown(String, [String: String] = [:])
        case skipped(TestView.Skip)
        case fails(ConnectedAppError)
    }

    /// Runs all steps.
    ///
    /// - Parameter onStep: Called after each step, in order.
    /// - Throws: Only `CancellationError`: an interrupted test has no verdict.
    func run(onStep: @Sendable (TestView.Step) -> Void) async throws -> TestView {
        var findings = Findings()
        var steps: [TestView.Step] = []
        var failure: ConnectedAppError?
        let clock = ContinuousClock()
        for step in TestStep.allCases {
            try Task.checkCancellation()
            let start = clock.now
            let verdict: Verdict
            let repetitions = RepetitionLog()
            do {
                verdict = try await RepetitionLog.$current.withValue(repetitions) { try await take(step, &findings) }
            } catch let error as ConnectedAppError {
                verdict = self.verdict(on: error, at: step)
            } catch let error as TransportFailure {
                verdict = self.verdict(on: ConnectedAppError(error, host: target.loginHost), at: step)
            } catch let error as CancellationError {
                throw error
            } catch {
                verdict = .fails(ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"]))
            }
            if case .fails(let error) = verdict {
                findings.failures[step] = error.cause
                failure = failure ?? error
            }
            let result = report(step, verdict, repetitions.reasons, elapsed: start.duration(to: clock.now))
            steps.append(result)
            onStep(result)
        }
        return report(steps, failure, findings)
    }

    /// Returns the verdict on a step that threw an error. If a step could not read the org's settings, nothing is known about
    /// the app, so the step is unknown instead of failed.
    private func verdict(on error: ConnectedAppError, at step: TestStep) -> Verdict {
        let isReadFailure = [.reaching, .refused, .granted].contains(error.cause.entry.chapter)
        return step.isAboutTheApp && isReadFailure ? .unknown(error.description, error.evidence) : .fails(error)
    }

    private func take(_ step: TestStep, _ findings: inout Findings) async throws -> Verdict {
        switch step {
        case .name: try await name(&findings)
        case .proxy: findings.way?.proxy ?? Self.notReached
        case .connection: findings.way?.connection ?? Self.notReached
        case .tls: findings.way?.tls ?? Self.notReached
        case .clock: clock(findings)
        case .key: try await key(&findings)
        case .certificate: certificate()
        case .consumerKey: try consumerKey()
        case .audience: try audience()
        case .signIn: try await signIn(&findings)
        case .organization: try await organization(&findings)
        case .scopes: scopes(findings)
        case .api: try await api(&findings)
        case .metadata: try await metadata(&findings)
        case .requests: requests(findings)
        case .policy: try await policy(&findings)
        case .preauthorization: try await preauthorization(&findings)
        case .appScopes: appScopes(findings)
        case .appCertificate: appCertificate(findings)
        case .reach: reach(findings)
        case .loginRanges: try await loginRanges(findings)
        case .rights: try await rights(findings)
        }
    }

    static let notReached = Verdict.skipped(.notReached)
    static let needsToken = Verdict.skipped(.needsToken)

    // MARK: The report

    private func report(
        _ id: TestStep, _ verdict: Verdict, _ repetitions: [String], elapsed: Duration
    ) -> TestView.Step {
        let seconds = (elapsed / .milliseconds(1)).rounded() / 1000
        var notice: String?
        var skipped: TestView.Skip?
        let outcome: TestOutcome
        let because: String
        var evidence: [String: String]
        switch verdict {
        case .passes(let sentence, let facts, let remark):
            (outcome, because, evidence) = (.passes, sentence, facts)
            notice = remark
        case .unknown(let sentence, let facts): (outcome, because, evidence) = (.unknown, sentence, facts)
        case .skipped(let reason):
            (outcome, because, evidence) = (.unknown, reason.sentence, [:])
            skipped = reason
        case .fails(let error):
            let isSpreading = !id.isAboutTheApp && spreadingUntil(error.cause, now: surroundings.now()) != nil
            (outcome, because, evidence) = (isSpreading ? .waiting : .fails, error.description, error.evidence)
        }
        if !repetitions.isEmpty {
            evidence["repetitions"] = repetitions.joined(separator: ", ")
            let times = repetitions.count == 1 ? "once" : "\(repetitions.count) times"
            notice = [notice, "Retried \(times), after \(repetitions.joined(separator: ", "))."].compactMap(\.self)
                .joined(separator: " ")
        }
        return TestView.Step(
            id: id, outcome: outcome, skipped: skipped, because: OrgWords.withoutSecrets(because),
            notice: notice.map(OrgWords.withoutSecrets), elapsedSeconds: seconds,
            evidence: evidence.mapValues(OrgWords.withoutSecrets))
    }

    private func report(_ steps: [TestView.Step], _ failure: ConnectedAppError?, _ findings: Findings) -> TestView {
        let now = surroundings.now()
        var outcome = TestOutcome.passes
        var cause: TestView.CauseView?
        var waitingUntil: Date?
        if let failure {
            let first = steps.first { $0.outcome == .fails || $0.outcome == .waiting }
            let inquired = first?.id == .signIn ? findings.conclusion : nil
            cause = view(of: failure, inquired ?? conclusion(on: failure, at: first?.id, findings), findings.app)
            waitingUntil = first?.id.isAboutTheApp == true ? nil : spreadingUntil(failure.cause, now: now)
            outcome = waitingUntil == nil ? .fails : .waiting
        } else if findings.granted == nil {
            outcome = .unknown
        }
        return TestView(
            connection: target.name, outcome: outcome, cause: cause, steps: steps, probes: findings.probes,
            signInsUsed: findings.signInsUsed, waitingUntil: waitingUntil, finishedAt: now,
            namedUsers: findings.reach?.usernames ?? [])
    }

    private func view(
        of failure: ConnectedAppError, _ conclusion: RefusalInquiry.Conclusion, _ app: OrgApp?
    ) -> TestView.CauseView {
        let entry = failure.cause.entry
        // Without a store, the connection has no alias to use in commands.
        let alias = target.appID.isEmpty ? nil : target.name
        let command = entry.command.flatMap { $0.needsConnection && alias == nil ? nil : $0 }
        let remedy =
            alias == nil
            ? failure.cause.remedyWithoutStore
            : conclusion.isConsumerKeyKnown ? failure.cause.remedyForKnownConsumerKey : nil
        let subject = GuidedApp(
            kind: target.appKind, alias: alias ?? "ALIAS", username: target.username.description,
            appName: app?.nameInSetup ?? target.appName, isBlocked: target.block != nil || target.isBeingUnblocked,
            certificateSHA256: target.certificate?.sha256)
        let task = failure.cause.task(for: target.appKind)
        return TestView.CauseView(
            code: failure.cause, among: conclusion.among, notRuledOut: conclusion.notRuledOut,
            certain: conclusion.isCertain, summary: failure.description,
            remedy: failure.cause.completed(
                remedy ?? failure.cause.remedy(for: target.appKind, alias: alias), among: conclusion.among),
            reasons: conclusion.reasons, separatedBy: conclusion.separatedBy,
            clicks: task.map { SetupGuide($0, for: subject).steps } ?? [],
            command: command?.text(alias: alias), manual: failure.cause.manualPage)
    }

    /// Returns until when a spreading change can explain the failure; `nil` if it cannot.
    func spreadingUntil(_ cause: Cause, now: Date) -> Date? {
        target.appChange?.spreadingDeadline(cause, at: now)
    }
}

extension Cause {
    /// The path of the cause's page in the manual, relative to `docs/`.
    var manualPage: String { "causes/\(rawValue).md" }
}
