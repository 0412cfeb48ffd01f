/// An External Client App or Connected App of an org, with its policies.
///
/// Property names and raw values are keys and values of the state document; `docs/simulator-state.schema.json` lists
/// them.
struct App: Codable, Equatable, Sendable {
    enum Kind: String, Codable, CaseIterable, Sendable { case externalClientApp, connectedApp }

    /// The *Permitted Users* policy.
    enum PermittedUsers: String, Codable, CaseIterable, Sendable { case allSelfAuthorized, adminApprovedPreAuthorized }

    /// The session security level that a sign-in must have. The JWT bearer flow reaches `standard` at most.
    enum SessionLevel: String, Codable, CaseIterable, Sendable {
        case low = "LOW"
        case standard = "STANDARD"
        case highAssurance = "HIGH_ASSURANCE"
    }

    /// The *IP Relaxation* policy, with its metadata names as raw values.
    enum IPRelaxation: String, Codable, CaseIterable, Sendable {
        case enforce = "ENFORCE"
        case enforceButRelaxForRefresh = "ENFORCE_RELAXREFRESH"
        case relaxForActivatedDevices = "BYPASS_2FACTOR"
        case relax = "BYPASS"
    }

    var kind = Kind.externalClientApp
    /// The API name, unique in its org.
    var name: String
    /// If empty, the name is shown.
    var label = ""
    var contactEmail = ""
    /// The URLs that browser flows redirect to, one a line. The JWT bearer flow does not use them.
    var callbackURL = ""
    /// The record id: 18 characters that begin with `0xI` (External Client App) or `0H4` (Connected App). Generated if
    /// empty.
    var id = ""
    /// 8 to 256 characters, unique in the org. Generated if empty.
    var consumerKey = ""
    /// Generated if empty. The JWT bearer flow does not use it.
    var consumerSecret = ""
    /// The app's only certificate: PEM, or PEM without its BEGIN and END lines. `nil` if none was uploaded. A state
    /// whose certificate ``UploadedCertificate`` rejects is rejected too.
    var certificatePEM: String?
    /// A deployed certificate in a format that the org cannot read. Deploying it succeeds, but no signature matches it.
    var unreadableCertificate: String?
    /// The scopes by their metadata names: `Api`, `RefreshToken`, `Full`, `Web`, … ``OAuthScope`` has all of them.
    var scopes: [String] = []
    var permittedUsers = PermittedUsers.allSelfAuthorized
    /// Names of permission sets and permission set groups whose users are pre-authorized.
    var permissionSets: [String] = []
    /// Names of profiles whose users are pre-authorized.
    var profiles: [String] = []
    /// The approvals that users gave in a browser.
    var approvals: [Approval] = []
    /// *Block*: sign-ins are refused, and existing sessions are invalid.
    var blocked = false
    /// *Enable this app* of an External Client App. If false, sign-ins are refused, and existing sessions are invalid.
    var enabled = true
    /// If false, only users with a permission for uninstalled apps can sign in to a Connected App, and nobody can sign
    /// in to an External Client App.
    var installed = true
    var requiredSessionLevel = SessionLevel.standard
    /// Affects other flows only. The JWT bearer flow always enforces the profile's IP ranges.
    var ipRelaxation = IPRelaxation.enforce
    /// Idle minutes after which a session ends; `nil` to use the switch `sessionTimeoutSeconds`.
    var sessionTimeoutMinutes: Int?
    /// *Introspect All Tokens*: the app may introspect tokens of other apps too.
    var introspectsAllTokens = false
    /// *Issue JSON Web Token (JWT)-based access tokens for named users*: REST accepts them, SOAP does not.
    var issuesJWTAccessTokens = false
    var oauthOptions = OAuthOptions()
    /// For External Client Apps only.
    var flowPolicies = FlowPolicies()
    /// The lifetime of a JWT-format token in minutes, 1 to 720. Use does not extend it.
    var jwtTimeoutMinutes = 30
    /// Whether API Access Control blocks the app. The app still gets tokens, but every API rejects them.
    var blockedByAPIAccessControl = false

    init(name: String) { self.name = name }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(name: try keys.decode(String.self, forKey: .name))
        kind = try keys.value(.kind, or: kind)
        label = try keys.value(.label, or: label)
        contactEmail = try keys.value(.contactEmail, or: contactEmail)
        callbackURL = try keys.value(.callbackURL, or: callbackURL)
        id = try keys.value(.id, or: id)
        consumerKey = try keys.value(.consumerKey, or: consumerKey)
        consumerSecret = try keys.value(.consumerSecret, or: consumerSecret)
        certificatePEM = try keys.decodeIfPresent(String.self, forKey: .certificatePEM)
        unreadableCertificate = try keys.decodeIfPresent(String.self, forKey: .unreadableCertificate)
        scopes = try keys.value(.scopes, or: scopes)
        permittedUsers = try keys.value(.permittedUsers, or: permittedUsers)
        permissionSets = try keys.value(.permissionSets, or: permissionSets)
        profiles = try keys.value(.profiles, or: profiles)
        approvals = try keys.value(.approvals, or: approvals)
        blocked = try keys.value(.blocked, or: blocked)
        enabled = try keys.value(.enabled, or: enabled)
        installed = try keys.value(.installed, or: installed)
        requiredSessionLevel = try keys.value(.requiredSessionLevel, or: requiredSessionLevel)
        ipRelaxation = try keys.value(.ipRelaxation, or: ipRelaxation)
        sessionTimeoutMinutes = try keys.decodeIfPresent(Int.self, forKey: .sessionTimeoutMinutes)
        introspectsAllTokens = try keys.value(.introspectsAllTokens, or: introspectsAllTokens)
        issuesJWTAccessTokens = try keys.value(.issuesJWTAccessTokens, or: issuesJWTAccessTokens)
        oauthOptions = try keys.value(.oauthOptions, or: oauthOptions)
        flowPolicies = try keys.value(.flowPolicies, or: flowPolicies)
        jwtTimeoutMinutes = try keys.value(.jwtTimeoutMinutes, or: jwtTimeoutMinutes)
        blockedByAPIAccessControl = try keys.value(.blockedByAPIAccessControl, or: blockedByAPIAccessControl)
    }
}

/// A user's consent to an app, with the granted scopes.
struct Approval: Codable, Equatable, Sendable {
    var username: String
    /// The scopes by their metadata names. For the JWT bearer flow, they must include `RefreshToken`.
    var scopes: [String] = []

    init(username: String) { self.username = username }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(username: try keys.decode(String.self, forKey: .username))
        scopes = try keys.value(.scopes, or: scopes)
    }
}
