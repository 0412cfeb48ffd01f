/// The settings of a new connection, as typed. They are checked when the connection is added.
package struct NewConnection: Sendable {
    /// How long a certificate can be valid, in days.
    package static let certificateDaysRange = 1...AppCertificate.longestLife
    /// How long a certificate is valid by default, in days.
    package static let defaultCertificateDays = 365

    var alias: String
    /// A URL, or a host alone, which means https.
    var loginHost: String
    var username: String
    /// `nil`: an External Client App, or the kind of the app in ``sameAppAs``.
    package var appKind: AppKind?
    /// `nil`: not known yet, because the app does not exist in Salesforce.
    package var consumerKey: String?
    /// `nil`: derived from the login host and the kind of app; see ``Audience``.
    package var audience: String?
    /// Hosts that the operator trusts in addition to Salesforce's; see ``AllowedHost``.
    package var allowedHosts: [String]
    /// PEM text of certificate authorities to trust in addition to the system's; `nil`: none.
    package var certificateAuthoritiesPEM: String?
    /// `nil`: 2048 bits.
    package var keySize: KeySize?
    /// The key store in which the key is created; `nil`: the default of this home.
    package var keyStore: KeyStoreKind?
    /// How long the certificate is valid, a number of days in ``certificateDaysRange``; `nil`:
    /// ``defaultCertificateDays``.
    package var certificateDays: Int?
    /// The alias of a connection whose app, key and Consumer Key the new one uses; `nil`: a new app and a new key.
    ///
    /// If it is given, ``keySize``, ``keyStore`` and ``certificateDays`` are rejected with `.usage`, and so are an
    /// ``appKind`` or ``consumerKey`` that differ from the app's.
    package var sameAppAs: String?
    /// Whether programs may get the connection's access tokens, which can write.
    package var allowsTokens: Bool

    package init(
        alias: String, loginHost: String, username: String, appKind: AppKind? = nil, consumerKey: String? = nil,
        audience: String? = nil, allowedHosts: [String] = [], certificateAuthoritiesPEM: String? = nil,
        keySize: KeySize? = nil, keyStore: KeyStoreKind? = nil, certificateDays: Int? = nil,
        sameAppAs: String? = nil, allowsTokens: Bool = false
    ) {
        self.alias = alias
        self.loginHost = loginHost
        self.username = username
        self.appKind = appKind
        self.consumerKey = consumerKey
        self.audience = audience
        self.allowedHosts = allowedHosts
        self.certificateAuthoritiesPEM = certificateAuthoritiesPEM
        self.keySize = keySize
        self.keyStore = keyStore
        self.certificateDays = certificateDays
        self.sameAppAs = sameAppAs
        self.allowsTokens = allowsTokens
    }
}
