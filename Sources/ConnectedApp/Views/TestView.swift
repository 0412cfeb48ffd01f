public import Foundation

/// How a connection test or one of its steps ended.
public enum TestOutcome: String, Codable, Sendable {
    case passes, fails
    /// Could not look; says why.
    case unknown
    /// Fails in a way that a change which is still spreading can cause.
    case waiting
}

/// A connection test as it is shown.
public struct TestView: Codable, Sendable, Equatable {
    public struct CauseView: Codable, Sendable, Equatable {
        public let code: Cause
        /// Causes that the evidence cannot tell apart.
        public let among: [Cause]
        public let certain: Bool
        public let summary: String
        public let remedy: String
    }

    public struct Step: Codable, Sendable, Equatable {
        public let id: TestStep
        public let outcome: TestOutcome
        public let because: String
        public let elapsedSeconds: Double
        public let evidence: [String: String]
    }

    public let connection: String
    public let outcome: TestOutcome
    @ExplicitNull public var cause: CauseView?
    public let steps: [Step]
    public let signInsUsed: Int
    /// Where the outcome is `waiting`: when it is worth trying again, and when it is no longer a matter of spreading.
    @ExplicitNull public var waitingUntil: Date?
    public let finishedAt: Date
}

/// The steps, in the order in which each may rely on those before it.
public enum TestStep: String, Codable, CaseIterable, Sendable {
    case reach, clock, key, certificate, consumerKey, audience, signIn, organization, scopes, api, metadata

    /// What the step asks.
    public var question: String {
        switch self {
        case .reach: "Can the org be reached, by verified TLS?"
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
        }
    }
}
