public import Foundation

/// A connection as it is shown: `--json`, the API and the Settings page. Described in `openapi.yaml`.
public struct ConnectionView: Codable, Sendable, Equatable {
    public struct AudienceView: Codable, Sendable, Equatable {
        /// `null` where reasoning cannot decide.
        @ExplicitNull public var url: String?
        public let reason: String
    }

    public let alias: String
    public let appKind: AppKind
    public let username: String
    public let loginHost: String
    public let audience: AudienceView
    /// The public identifier of the app, in full; `null` before it was set.
    @ExplicitNull public var consumerKey: String?
    public let allowedHosts: [String]
    public let hasOwnCertificateAuthorities: Bool
    /// 18 characters; `null` before the first sign-in.
    @ExplicitNull public var organizationID: String?
    public let isBlocked: Bool
    public let state: ConnectionStateView
    /// Other connections on the same app: they share its keys and its Consumer Key.
    public let sharesAppWith: [String]
    /// Connections on other apps here that have the same Consumer Key: one of the two keys is wrong.
    public let consumerKeyAlsoOf: [String]
    /// Where the private key lies.
    public let keyStore: KeyStoreKind
    public let certificate: CertificateView
    /// What is not wrong but should be looked at.
    public let warnings: [String]
    public let createdAt: Date
    public let changedAt: Date
    /// Goes up with each change of the connection or of its app.
    public let revision: Int
}
