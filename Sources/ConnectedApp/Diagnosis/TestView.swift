public import Foundation

/// A connection test as it is shown.
public struct TestView: Codable, Sendable, Equatable {
    public struct CauseView: Codable, Sendable, Equatable {
        public let code: Cause
        /// Causes that the evidence cannot tell apart, the likeliest first; empty where one is left.
        public let among: [Cause]
        /// Further causes that nothing but the org's words speaks against: the words of many refusals are not confirmed.
        public let notRuledOut: [Cause]
        /// Whether evidence other than the org's words proves it.
        public let certain: Bool
        public let summary: String
        public let remedy: String
        /// What speaks for it and what rules out its neighbours, a sentence each.
        public let reasons: [String]
        /// The one step that would tell the causes in `among` apart.
        @ExplicitNull public var separatedBy: String?
        /// The remedy as clicks in Salesforce, for this kind of app.
        public let clicks: [String]
        /// The remedy as a command.
        @ExplicitNull public var command: String?
        /// The page of the manual, below `docs/`.
        public let manual: String
    }

    /// Why a step was not taken.
    public enum Skip: String, Codable, Sendable, CaseIterable {
        /// The host was not reached.
        case notReached
        /// No access token was granted.
        case needsToken
        /// A token was granted and not used: the step `organization` says why.
        case tokenUnused
        /// The org's API refused the token in the step `api`.
        case tokenRefused
        /// The org's API accepted the token and refused the request of the step `api`.
        case apiRefused
        /// The step `api` got no answer that could be read.
        case apiUnanswered
        /// The step `policy` could not read what this one needs.
        case appUnread
    }

    public struct Step: Codable, Sendable, Equatable {
        public let id: TestStep
        public let outcome: TestOutcome
        /// For `unknown`: why the step was not taken; `null` if it was.
        @ExplicitNull public var skipped: Skip?
        public let because: String
        /// What is not wrong but should be known; `null` where there is nothing.
        @ExplicitNull public var notice: String?
        public let elapsedSeconds: Double
        public let evidence: [String: String]
    }

    /// A further sign-in that was made to tell causes apart.
    public struct Probe: Codable, Sendable, Equatable {
        public let id: String
        /// What was different in it.
        public let asks: String
        /// What the org answered, in its own words, or `granted`.
        public let answer: String
        /// What that shows.
        public let shows: String
    }

    public let connection: String
    public let outcome: TestOutcome
    @ExplicitNull public var cause: CauseView?
    public let steps: [Step]
    public let probes: [Probe]
    public let signInsUsed: Int
    /// Where the outcome is `waiting`: when it is worth trying again, and when it is no longer a matter of spreading.
    @ExplicitNull public var waitingUntil: Date?
    public let finishedAt: Date
    /// The users whom the test named, so that a report can mask them. Not part of the JSON.
    package var namedUsers: [String] = []

    private enum CodingKeys: String, CodingKey {
        case connection, outcome, cause, steps, probes, signInsUsed, waitingUntil, finishedAt
    }

    /// Whether a sign-in worked and its token may read metadata, whatever else is to be mended.
    public var connects: Bool {
        let needed: [TestStep] = [.signIn, .organization, .api, .metadata]
        return needed.allSatisfy { id in steps.contains { $0.id == id && $0.outcome == .passes } }
    }
}

extension TestView.Skip {
    /// For one step.
    var sentence: String {
        switch self {
        case .notReached: "The host was not reached."
        case .needsToken: "Needs an access token, and there is none."
        case .tokenUnused: "The token that was granted was not used; the step `organization` says why."
        case .tokenRefused: "The org's API refused the token; see the step `api`."
        case .apiRefused: "The org's API refused the request; see the step `api`."
        case .apiUnanswered: "The org's API gave no answer that could be read; see the step `api`."
        case .appUnread: "What this step needs could not be read; see the step `policy`."
        }
    }

    /// For several steps together.
    public func sentence(steps: Int) -> String {
        let checks = steps == 1 ? "1 check" : "\(steps) checks"
        return switch self {
        case .notReached: "\(checks) skipped: the host was not reached."
        case .needsToken:
            "\(checks) skipped: \(steps == 1 ? "it needs" : "they need") an access token, and there is none."
        case .tokenUnused: "\(checks) skipped: the token that was granted was not used (`organization`)."
        case .tokenRefused: "\(checks) skipped: the org's API refused the token (`api`)."
        case .apiRefused: "\(checks) skipped: the org's API refused the request (`api`)."
        case .apiUnanswered: "\(checks) skipped: the org's API gave no answer that could be read (`api`)."
        case .appUnread:
            "\(checks) skipped: what \(steps == 1 ? "it needs" : "they need") could not be read (`policy`)."
        }
    }
}

/// The steps, in the order in which each may rely on those before it.
public enum TestStep: String, Codable, CaseIterable, Sendable {
    // The way to the org
    case name, proxy, connection, tls, clock
    // This side
    case key, certificate, consumerKey, audience
    // The sign-in and what its token may do
    case signIn, organization, scopes, api, metadata, requests
    // The app and the user as the org holds them
    case policy, preauthorization, appScopes, appCertificate, reach, loginRanges, rights

    /// What the step asks.
    public var question: String {
        switch self {
        case .name: "Is the login host's name known?"
        case .proxy: "Does the proxy let the request through?"
        case .connection: "Can the host be reached?"
        case .tls: "Is it the host that it says it is, by verified TLS?"
        case .clock: "Does this machine's clock agree with the org's?"
        case .key: "Can the private key be opened, and does it fit the certificate?"
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
        case .appScopes: "Does the app as the org holds it have exactly the two scopes?"
        case .appCertificate: "Does the org hold this connection's certificate?"
        case .reach: "In how many users' names could the key sign in?"
        case .loginRanges: "Are sign-ins limited to known addresses?"
        case .rights: "Has the user no more rights than it needs?"
        }
    }

    /// What is looked at in the org's own settings, after the connection itself.
    public var isAboutTheApp: Bool {
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
    /// ``remedy``, as somebody on the Settings page does it.
    public var remedyOnPage: String {
        code.remedyOnPage.map { code.completed($0, among: among) } ?? remedy
    }
}
