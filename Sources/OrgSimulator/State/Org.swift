/// One simulated Salesforce org.
struct Org: Codable, Equatable, Sendable {
    /// 18 characters from `00D`; made up when left out.
    var id = ""
    /// The organization's name, unique in the document.
    var name: String
    /// The host name of the org's My Domain, such as `harbour-bikes.my.salesforce.com`.
    var myDomain = ""
    /// Scheme and host that `instance_url` names; nil: the address that the simulator listens on.
    var instanceURL: String?
    var isSandbox = false
    /// False for an org that is locked, closed or suspended.
    var isActive = true
    /// API Access Control: only installed apps may call the APIs, but for users with *Use Any API Client*.
    var apiAccessControl = false
    /// API requests in any 24 hours of org time.
    var dailyAPIRequestLimit = 100_000
    /// Salesforce Support has opened the creation of Connected Apps, closed since Spring '26.
    var allowConnectedAppCreation = false
    var users: [User] = []
    var profiles: [Profile] = []
    var permissionSets: [PermissionSet] = []
    /// Permission set groups.
    var groups: [PermissionSetGroup] = []
    var apps: [App] = []
    /// The folder whose metadata the org holds; nil: it holds none.
    var source: String?

    init(name: String) { self.name = name }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(name: try keys.decode(String.self, forKey: .name))
        id = try keys.value(.id, or: id)
        myDomain = try keys.value(.myDomain, or: myDomain)
        instanceURL = try keys.decodeIfPresent(String.self, forKey: .instanceURL)
        isSandbox = try keys.value(.isSandbox, or: isSandbox)
        isActive = try keys.value(.isActive, or: isActive)
        apiAccessControl = try keys.value(.apiAccessControl, or: apiAccessControl)
        dailyAPIRequestLimit = try keys.value(.dailyAPIRequestLimit, or: dailyAPIRequestLimit)
        allowConnectedAppCreation = try keys.value(.allowConnectedAppCreation, or: allowConnectedAppCreation)
        users = try keys.value(.users, or: users)
        profiles = try keys.value(.profiles, or: profiles)
        permissionSets = try keys.value(.permissionSets, or: permissionSets)
        groups = try keys.value(.groups, or: groups)
        apps = try keys.value(.apps, or: apps)
        source = try keys.decodeIfPresent(String.self, forKey: .source)
    }
}

struct User: Codable, Equatable, Sendable {
    var username: String
    /// 18 characters from `005`; made up when left out.
    var id = ""
    /// The full name; empty: the username stands in.
    var name = ""
    /// Empty: the username stands in.
    var email = ""
    /// The name of one of the org's profiles.
    var profile = Profile.standardUser
    /// Names of permission sets assigned to the user.
    var permissionSets: [String] = []
    /// Names of permission set groups assigned to the user.
    var groups: [String] = []
    var isActive = true
    var isFrozen = false
    /// Overrides the *API Enabled* permission of profile and permission sets; nil: they decide.
    var apiEnabled: Bool?

    init(username: String) { self.username = username }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(username: try keys.decode(String.self, forKey: .username))
        id = try keys.value(.id, or: id)
        name = try keys.value(.name, or: name)
        email = try keys.value(.email, or: email)
        profile = try keys.value(.profile, or: profile)
        permissionSets = try keys.value(.permissionSets, or: permissionSets)
        groups = try keys.value(.groups, or: groups)
        isActive = try keys.value(.isActive, or: isActive)
        isFrozen = try keys.value(.isFrozen, or: isFrozen)
        apiEnabled = try keys.decodeIfPresent(Bool.self, forKey: .apiEnabled)
    }
}

struct Profile: Codable, Equatable, Sendable {
    var name: String
    /// 18 characters from `00e`; made up when left out.
    var id = ""
    /// API names of user permissions, such as `ApiEnabled`.
    var userPermissions: [String] = []
    /// Empty: sign-ins from every address.
    var loginIPRanges: [IPRange] = []
    /// Empty: sign-ins at every hour.
    var loginHours: [LoginHours] = []

    init(name: String) { self.name = name }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(name: try keys.decode(String.self, forKey: .name))
        id = try keys.value(.id, or: id)
        userPermissions = try keys.value(.userPermissions, or: userPermissions)
        loginIPRanges = try keys.value(.loginIPRanges, or: loginIPRanges)
        loginHours = try keys.value(.loginHours, or: loginHours)
    }
}

struct PermissionSet: Codable, Equatable, Sendable {
    /// The API name.
    var name: String
    /// Empty: the name stands in.
    var label = ""
    /// 18 characters from `0PS`; made up when left out.
    var id = ""
    var userPermissions: [String] = []

    init(name: String) { self.name = name }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(name: try keys.decode(String.self, forKey: .name))
        label = try keys.value(.label, or: label)
        id = try keys.value(.id, or: id)
        userPermissions = try keys.value(.userPermissions, or: userPermissions)
    }
}

struct PermissionSetGroup: Codable, Equatable, Sendable {
    /// The API name.
    var name: String
    /// Empty: the name stands in.
    var label = ""
    /// Names of the permission sets in the group.
    var permissionSets: [String] = []

    init(name: String) { self.name = name }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(name: try keys.decode(String.self, forKey: .name))
        label = try keys.value(.label, or: label)
        permissionSets = try keys.value(.permissionSets, or: permissionSets)
    }
}
