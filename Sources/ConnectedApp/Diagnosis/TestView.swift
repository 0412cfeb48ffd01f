public import Foundation

/// A finished connection test, in output for people and in JSON. It is also stored: the property names and raw values must
/// not change.
public struct TestView: Codable, Sendable, Equatable {
    /// The cause of the first failure, and the remedy for this connection.
    public struct CauseView: Codable, Sendable, Equatable {
        public let code: Cause
        /// Causes between which the evidence does not decide, the likeliest first; empty if there is only one.
        public let among: [Cause]
        /// Further causes that nothing but the org's words rules out; many of these words are not confirmed on a real org.
        /// Empty if the cause is certain.
        public let notRuledOut: [Cause]
        /// Whether evidence other than the org's words proves the cause.
        public let certain: Bool
        /// What happened in this case, in one sentence.
        public let summary: String
        /// What to do, with the connection's name in commands.
        public let remedy: String
        /// The evidence for the cause and against similar causes, one sentence each.
        public let reasons: [String]
        /// What an admin can check to decide between the causes in `among`, in one sentence; `null` if `among` is empty.
        @ExplicitNull public var separatedBy: String?
        /// The remedy as clicks in Salesforce, for this kind of app; empty if there is nothing to do in Setup.
        public let clicks: [String]
        /// The remedy as a command; `null` if no command helps.
        @ExplicitNull public var command: String?
        /// The path of the page in the manual, relative to `docs/`.
        let manual: String
    }

    /// Why a step was skipped.
    public enum Skip: String, Codable, Sendable, CaseIterable {
        /// The host was not reached.
        case notReached
        /// No access token was granted.
        case needsToken
        /// A token was granted but not used; the step `organization` says why.
        case tokenUnused
        /// The org's API refused the token in the step `api`.
        case tokenRefused
        /// The org's API accepted the token but refused the request in the step `api`.
        case apiRefused
        /// The step `api` got no readable answer.
        case apiUnanswered
        /// The step `policy` could not read the settings that this step needs.
        case appUnread
    }

    public struct Step: Codable, Sendable, Equatable {
        public let id: TestStep
        public let outcome: TestOutcome
        /// Why the step was skipped; `null` if it was not.
        @ExplicitNull public var skipped: Skip?
        /// A sentence with the reason for the outcome.
        public let because: String
        /// A remark that does not change the outcome; `null` if there is none.
        @ExplicitNull public var notice: String?
        /// How long the step took, rounded to milliseconds.
        public let elapsedSeconds: Double
        /// Facts by name, without secrets.
        public let evidence: [String: String]
    }

    /// A further sign-in that narrows down the cause of a refusal; see ``SignInControl``.
    public struct Probe: Codable, Sendable, Equatable {
        /// The ``SignInControl/id``.
        let id: String
        /// What differs from the refused sign-in.
        public let asks: String
        /// The org's answer in its own words, or `granted`.
        public let answer: String
        /// What the answer shows.
        public let shows: String
    }

    /// The connection's name.
    public let connection: String
    public let outcome: TestOutcome
    /// `null` if nothing failed.
    @ExplicitNull public var cause: CauseView?
    /// All steps, in the order of ``TestStep``.
    public let steps: [Step]
    /// In the order in which they were sent; at most three.
    public let probes: [Probe]
    /// The number of sign-ins that were or may have been sent, so that the org may have counted them: 0 to 4.
    public let signInsUsed: Int
    /// For the outcome `waiting`: the time after which spreading is not the cause; otherwise `null`.
    @ExplicitNull var waitingUntil: Date?
    public let finishedAt: Date
    /// The users named in the test, so that a report can mask them. Not part of the JSON.
    package var namedUsers: [String] = []

    private enum CodingKeys: String, CodingKey {
        case connection, outcome, cause, steps, probes, signInsUsed, waitingUntil, finishedAt
    }

    /// Whether a sign-in worked and its token may read metadata, even if other steps failed.
    var connects: Bool {
        let needed: [TestStep] = [.signIn, .organization, .api, .metadata]
        return needed.allSatisfy { id in steps.contains { $0.id == id && $0.outcome == .passes } }
    }
}

extension TestView.Skip {
    /// The reason in a sentence about one step.
    var sentence: String {
        switch self {
        case .notReached: "The host was not reached."
        case .needsToken: "This step needs an access token, and there is none."
        case .tokenUnused: "The granted token was not used; the step `organization` says why."
        case .tokenRefused: "The org's API refused the token; see the step `api`."
        case .apiRefused: "The org's API refused the request; see the step `api`."
        case .apiUnanswered: "The org's API returned no readable answer; see the step `api`."
        case .appUnread: "The settings that this step needs could not be read; see the step `policy`."
        }
    }

    /// Returns a sentence that says how many steps were skipped for this reason.
    ///
    /// - Parameter steps: The number of steps, at least 1.
    public func sentence(steps: Int) -> String {
        let checks = steps == 1 ? "1 check" : "\(steps) checks"
        return switch self {
        case .notReached: "\(checks) skipped: the host was not reached."
        case .needsToken:
            "\(checks) skipped: \(steps == 1 ? "it needs" : "they need") an access token, and there is none."
        case .tokenUnused: "\(checks) skipped: the granted token was not used (see `organization`)."
        case .tokenRefused: "\(checks) skipped: the org's API refused the token (see `api`)."
        case .apiRefused: "\(checks) skipped: the org's API refused the request (see `api`)."
        case .apiUnanswered: "\(checks) skipped: the org's API returned no readable answer (see `api`)."
        case .appUnread:
            "\(checks) skipped: the settings \(steps == 1 ? "it needs" : "they need") could not be read (see `policy`)."
        }
    }
}

/// The steps of a test, in the order in which they run. Each may use the results of those before it.
///
/// The raw values are stored and appear in JSON; they must not change.
public enum TestStep: String, Codable, CaseIterable, Sendable {
    // Reaching the host
    case name, proxy, connection, tls, clock
    // This machine
    case key, certificate, consumerKey, audience
    // The sign-in and the use of its token
    case signIn, organization, scopes, api, metadata, requests
    // The app and the user in the org's settings
    case policy, preauthorization, appScopes, appCertificate, reach, loginRanges, rights

    /// The question that the step answers.
    public var question: String {
        switch self {
        case .name: "Can the login host's name be resolved?"
        case .proxy: "Does the proxy let the request through?"
        case .connection: "Can the host be reached?"
        case .tls: "Does verified TLS prove the host's identity?"
        case .clock: "Does this machine's clock agree with the org's?"
        case .key: "Can the private key be read, and does it match the certificate?"
        case .certificate: "Is the certificate valid today?"
        case .consumerKey: "Is a Consumer Key set?"
        case .audience: "Is it clear which audience the org expects?"
        case .signIn: "Does the org accept the sign-in?"
        case .organization: "Is it the org that this connection is pinned to?"
        case .scopes: "Does the token have the scope api, and no others but refresh_token?"
        case .api: "Does the org's API accept the token?"
        case .metadata: "May the user read metadata?"
        case .requests: "Are API requests left today?"
        case .policy: "Are only approved users permitted?"
        case .preauthorization: "Is this user pre-authorized?"
        case .appScopes: "Does the app's setting in the org have exactly the scopes api and refresh_token?"
        case .appCertificate: "Does the org hold this connection's certificate?"
        case .reach: "Can the key sign in as only one user?"
        case .loginRanges: "From which addresses may the user sign in?"
        case .rights: "Which rights does the user have beyond those needed?"
        }
    }

    /// Whether the step is about the app's or the user's settings in the org, and not about the connection itself.
    var isAboutTheApp: Bool {
        switch self {
        case .name, .proxy, .connection, .tls, .clock, .key, .certificate, .consumerKey, .audience, .signIn,
            .organization,
            .scopes, .api, .metadata, .requests:
            false
        case .policy, .preauthorization, .appScopes, .appCertificate, .reach, .loginRanges, .rights: true
        }
    }
}

extension TestView.CauseView {
    /// What to do on the Settings page, which has a button or a form instead of most commands.
    public var remedyOnPage: String {
        code.remedyOnPage.map { code.completedOnPage($0, among: among) } ?? remedy
    }
}
