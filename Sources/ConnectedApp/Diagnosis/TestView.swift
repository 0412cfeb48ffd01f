public import Foundation

/// A connection test, for people and JSON.
public struct TestView: Codable, Sendable, Equatable {
    public struct CauseView: Codable, Sendable, Equatable {
        public let code: Cause
        /// Causes between which the evidence does not decide, the likeliest first; empty if there is only one.
        public let among: [Cause]
        /// Further causes that only the org's words rule out; the words of many refusals are not confirmed.
        public let notRuledOut: [Cause]
        /// Whether evidence other than the org's words proves the cause.
        public let certain: Bool
        public let summary: String
        public let remedy: String
        /// The evidence for the cause and against similar causes, one sentence each.
        public let reasons: [String]
        /// The one step that would decide between the causes in `among`.
        @ExplicitNull public var separatedBy: String?
        /// The remedy as clicks in Salesforce, for this kind of app.
        public let clicks: [String]
        /// The remedy as a command.
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
        public let elapsedSeconds: Double
        public let evidence: [String: String]
    }

    /// A further sign-in that narrows down the cause.
    public struct Probe: Codable, Sendable, Equatable {
        let id: String
        /// What differs from the refused sign-in.
        public let asks: String
        /// The org's answer in its own words, or `granted`.
        public let answer: String
        /// What the answer shows.
        public let shows: String
    }

    public let connection: String
    public let outcome: TestOutcome
    @ExplicitNull public var cause: CauseView?
    public let steps: [Step]
    public let probes: [Probe]
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

    /// Returns the reason in a sentence about several steps.
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

/// The steps of a test, in order. Each may use the results of those before it.
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
        case .scopes: "Does the app have exactly the two scopes?"
        case .api: "Does the org's API accept the token?"
        case .metadata: "May the user read metadata?"
        case .requests: "Are API requests left today?"
        case .policy: "Are only approved users permitted?"
        case .preauthorization: "Is this user pre-authorized?"
        case .appScopes: "Does the app in the org have exactly the two scopes?"
        case .appCertificate: "Does the org hold this connection's certificate?"
        case .reach: "As how many users can the key sign in?"
        case .loginRanges: "Are sign-ins limited to known addresses?"
        case .rights: "Does the user have no more rights than needed?"
        }
    }

    /// Whether the step reads the org's settings, after the connection itself was tested.
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
    /// ``remedy`` in the form for the Settings page.
    public var remedyOnPage: String {
        code.remedyOnPage.map { code.completed($0, among: among) } ?? remedy
    }
}
