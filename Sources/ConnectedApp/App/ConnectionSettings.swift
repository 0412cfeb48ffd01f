/// The settings of a new connection, as typed. They are checked when the connection is added.
package struct NewConnection: Sendable {
    var alias: String
    var loginHost: String
    var username: String
    package var appKind: AppKind?
    package var consumerKey: String?
    package var audience: String?
    package var allowedHosts: [String]
    /// PEM text of further certificate authorities.
    package var certificateAuthoritiesPEM: String?
    package var keySize: KeySize
    /// The key store in which the key is created; `nil`: the default of this home.
    package var keyStore: KeyStoreKind?
    /// How long the certificate is valid, 1 through 3,650 days.
    package var certificateDays: Int
    /// The alias of another connection. The new one uses its app, with its key and Consumer Key.
    package var sameAppAs: String?

    package init(
        alias: String, loginHost: String, username: String, appKind: AppKind? = nil, consumerKey: String? = nil,
        audience: String? = nil, allowedHosts: [String] = [], certificateAuthoritiesPEM: String? = nil,
        keySize: KeySize = .bits2048, keyStore: KeyStoreKind? = nil, certificateDays: Int = 365,
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
    package var allowedHosts: [String]?
    package var certificateAuthoritiesPEM: Change<String>?
    /// The id of the org to pin the connection to, in place of the present one.
    package var acceptedOrganizationID: String?
    /// The revision that the caller saw. The change is refused if the connection has another one by now.
    package var expectedRevision: Int?

    package init() {}

    var isEmpty: Bool {
        consumerKey == nil && username == nil && loginHost == nil && audience == nil && allowedHosts == nil
            && certificateAuthoritiesPEM == nil && acceptedOrganizationID == nil
    }

    /// The names of the changed fields, separated by commas, for the audit record.
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
