/// What a new connection is made from: texts as somebody typed them. Checked when it is added.
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
    /// Where the key is made; `nil` for where this home makes its keys.
    public var keyStore: KeyStoreKind?
    /// 1 through 3,650.
    public var certificateDays: Int
    /// Another connection whose app, and so whose key and Consumer Key, this one shares.
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

/// Changes to a connection; `nil` leaves a field as it is.
public struct ConnectionChanges: Sendable {
    /// A value, or its removal.
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
    /// Pins the connection to this org instead of the one that it is pinned to.
    public var acceptedOrganizationID: String?
    /// Refuses the change where the connection was changed since: the revision that the caller saw.
    public var expectedRevision: Int?

    public init() {}

    var isEmpty: Bool {
        consumerKey == nil && username == nil && loginHost == nil && audience == nil && allowedHosts == nil
            && certificateAuthoritiesPEM == nil && acceptedOrganizationID == nil
    }

    /// The names of what changes, for the audit record.
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
