/// The objects that can be queried. The raw value is the object's API name.
enum OrgObject: String, CaseIterable, Sendable {
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
    case entityDefinition = "EntityDefinition"
    case fieldDefinition = "FieldDefinition"
    case customField = "CustomField"
    case validationRule = "ValidationRule"
    case layout = "Layout"
    case flow = "Flow"
    case flowDefinitionView = "FlowDefinitionView"
    case lightningComponentBundle = "LightningComponentBundle"
    case auraDefinitionBundle = "AuraDefinitionBundle"
    case metadataComponentDependency = "MetadataComponentDependency"
    case account = "Account"
    case contact = "Contact"

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
        case .organization, .user, .loginHistory, .oauthToken, .userPermissionAccess, .account, .contact: false
        default: true
        }
    }

    /// Whether the object holds business data.
    var isBusinessData: Bool { self == .account || self == .contact }

    /// Whether the object is one of those of the Metadata Catalog, whose queries have restrictions: "SOQL Operation
    /// Limitations" (Tooling API Developer Guide).
    var isInCatalog: Bool { self == .entityDefinition || self == .fieldDefinition }

    /// Whether the object can be queried at `/query`.
    var isInData: Bool {
        switch self {
        case .customField, .validationRule, .layout, .flow, .lightningComponentBundle, .metadataComponentDependency:
            false
        default: true
        }
    }

    /// Whether the object can be queried at `/tooling/query`.
    var isInTooling: Bool {
        switch self {
        case .connectedApplication, .externalClientApplication, .externalClientAppPolicies,
            .externalClientAppSettings, .apexClass, .apexTrigger, .apexPage, .apexComponent, .entityDefinition,
            .fieldDefinition, .customField, .validationRule, .layout, .flow, .lightningComponentBundle,
            .auraDefinitionBundle, .metadataComponentDependency:
            true
        default: false
        }
    }
}
