internal import Foundation

/// What helps to find a fault of a connection, in one file that the user can send to somebody. It contains no secret.
/// Usernames and the Consumer Key are masked unless the user decides otherwise.
///
/// The property names are JSON keys; they must not change.
package struct ReportView: Codable, Sendable, Equatable {
    /// The claims of the assertion that a sign-in sends.
    struct Claims: Codable, Sendable, Equatable {
        /// The Consumer Key.
        let iss: String
        /// The username.
        let sub: String
        /// The audience.
        let aud: String
        let lifetimeSeconds: Int
        let algorithm: String
    }

    struct SignIn: Codable, Sendable, Equatable {
        let time: Date
        let purpose: SignInPurpose
        /// The ``SignInOutcome/code``; `null` during the sign-in, or if the process crashed.
        @ExplicitNull var outcome: String?
    }

    /// The version of the report's format: 1.
    let version: Int
    let madeAt: Date
    package let isMasked: Bool
    let connection: String
    let appKind: AppKind
    let loginHost: String
    /// The id of the org that the connection is pinned to; `null` if it is not pinned yet.
    @ExplicitNull var organizationID: String?
    /// `null` if there is no Consumer Key yet or the audience is not decided.
    @ExplicitNull var claims: Claims?
    /// How aprity decided the audience, or why it could not.
    let audienceReason: String
    let certificate: CertificateView
    /// Whether the app is blocked in aprity.
    let isBlocked: Bool
    let test: TestView
    /// The sign-ins of the connection's app within the last hour, the newest first; at most 20. They include those of other
    /// connections that share the app.
    let signIns: [SignIn]
    /// The last reported change of the app; `null` if none was reported.
    @ExplicitNull var change: ChangeWatchView?
}
