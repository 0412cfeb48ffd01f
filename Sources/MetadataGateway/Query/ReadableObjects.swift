extension ReadableObject {
    /// Objects with metadata and set-up. None has business data, and no field has a secret: the tokens of `OauthToken`, the content of
    /// static resources and documents, e-mail addresses and phone numbers of users, and rows of custom metadata types are left out.
    ///
    /// Names of fields are those of "Object Reference for the Salesforce Platform" and "Tooling API Developer Guide".
    static let all: [ReadableObject] = organization + access + code + schema + apps

    private static let organization: [ReadableObject] = [
        .init(
            "Organization", [.data],
            "Name OrganizationType InstanceName IsSandbox NamespacePrefix TrialExpirationDate LanguageLocaleKey DefaultLocaleSidKey TimeZoneSidKey"
        ),
        .init(
            "User", [.data], "Username Name IsActive ProfileId UserType UserRoleId LastLoginDate",
            parents: ["Profile": "Profile", "UserRole": "UserRole"]),
        .init("UserRole", [.data], "Name DeveloperName ParentRoleId RollupDescription"),
        .init("Group", [.data], "Name DeveloperName Type RelatedId"),
        .init("GroupMember", [.data], "GroupId UserOrGroupId", parents: ["Group": "Group"]),
        .init(
            "SetupAuditTrail", [.data],
            "Action Section Display DelegateUser CreatedByContext ResponsibleNamespacePrefix"),
        .init(
            "LoginHistory", [.data],
            "UserId LoginTime LoginType LoginSubType Application Status ApiType ApiVersion ClientVersion Browser Platform TlsProtocol CipherSuite"
        ),
    ]

    private static let access: [ReadableObject] = [
        .init("Profile", [.data, .tooling], "Name UserType UserLicenseId Description IsSsoEnabled"),
        .init(
            "PermissionSet", [.data, .tooling],
            "Name Label Description IsOwnedByProfile IsCustom Type ProfileId LicenseId NamespacePrefix PermissionSetGroupId PermissionsApiEnabled PermissionsModifyMetadata PermissionsModifyAllData PermissionsViewAllData PermissionsViewSetup PermissionsManageUsers PermissionsCustomizeApplication",
            parents: ["Profile": "Profile", "PermissionSetGroup": "PermissionSetGroup"]),
        .init("PermissionSetGroup", [.data], "DeveloperName MasterLabel Description Status NamespacePrefix Language"),
        .init(
            "PermissionSetGroupComponent", [.data], "PermissionSetGroupId PermissionSetId",
            parents: ["PermissionSetGroup": "PermissionSetGroup", "PermissionSet": "PermissionSet"]),
        .init(
            "PermissionSetAssignment", [.data],
            "PermissionSetId PermissionSetGroupId AssigneeId IsActive ExpirationDate",
            parents: [
                "PermissionSet": "PermissionSet", "PermissionSetGroup": "PermissionSetGroup", "Assignee": "User",
            ]),
        .init(
            "SetupEntityAccess", [.data], "ParentId SetupEntityId SetupEntityType", parents: ["Parent": "PermissionSet"]
        ),
        .init(
            "ObjectPermissions", [.data],
            "ParentId SobjectType PermissionsCreate PermissionsRead PermissionsEdit PermissionsDelete PermissionsViewAllRecords PermissionsModifyAllRecords",
            parents: ["Parent": "PermissionSet"]),
        .init(
            "FieldPermissions", [.data], "ParentId SobjectType Field PermissionsRead PermissionsEdit",
            parents: ["Parent": "PermissionSet"]),
    ]

    private static let code: [ReadableObject] = [
        .init(
            "ApexClass", [.data, .tooling],
            "Name NamespacePrefix ApiVersion Status IsValid BodyCrc Body LengthWithoutComments ManageableState SymbolTable Metadata FullName"
        ),
        .init(
            "ApexTrigger", [.data, .tooling],
            "Name NamespacePrefix ApiVersion Status IsValid BodyCrc Body LengthWithoutComments TableEnumOrId ManageableState Metadata FullName UsageBeforeInsert UsageAfterInsert UsageBeforeUpdate UsageAfterUpdate UsageBeforeDelete UsageAfterDelete UsageAfterUndelete UsageIsBulk"
        ),
        .init(
            "ApexPage", [.data, .tooling],
            "Name NamespacePrefix ApiVersion MasterLabel Description ControllerType ControllerKey Markup ManageableState Metadata FullName"
        ),
        .init(
            "ApexComponent", [.data, .tooling],
            "Name NamespacePrefix ApiVersion MasterLabel Description ControllerType ControllerKey Markup ManageableState Metadata FullName"
        ),
        .init(
            "LightningComponentBundle", [.tooling],
            "DeveloperName MasterLabel Language NamespacePrefix ApiVersion Description IsExposed ManageableState Metadata FullName"
        ),
        .init(
            "LightningComponentResource", [.tooling],
            "LightningComponentBundleId FilePath Format Source ManageableState",
            parents: ["LightningComponentBundle": "LightningComponentBundle"]),
        .init(
            "AuraDefinitionBundle", [.data, .tooling],
            "DeveloperName MasterLabel Language NamespacePrefix ApiVersion Description ManageableState Metadata FullName"
        ),
        .init(
            "AuraDefinition", [.data, .tooling], "AuraDefinitionBundleId DefType Format Source ManageableState",
            parents: ["AuraDefinitionBundle": "AuraDefinitionBundle"]),
        .init(
            "StaticResource", [.data, .tooling],
            "Name NamespacePrefix ContentType BodyLength Description CacheControl ManageableState"),
        .init(
            "Flow", [.tooling],
            "DefinitionId MasterLabel Description VersionNumber Status ProcessType ApiVersion ManageableState Metadata FullName",
            parents: ["Definition": "FlowDefinition"]),
        .init(
            "FlowDefinition", [.tooling],
            "DeveloperName MasterLabel Description ActiveVersionId LatestVersionId NamespacePrefix ManageableState Metadata FullName",
            parents: ["ActiveVersion": "Flow", "LatestVersion": "Flow"]),
        .init(
            "FlowDefinitionView", [.data],
            "DurableId ApiName Label Description ProcessType TriggerType NamespacePrefix ActiveVersionId LatestVersionId LastModifiedBy VersionNumber IsActive ManageableState"
        ),
        .init(
            "FlowVersionView", [.data],
            "DurableId FlowDefinitionViewId Label Description Status VersionNumber ProcessType ApiVersion"),
        .init(
            "MetadataComponentDependency", [.tooling],
            "MetadataComponentId MetadataComponentName MetadataComponentNamespace MetadataComponentType RefMetadataComponentId RefMetadataComponentName RefMetadataComponentNamespace RefMetadataComponentType"
        ),
    ]

    private static let schema: [ReadableObject] = [
        .init(
            "EntityDefinition", [.data, .tooling],
            "DurableId QualifiedApiName DeveloperName Label PluralLabel MasterLabel KeyPrefix NamespacePrefix PublisherId IsCustomizable IsCustomSetting IsQueryable IsRetrieveable IsApexTriggerable IsEverCreatable IsEverUpdatable IsEverDeletable IsLayoutable IsSearchable IsTriggerable IsWorkflowEnabled IsDeprecatedAndHidden InternalSharingModel ExternalSharingModel DeploymentStatus Metadata FullName",
            children: [
                "Fields": "FieldDefinition", "CustomFields": "CustomField", "ValidationRules": "ValidationRule",
                "Layouts": "Layout", "ApexTriggers": "ApexTrigger",
            ]),
        .init(
            "FieldDefinition", [.data, .tooling],
            "DurableId QualifiedApiName EntityDefinitionId DeveloperName NamespacePrefix DataType Label MasterLabel Length Precision Scale IsCalculated IsCompound IsIndexed IsNillable IsNameField IsHtmlFormatted IsFieldHistoryTracked ReferenceTo RelationshipName Description ComplianceGroup SecurityClassification BusinessStatus ExtraTypeInfo Metadata FullName",
            parents: ["EntityDefinition": "EntityDefinition"]),
        .init(
            "EntityParticle", [.data, .tooling],
            "DurableId QualifiedApiName EntityDefinitionId FieldDefinitionId DeveloperName DataType Label Length Precision Scale IsNillable IsCreatable IsUpdatable IsIdLookup IsUnique ReferenceTo RelationshipName",
            parents: ["EntityDefinition": "EntityDefinition", "FieldDefinition": "FieldDefinition"]),
        .init(
            "CustomObject", [.tooling],
            "DeveloperName NamespacePrefix ManageableState Description Language ExternalName"
        ),
        .init(
            "CustomField", [.tooling],
            "DeveloperName TableEnumOrId EntityDefinitionId NamespacePrefix ManageableState Metadata FullName",
            parents: ["EntityDefinition": "EntityDefinition"]),
        .init(
            "ValidationRule", [.tooling],
            "ValidationName Active Description EntityDefinitionId ErrorDisplayField ErrorMessage NamespacePrefix ManageableState Metadata FullName",
            parents: ["EntityDefinition": "EntityDefinition"]),
        .init(
            "Layout", [.tooling],
            "Name TableEnumOrId EntityDefinitionId LayoutType NamespacePrefix ManageableState ShowSubmitAndAttachButton Metadata FullName",
            parents: ["EntityDefinition": "EntityDefinition"]),
        .init(
            "RecordType", [.data, .tooling],
            "Name DeveloperName NamespacePrefix Description SobjectType IsActive BusinessProcessId Metadata FullName"),
    ]

    private static let apps: [ReadableObject] = [
        .init(
            "ConnectedApplication", [.data, .tooling],
            "Name OptionsAllowAdminApprovedUsersOnly OptionsRefreshTokenValidityMetric OptionsHasSessionLevelPolicy OptionsIsInternal MobileSessionTimeout RefreshTokenValidityPeriod StartUrl"
        ),
        .init(
            "ExternalClientApplication", [.data, .tooling],
            "DeveloperName MasterLabel Language NamespacePrefix DistributionState Description ContactEmail"),
        .init(
            "OauthToken", [.data], "AppName AppMenuItemId UserId UseCount LastUsedDate", parents: ["User": "User"]),
        .init(
            "CustomApplication", [.tooling],
            "DeveloperName Label Description NavType UiType NamespacePrefix Metadata FullName"),
        .init(
            "AppDefinition", [.data],
            "DurableId Label DeveloperName MasterLabel NamespacePrefix Description UiType NavType"),
        .init(
            "InstalledSubscriberPackage", [.tooling], "SubscriberPackageId SubscriberPackageVersionId",
            parents: ["SubscriberPackage": "SubscriberPackage"]),
        .init("SubscriberPackage", [.tooling], "Name NamespacePrefix Description IsPackageValid"),
    ]
}
