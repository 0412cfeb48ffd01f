public import Foundation

/// All that somebody who helps needs to know of a connection, as one file that can be shared. No secret is in it; names
/// are masked unless the user says otherwise.
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
    /// The last sign-ins of the connection, the newest first.
    public let signIns: [SignIn]
    @ExplicitNull public var change: ChangeWatchView?
}
