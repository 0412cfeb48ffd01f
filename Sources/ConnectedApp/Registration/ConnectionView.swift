public import Foundation

/// A connection, as `--json`, the API and the Settings page show it. Described in `openapi.yaml`.
public struct ConnectionView: Codable, Sendable, Equatable {
    public struct AudienceView: Codable, Sendable, Equatable {
        /// `null` if it cannot be derived from host and app kind.
        @ExplicitNull public var url: String?
        public let reason: String
    }

    public let alias: String
    public let appKind: AppKind
    public let username: String
    public let loginHost: String
    public let audience: AudienceView
    /// The Consumer Key, complete; `null` before it is set.
    @ExplicitNull public var consumerKey: String?
    public let allowedHosts: [String]
    public let hasOwnCertificateAuthorities: Bool
    /// 18 characters; `null` before the first sign-in.
    @ExplicitNull public var organizationID: String?
    public let isBlocked: Bool
    public let state: ConnectionStateView
    /// Other connections of the same app. They share its keys and its Consumer Key.
    public let sharesAppWith: [String]
    /// Connections of other apps with the same Consumer Key. One of the two is wrong.
    public let consumerKeyAlsoOf: [String]
    /// The key store that contains the private key.
    public let keyStore: KeyStoreKind
    public let certificate: CertificateView
    /// Sentences about what should be checked.
    public let warnings: [String]
    public let createdAt: Date
    public let changedAt: Date
    /// Each change of the connection or of its app increments it.
    public let revision: Int
}
