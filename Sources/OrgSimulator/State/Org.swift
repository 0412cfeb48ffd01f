/// A simulated Salesforce org.
///
/// The property names here and in the types below are keys of the state document; `docs/simulator-state.schema.json`
/// lists them.
struct Org: Codable, Equatable, Sendable {
    /// The org id: 18 characters that begin with `00D`. Generated if empty.
    var id = ""
    /// The organization's name, unique in the document.
    var name: String
    /// The host name of the org's My Domain, such as `harbour-bikes.my.salesforce.com`. Unique in the document; empty
    /// if the org has none.
    var myDomain = ""
    /// The value of `instance_url`, scheme and host. If `nil`, it depends on the address that the client called; see
    /// ``OrgSimulation/instanceURL(of:calledBy:)``.
    var instanceURL: String?
    var isSandbox = false
    /// False for an org that is locked, closed or suspended.
    var isActive = true
    /// API Access Control: only installed apps may call the APIs, except for users with *Use Any API Client*.
    var apiAccessControl = false
    /// The number of API requests allowed in any 24 hours of org time.
    var dailyAPIRequestLimit = 100_000
    /// Whether Salesforce Support has enabled the creation of Connected Apps, which is disabled since Spring '26.
    var allowConnectedAppCreation = false
    /// The usernames are unique, ignoring case.
    var users: [User] = []
    /// If a user's `profile` is a standard profile that is missing here, it is added.
    var profiles: [Profile] = []
    var permissionSets: [PermissionSet] = []
    /// The API names of the org's custom permissions.
    var customPermissions: [String] = []
    /// Permission set groups.
    var groups: [PermissionSetGroup] = []
    var apps: [App] = []
    /// The path of the folder with the org's metadata; `nil` if the org has none. A relative path starts at the
    /// simulator's working directory.
    var source: String?
    /// What makes the metadata hard to read.
    var metadata = MetadataConditions()
    /// The number of accounts with one contact each; their texts are canaries. With 0, the objects do not exist.
    var canaryAccounts = 0

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
        customPermissions = try keys.value(.customPermissions, or: customPermissions)
        groups = try keys.value(.groups, or: groups)
        apps = try keys.value(.apps, or: apps)
        source = try keys.decodeIfPresent(String.self, forKey: .source)
        metadata = try keys.value(.metadata, or: metadata)
        canaryAccounts = try keys.value(.canaryAccounts, or: canaryAccounts)
    }
}

/// A user of an org.
struct User: Codable, Equatable, Sendable {
    var username: String
    /// The record id: 18 characters that begin with `005`. Generated if empty.
    var id = ""
    /// The full name. If empty, the username is shown.
    var name = ""
    /// The mail address. If empty, the username is used.
    var email = ""
    /// The name of one of the org's profiles.
    var profile = Profile.standardUser
    /// Names of the permission sets assigned to the user.
    var permissionSets: [String] = []
    /// Names of the permission set groups assigned to the user.
    var groups: [String] = []
    var isActive = true
    var isFrozen = false
    /// Overrides the *API Enabled* permission of profile and permission sets; `nil` for no override.
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

/// A profile of an org.
struct Profile: Codable, Equatable, Sendable {
    var name: String
    /// The record id: 18 characters that begin with `00e`. Generated if empty.
    var id = ""
    /// API names of user permissions, such as `ApiEnabled`.
    var userPermissions: [String] = []
    /// The addresses that users can sign in from. If empty, they can sign in from anywhere.
    var loginIPRanges: [IPRange] = []
    /// The periods in which users can sign in. If empty, they can sign in at any time.
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

/// A permission set of an org.
struct PermissionSet: Codable, Equatable, Sendable {
    /// The API name.
    var name: String
    /// If empty, the name is shown.
    var label = ""
    /// The record id: 18 characters that begin with `0PS`. Generated if empty.
    var id = ""
    /// API names of user permissions, such as `ApiEnabled`.
    var userPermissions: [String] = []
    /// API names of custom permissions of the org.
    var customPermissions: [String] = []

    init(name: String) { self.name = name }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(name: try keys.decode(String.self, forKey: .name))
        label = try keys.value(.label, or: label)
        id = try keys.value(.id, or: id)
        userPermissions = try keys.value(.userPermissions, or: userPermissions)
        customPermissions = try keys.value(.customPermissions, or: customPermissions)
    }
}

/// A permission set group of an org.
struct PermissionSetGroup: Codable, Equatable, Sendable {
    /// The API name.
    var name: String
    /// If empty, the name is shown.
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
