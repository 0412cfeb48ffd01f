/// The settings of a new connection, as typed. They are checked when the connection is added.
public struct NewConnection: Sendable {
    public var alias: String
    public var loginHost: String
    public var username: String
    public var appKind: AppKind?
    public var consumerKey: String?
    public var audience: String?
    public var allowedHosts: [String]
    /// PEM text of further certificate authorities.
    public var certificateAuthoritiesPEM: String?
    public var keySize: KeySize
    /// The key store in which the key is created; `nil`: the default of this home.
    public var keyStore: KeyStoreKind?
    /// How long the certificate is valid, 1 through 3,650 days.
    public var certificateDays: Int
    /// The alias of another connection. The new one uses its app, with its key and Consumer Key.
    public var sameAppAs: String?

    public init(
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
public struct ConnectionChanges: Sendable {
    /// A new value, or the removal of the present one.
    public enum Change<Value: Sendable>: Sendable {
        case to(Value)
        case removed
    }

    public var consumerKey: String?
    public var username: String?
    public var loginHost: String?
    public var audience: Change<String>?
    public var allowedHosts: [String]?
    public var certificateAuthoritiesPEM: Change<String>?
    /// The id of the org to pin the connection to, in place of the present one.
    public var acceptedOrganizationID: String?
    /// The revision that the caller saw. The change is refused if the connection has another one by now.
    public var expectedRevision: Int?

    public init() {}

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
