internal import Foundation

/// Everything that a helper needs to know about a connection, in one file that can be shared. It contains no secret,
/// and names are masked unless the user decides otherwise.
package struct ReportView: Codable, Sendable, Equatable {
    /// The claims of the assertion that a sign-in sends.
    struct Claims: Codable, Sendable, Equatable {
        let iss: String
        let sub: String
        let aud: String
        let lifetimeSeconds: Int
        let algorithm: String
    }

    struct SignIn: Codable, Sendable, Equatable {
        let time: Date
        let purpose: SignInPurpose
        @ExplicitNull var outcome: String?
    }

    let version: Int
    let madeAt: Date
    package let isMasked: Bool
    let connection: String
    let appKind: AppKind
    let loginHost: String
    @ExplicitNull var organizationID: String?
    @ExplicitNull var claims: Claims?
    let audienceReason: String
    let certificate: CertificateView
    let isBlocked: Bool
    let test: TestView
    /// The connection's sign-ins of the last hour, the newest first.
    let signIns: [SignIn]
    @ExplicitNull var change: ChangeWatchView?
}
