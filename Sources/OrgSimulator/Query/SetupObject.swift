/// The objects that can be queried. None of them holds business data. The raw value is the object's API name.
enum SetupObject: String, CaseIterable, Sendable {
    case organization = "Organization"
    case user = "User"
    case profile = "Profile"
    case permissionSet = "PermissionSet"
    case permissionSetGroup = "PermissionSetGroup"
    case permissionSetGroupComponent = "PermissionSetGroupComponent"
    case permissionSetAssignment = "PermissionSetAssignment"
    case setupEntityAccess = "SetupEntityAccess"
    case connectedApplication = "ConnectedApplication"
    case externalClientApplication = "ExternalClientApplication"
    case externalClientAppPolicies = "ExtlClntAppOauthPlcyCnfg"
    case externalClientAppSettings = "ExtlClntAppOauthSettings"
    case loginHistory = "LoginHistory"
    case oauthToken = "OauthToken"
    case setupAuditTrail = "SetupAuditTrail"
    case userPermissionAccess = "UserPermissionAccess"
    case apexClass = "ApexClass"
    case apexTrigger = "ApexTrigger"
    case apexPage = "ApexPage"
    case apexComponent = "ApexComponent"

    /// Finds the object with an API name, ignoring case.
    init?(named name: String) {
        guard let object = Self.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
            return nil
        }
        self = object
    }

    /// Whether only users with *View Setup and Configuration* can read the object.
    var needsViewSetup: Bool {
        switch self {
        case .organization, .user, .loginHistory, .oauthToken, .userPermissionAccess: false
        default: true
        }
    }

    /// Whether the object can also be queried at `/tooling/query`.
    var isInTooling: Bool {
        switch self {
        case .connectedApplication, .externalClientApplication, .externalClientAppPolicies,
            .externalClientAppSettings, .apexClass, .apexTrigger, .apexPage, .apexComponent:
            true
        default: false
        }
    }
}
