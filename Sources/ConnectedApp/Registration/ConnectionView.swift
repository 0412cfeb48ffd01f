internal import Foundation

/// A connection, as `--json`, the API and the Settings page show it. Described in `openapi.yaml`.
package struct ConnectionView: Codable, Sendable, Equatable {
    package struct AudienceView: Codable, Sendable, Equatable {
        /// `null` if it cannot be derived from host and app kind.
        @ExplicitNull package var url: String?
        package let reason: String
    }

    package let alias: String
    package let appKind: AppKind
    package let username: String
    package let loginHost: String
    package let audience: AudienceView
    /// The Consumer Key, complete; `null` before it is set.
    @ExplicitNull package var consumerKey: String?
    package let allowedHosts: [String]
    package let hasOwnCertificateAuthorities: Bool
    /// 18 characters; `null` before the first sign-in.
    @ExplicitNull package var organizationID: String?
    let isBlocked: Bool
    package let state: ConnectionStateView
    /// Other connections of the same app. They share its keys and its Consumer Key.
    package let sharesAppWith: [String]
    /// Connections of other apps with the same Consumer Key. One of the two is wrong.
    let consumerKeyAlsoOf: [String]
    /// The key store that contains the private key.
    package let keyStore: KeyStoreKind
    package let certificate: CertificateView
    /// Sentences about what should be checked.
    package let warnings: [String]
    let createdAt: Date
    let changedAt: Date
    /// Each change of the connection or of its app increments it.
    package let revision: Int
}
