internal import Foundation

/// A connection, as `--json`, the API and the Settings page show it.
///
/// The names of properties are JSON names (`Connection` in `openapi.yaml`) and must not change.
package struct ConnectionView: Codable, Sendable, Equatable {
    package struct AudienceView: Codable, Sendable, Equatable {
        /// `null` if it cannot be derived from host and app kind.
        @ExplicitNull package var url: String?
        /// Why the audience is this one, or cannot be derived, as a sentence.
        package let reason: String
        /// Whether somebody set the audience; otherwise aprity derives it.
        package let isGiven: Bool
    }

    package let alias: String
    package let appKind: AppKind
    package let username: String
    package let loginHost: String
    package let audience: AudienceView
    /// The Consumer Key, complete; `null` before it is set.
    @ExplicitNull package var consumerKey: String?
    /// Hosts that the operator allows in addition to Salesforce's, as `host` or `host:port`.
    package let allowedHosts: [String]
    /// Whether the connection trusts further certificate authorities.
    package let hasOwnCertificateAuthorities: Bool
    /// The id of the org that the connection is pinned to, with 18 characters; `null` before the first sign-in.
    @ExplicitNull package var organizationID: String?
    let isBlocked: Bool
    package let state: ConnectionStateView
    /// The aliases of the other connections of the same app. They share its keys and its Consumer Key. A list has only the
    /// first ``ShownConnections/fewNames`` of them, so that its size does not grow with the square of their number.
    package let sharesAppWith: [String]
    /// The number of all other connections of the same app.
    let sharesAppWithCount: Int
    /// As ``sharesAppWith``, the aliases of connections that have a different app in aprity but the same Consumer Key, and may use the same
    /// org. Either a Consumer Key is wrong, or the connections should share one app; see ``SameKey``.
    let consumerKeyAlsoOf: [String]
    /// The key store that contains the private key.
    package let keyStore: KeyStoreKind
    package let certificate: CertificateView
    /// The state of the rotation of the app's certificate; `steady` if none is under way.
    package let rotation: RotationStateName
    /// Whether that rotation replaces ``certificate`` in the same app, so that its upload would undo the rotation.
    let isCertificateBeingReplaced: Bool
    /// How often aprity pulls the org's metadata by itself; `null` if no pull is scheduled.
    @ExplicitNull package var pullEverySeconds: Int?
    /// Why the latest of these pulls failed; `null` if it did not, or if no pull is scheduled.
    @ExplicitNull package var pullCause: Cause?
    /// Whether programs may get the connection's access tokens, which can write; `null`: they may, because the connection is
    /// older than this setting.
    @ExplicitNull package var allowsTokens: Bool?
    /// Sentences about what should be checked.
    package let warnings: [String]
    let createdAt: Date
    let changedAt: Date
    /// Each change of the connection or of its app increments it. A change may be based on it; see
    /// ``ConnectionChanges/expectedRevision``.
    package let revision: Int
}

extension ConnectionView {
    package var pullInterval: PullInterval? { pullEverySeconds.map(PullInterval.init(unchecked:)) }

    /// The warning to show when ``certificate`` is offered for upload; `nil` if no rotation replaces it.
    package var certificateBeingReplaced: CertificateBeingReplaced? {
        isCertificateBeingReplaced ? CertificateBeingReplaced(alias: alias) : nil
    }
}
