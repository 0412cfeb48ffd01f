/// The settings of a new connection, as typed. They are checked when the connection is added.
package struct NewConnection: Sendable {
    /// How long a certificate can be valid, in days.
    package static let certificateDaysRange = 1...SelfSignedCertificate.longestLife
    /// How long a certificate is valid by default, in days.
    package static let usualCertificateDays = 365

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
    package var keySize: KeySize
    /// The key store in which the key is created; `nil`: the default of this home.
    package var keyStore: KeyStoreKind?
    /// How long the certificate is valid: 1 to 3,650 days.
    package var certificateDays: Int
    /// The alias of a connection whose app, key and Consumer Key the new one uses; `nil`: a new app and a new key.
    package var sameAppAs: String?

    package init(
        alias: String, loginHost: String, username: String, appKind: AppKind? = nil, consumerKey: String? = nil,
        audience: String? = nil, allowedHosts: [String] = [], certificateAuthoritiesPEM: String? = nil,
        keySize: KeySize = .bits2048, keyStore: KeyStoreKind? = nil,
        certificateDays: Int = usualCertificateDays,
        sameAppAs: String? = nil
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
    }
}

/// Changes to a connection. A field that is `nil` does not change.
package struct ConnectionChanges: Sendable {
    /// A new value, or the removal of the present one.
    package enum Change<Value: Sendable>: Sendable {
        case to(Value)
        case removed
    }

    package var consumerKey: String?
    package var username: String?
    package var loginHost: String?
    package var audience: Change<String>?
    /// Replaces the whole list.
    package var allowedHosts: [String]?
    package var certificateAuthoritiesPEM: Change<String>?
    /// The id of the org to pin the connection to, in place of the present one.
    package var acceptedOrganizationID: String?
    /// The revision that the caller saw. If the connection's revision differs by now, the change fails with
    /// `.recordChanged`. `nil`: no comparison.
    package var expectedRevision: Int?

    package init() {}

    /// Whether nothing is to change. ``expectedRevision`` is not a change.
    package var isEmpty: Bool {
        consumerKey == nil && username == nil && loginHost == nil && audience == nil && allowedHosts == nil
            && certificateAuthoritiesPEM == nil && acceptedOrganizationID == nil
    }

    /// The names of the changed fields, separated by commas. Stored in the audit record; the names must not change.
    var fields: String {
        var names: [String] = []
        if consumerKey != nil { names.append("consumerKey") }
        if username != nil { names.append("username") }
        if loginHost != nil { names.append("loginHost") }
        if audience != nil { names.append("audience") }
        if allowedHosts != nil { names.append("allowedHosts") }
        if certificateAuthoritiesPEM != nil { names.append("certificateAuthorities") }
        if acceptedOrganizationID != nil { names.append("organizationID") }
        return names.joined(separator: ",")
    }
}
