public import Foundation

/// Everything that a helper needs to know about a connection, in one file that can be shared. It contains no secret,
/// and names are masked unless the user decides otherwise.
public struct ReportView: Codable, Sendable, Equatable {
    /// The claims of the assertion that a sign-in sends.
    public struct Claims: Codable, Sendable, Equatable {
        public let iss: String
        public let sub: String
        public let aud: String
        public let lifetimeSeconds: Int
        public let algorithm: String
    }

    public struct SignIn: Codable, Sendable, Equatable {
        public let time: Date
        public let purpose: SignInPurpose
        @ExplicitNull public var outcome: String?
    }

    public let version: Int
    public let madeAt: Date
    public let isMasked: Bool
    public let connection: String
    public let appKind: AppKind
    public let loginHost: String
    @ExplicitNull public var organizationID: String?
    @ExplicitNull public var claims: Claims?
    public let audienceReason: String
    public let certificate: CertificateView
    public let isBlocked: Bool
    public let test: TestView
    /// The connection's sign-ins of the last hour, the newest first.
    public let signIns: [SignIn]
    @ExplicitNull public var change: ChangeWatchView?
}
