/// One External Client App or Connected App of an org, with its policies.
struct App: Codable, Equatable, Sendable {
    enum Kind: String, Codable, CaseIterable, Sendable { case externalClientApp, connectedApp }

    /// The *Permitted Users* policy.
    enum PermittedUsers: String, Codable, CaseIterable, Sendable { case allSelfAuthorized, adminApprovedPreAuthorized }

    enum SessionLevel: String, Codable, CaseIterable, Sendable {
        case low = "LOW"
        case standard = "STANDARD"
        case highAssurance = "HIGH_ASSURANCE"
    }

    /// The *IP Relaxation* policy, under its metadata names.
    enum IPRelaxation: String, Codable, CaseIterable, Sendable {
        case enforce = "ENFORCE"
        case enforceButRelaxForRefresh = "ENFORCE_RELAXREFRESH"
        case relaxForActivatedDevices = "BYPASS_2FACTOR"
        case relax = "BYPASS"
    }

    var kind = Kind.externalClientApp
    /// The API name, unique in its org.
    var name: String
    /// Empty: the name stands in.
    var label = ""
    var contactEmail = ""
    /// Where a browser flow would return to; the JWT bearer flow never does.
    var callbackURL = ""
    /// 18 characters from `0xI` (external client app) or `0H4` (connected app); made up when left out.
    var id = ""
    /// Empty: the org makes one up, as it does for an app created in Setup.
    var consumerKey = ""
    /// Empty: the org makes one up. The JWT bearer flow never uses it.
    var consumerSecret = ""
    /// The one certificate slot: PEM, or the body of PEM without its armour. Nil: nothing uploaded.
    var certificatePEM: String?
    /// What was deployed as a certificate in a form that the org does not understand: no signature fits it.
    var unreadableCertificate: String?
    /// Values of the metadata enumeration: `Api`, `RefreshToken`, `Full`, `Web`, …
    var scopes: [String] = []
    var permittedUsers = PermittedUsers.allSelfAuthorized
    /// Names of permission sets, and of permission set groups, whose users are pre-authorized.
    var permissionSets: [String] = []
    /// Names of profiles whose users are pre-authorized.
    var profiles: [String] = []
    /// What users have approved in a browser.
    var approvals: [Approval] = []
    var blocked = false
    var enabled = true
    var installed = true
    var requiredSessionLevel = SessionLevel.standard
    /// Concerns other flows: JWT bearer keeps to the profile's ranges whatever stands here.
    var ipRelaxation = IPRelaxation.enforce
    /// Idle minutes after which a session ends; nil: the switch `sessionTimeoutSeconds` decides.
    var sessionTimeoutMinutes: Int?
    /// *Introspect All Tokens*: the app may ask about tokens of other apps too.
    var introspectsAllTokens = false
    /// *Issue JSON Web Token (JWT)-based access tokens for named users*: REST takes them, SOAP does not.
    var issuesJWTAccessTokens = false
    /// Boxes of the OAuth settings that concern other flows.
    var oauthOptions = OAuthOptions()
    /// External client apps only.
    var flowPolicies = FlowPolicies()
    /// Minutes that a JWT-format token lives, however much it is used.
    var jwtTimeoutMinutes = 30
    /// API Access Control does not know the app: it gets tokens that no API takes.
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

/// One user's earlier consent to an app, with the scopes then granted.
struct Approval: Codable, Equatable, Sendable {
    var username: String
    /// Metadata enumeration values. Only an approval with `RefreshToken` serves the JWT bearer flow.
    var scopes: [String] = []

    init(username: String) { self.username = username }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(username: try keys.decode(String.self, forKey: .username))
        scopes = try keys.value(.scopes, or: scopes)
    }
}
