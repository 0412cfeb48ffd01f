extension MetadataType {
    /// All types in the order of describeMetadata. Directories, suffixes, and the flags for folders and `-meta.xml`
    /// files are those of a real org (Metadata API Developer Guide; registry of forcedotcom/source-deploy-retrieve).
    static let all: [MetadataType] =
        code + objects + translations + automation + access + apps + settings + content + userInterface + integration

    private static let code: [MetadataType] = [
        .init(xmlName: "ApexClass", directory: "classes", suffix: "cls", layout: .content, keyPrefix: "01p"),
        .init(
            xmlName: "ApexComponent", directory: "components", suffix: "component", layout: .content, keyPrefix: "099"),
        .init(xmlName: "ApexPage", directory: "pages", suffix: "page", layout: .content, keyPrefix: "066"),
        .init(xmlName: "ApexTestSuite", directory: "testSuites", suffix: "testSuite", keyPrefix: "05F"),
        .init(xmlName: "ApexTrigger", directory: "triggers", suffix: "trigger", layout: .content, keyPrefix: "01q"),
        .init(xmlName: "AuraDefinitionBundle", directory: "aura", layout: .bundle, keyPrefix: "0Ab"),
        .init(xmlName: "LightningComponentBundle", directory: "lwc", layout: .bundle, keyPrefix: "0Rb"),
        .init(xmlName: "LightningMessageChannel", directory: "messageChannels", suffix: "messageChannel"),
        .init(xmlName: "Scontrol", directory: "scontrols", suffix: "scf", layout: .content, keyPrefix: "01N"),
        .init(xmlName: "WaveTemplateBundle", directory: "waveTemplates", layout: .bundle),
    ]

    private static let objects: [MetadataType] = [
        .init(
            xmlName: "CustomObject", directory: "objects", suffix: "object", layout: .decomposed,
            children: objectChildren, needsDirectory: true, keyPrefix: "01I"),
        .init(xmlName: "CustomMetadata", directory: "customMetadata", suffix: "md", keyPrefix: "m00"),
        .init(xmlName: "DuplicateRule", directory: "duplicateRules", suffix: "duplicateRule", keyPrefix: "0Bm"),
        .init(
            xmlName: "FieldRestrictionRule", directory: "fieldRestrictionRules", suffix: "rule", needsDirectory: true),
        .init(xmlName: "GlobalValueSet", directory: "globalValueSets", suffix: "globalValueSet", keyPrefix: "0Nt"),
        .init(
            xmlName: "MatchingRules", directory: "matchingRules", suffix: "matchingRule",
            children: [.init(xmlName: "MatchingRule", element: "matchingRules")]),
        .init(xmlName: "RestrictionRule", directory: "restrictionRules", suffix: "rule", needsDirectory: true),
        .init(
            xmlName: "StandardValueSet", directory: "standardValueSets", suffix: "standardValueSet",
            allowsWildcard: false, isListed: false, since: 38),
        .init(xmlName: "TopicsForObjects", directory: "topicsForObjects", suffix: "topicsForObjects"),
    ]

    private static let objectChildren: [Child] = [
        .init(
            xmlName: "BusinessProcess", element: "businessProcesses",
            source: .init(directory: "businessProcesses", suffixes: ["businessProcess"])),
        .init(
            xmlName: "CompactLayout", element: "compactLayouts",
            source: .init(directory: "compactLayouts", suffixes: ["compactLayout"])),
        .init(xmlName: "CustomField", element: "fields", source: .init(directory: "fields", suffixes: ["field"])),
        .init(xmlName: "FieldSet", element: "fieldSets", source: .init(directory: "fieldSets", suffixes: ["fieldSet"])),
        .init(
            xmlName: "Index", element: "indexes", source: .init(directory: "indexes", suffixes: ["index", "indexe"])),
        .init(xmlName: "ListView", element: "listViews", source: .init(directory: "listViews", suffixes: ["listView"])),
        .init(
            xmlName: "RecordType", element: "recordTypes",
            source: .init(directory: "recordTypes", suffixes: ["recordType"])),
        .init(
            xmlName: "SharingReason", element: "sharingReasons",
            source: .init(directory: "sharingReasons", suffixes: ["sharingReason"])),
        .init(
            xmlName: "ValidationRule", element: "validationRules",
            source: .init(directory: "validationRules", suffixes: ["validationRule"])),
        .init(xmlName: "WebLink", element: "webLinks", source: .init(directory: "webLinks", suffixes: ["webLink"])),
    ]

    private static let translations: [MetadataType] = [
        .init(
            xmlName: "CustomLabels", directory: "labels", suffix: "labels",
            children: [.init(xmlName: "CustomLabel", element: "labels", isNamedAlone: true)], keyPrefix: "101"),
        .init(
            xmlName: "CustomObjectTranslation", directory: "objectTranslations", suffix: "objectTranslation",
            layout: .decomposed,
            children: [
                .init(
                    xmlName: "CustomFieldTranslation", element: "fields", key: "name",
                    source: .init(directory: nil, suffixes: ["fieldTranslation"]), isAddressable: false)
            ], needsDirectory: true, keyPrefix: "01h"),
        .init(
            xmlName: "GlobalValueSetTranslation", directory: "globalValueSetTranslations",
            suffix: "globalValueSetTranslation"),
        .init(
            xmlName: "StandardValueSetTranslation", directory: "standardValueSetTranslations",
            suffix: "standardValueSetTranslation"),
        .init(xmlName: "Translations", directory: "translations", suffix: "translation"),
    ]

    private static let automation: [MetadataType] = [
        .init(xmlName: "ApprovalProcess", directory: "approvalProcesses", suffix: "approvalProcess", keyPrefix: "04a"),
        .init(
            xmlName: "AssignmentRules", directory: "assignmentRules", suffix: "assignmentRules",
            children: [.init(xmlName: "AssignmentRule", element: "assignmentRule")], keyPrefix: "01Q"),
        .init(
            xmlName: "AutoResponseRules", directory: "autoResponseRules", suffix: "autoResponseRules",
            children: [.init(xmlName: "AutoResponseRule", element: "autoResponseRule")], keyPrefix: "01Q"),
        .init(
            xmlName: "Bot", directory: "bots", suffix: "bot", layout: .decomposed,
            children: [
                .init(
                    xmlName: "BotVersion", element: "botVersions",
                    source: .init(directory: nil, suffixes: ["botVersion"]), isListed: false)
            ], needsDirectory: true, keyPrefix: "0Xx"),
        .init(xmlName: "EmailServicesFunction", directory: "emailservices", suffix: "xml", needsDirectory: true),
        .init(
            xmlName: "EscalationRules", directory: "escalationRules", suffix: "escalationRules",
            children: [.init(xmlName: "EscalationRule", element: "escalationRule")], keyPrefix: "01Q"),
        .init(xmlName: "Flow", directory: "flows", suffix: "flow", keyPrefix: "301"),
        .init(xmlName: "FlowDefinition", directory: "flowDefinitions", suffix: "flowDefinition", keyPrefix: "300"),
        .init(
            xmlName: "LeadConvertSettings", directory: "LeadConvertSettings", suffix: "LeadConvertSetting"),
        .init(
            xmlName: "ManagedTopics", directory: "managedTopics", suffix: "managedTopics",
            children: [.init(xmlName: "ManagedTopic", element: "managedTopic", key: "name")]),
        .init(xmlName: "PathAssistant", directory: "pathAssistants", suffix: "pathAssistant"),
        .init(xmlName: "QuickAction", directory: "quickActions", suffix: "quickAction", keyPrefix: "09D"),
        .init(
            xmlName: "Workflow", directory: "workflows", suffix: "workflow", children: workflowChildren),
    ]

    private static let workflowChildren: [Child] = [
        .init(xmlName: "WorkflowAlert", element: "alerts"),
        .init(xmlName: "WorkflowFieldUpdate", element: "fieldUpdates"),
        .init(xmlName: "WorkflowKnowledgePublish", element: "knowledgePublishes"),
        .init(xmlName: "WorkflowOutboundMessage", element: "outboundMessages"),
        .init(xmlName: "WorkflowRule", element: "rules"),
        .init(xmlName: "WorkflowSend", element: "send"),
        .init(xmlName: "WorkflowTask", element: "tasks"),
    ]

    private static let access: [MetadataType] = [
        .init(
            xmlName: "CustomPermission", directory: "customPermissions", suffix: "customPermission", keyPrefix: "0CP"),
        .init(xmlName: "DelegateGroup", directory: "delegateGroups", suffix: "delegateGroup"),
        .init(xmlName: "Group", directory: "groups", suffix: "group", keyPrefix: "00G"),
        .init(
            xmlName: "MutingPermissionSet", directory: "mutingpermissionsets", suffix: "mutingpermissionset",
            keyPrefix: "0QM"),
        .init(xmlName: "PermissionSet", directory: "permissionsets", suffix: "permissionset", keyPrefix: "0PS"),
        .init(
            xmlName: "PermissionSetGroup", directory: "permissionsetgroups", suffix: "permissionsetgroup",
            keyPrefix: "0PG"),
        .init(xmlName: "Profile", directory: "profiles", suffix: "profile", keyPrefix: "00e"),
        .init(
            xmlName: "ProfilePasswordPolicy", directory: "profilePasswordPolicies", suffix: "profilePasswordPolicy"),
        .init(
            xmlName: "ProfileSessionSetting", directory: "profileSessionSettings", suffix: "profileSessionSetting"),
        .init(xmlName: "Queue", directory: "queues", suffix: "queue", keyPrefix: "00G"),
        .init(xmlName: "Role", directory: "roles", suffix: "role", keyPrefix: "00E"),
        .init(
            xmlName: "SharingRules", directory: "sharingRules", suffix: "sharingRules",
            children: [
                .init(xmlName: "SharingCriteriaRule", element: "sharingCriteriaRules"),
                .init(xmlName: "SharingGuestRule", element: "sharingGuestRules"),
                .init(xmlName: "SharingOwnerRule", element: "sharingOwnerRules"),
                .init(xmlName: "SharingTerritoryRule", element: "sharingTerritoryRules"),
            ]),
        .init(xmlName: "SharingSet", directory: "sharingSets", suffix: "sharingSet"),
        .init(xmlName: "Territory2", directory: "territory2Models", suffix: "territory2"),
        .init(xmlName: "Territory2Model", directory: "territory2Models", suffix: "territory2Model"),
        .init(xmlName: "Territory2Rule", directory: "territory2Models", suffix: "territory2Rule"),
        .init(xmlName: "Territory2Type", directory: "territory2Types", suffix: "territory2Type"),
        .init(
            xmlName: "TransactionSecurityPolicy", directory: "transactionSecurityPolicies",
            suffix: "transactionSecurityPolicy"),
        .init(xmlName: "UserCriteria", directory: "userCriteria", suffix: "userCriteria"),
    ]

    private static let apps: [MetadataType] = [
        .init(
            xmlName: "BlacklistedConsumer", directory: "blacklistedConsumers", suffix: "blacklistedConsumer",
            keyPrefix: "0BC"),
        .init(xmlName: "ConnectedApp", directory: "connectedApps", suffix: "connectedApp", keyPrefix: "0H4"),
        .init(
            xmlName: "ExternalClientApplication", directory: "externalClientApps", suffix: "eca", since: 59,
            keyPrefix: "0xI"),
        .init(
            xmlName: "ExtlClntAppConfigurablePolicies", directory: "extlClntAppPolicies", suffix: "ecaPlcy",
            since: 60),
        .init(
            xmlName: "ExtlClntAppGlobalOauthSettings", directory: "extlClntAppGlobalOauthSets",
            suffix: "ecaGlblOauth", since: 59),
        .init(
            xmlName: "ExtlClntAppOauthConfigurablePolicies", directory: "extlClntAppOauthPolicies",
            suffix: "ecaOauthPlcy", since: 59),
        .init(
            xmlName: "ExtlClntAppOauthSettings", directory: "extlClntAppOauthSettings", suffix: "ecaOauth", since: 59),
        .init(xmlName: "OauthCustomScope", directory: "oauthcustomscopes", suffix: "oauthcustomscope"),
    ]

    private static let settings: [MetadataType] = [
        .init(
            xmlName: "InstalledPackage", directory: "installedPackages", suffix: "installedPackage", keyPrefix: "0A3"),
        .init(
            xmlName: "PlatformCachePartition", directory: "cachePartitions", suffix: "cachePartition",
            keyPrefix: "0Er"),
        .init(xmlName: "Settings", directory: "settings", suffix: "settings"),
    ]

    private static let content: [MetadataType] = [
        .init(
            xmlName: "Certificate", directory: "certs", suffix: "crt", layout: .content, since: 36, keyPrefix: "0P1"),
        .init(xmlName: "ContentAsset", directory: "contentassets", suffix: "asset", layout: .content, keyPrefix: "03S"),
        .init(
            xmlName: "Dashboard", directory: "dashboards", suffix: "dashboard", folderType: "DashboardFolder",
            allowsWildcard: false, keyPrefix: "01Z"),
        .init(
            xmlName: "Document", directory: "documents", layout: .document, folderType: "DocumentFolder",
            needsDirectory: true, allowsWildcard: false, keyPrefix: "015"),
        .init(
            xmlName: "EmailTemplate", directory: "email", suffix: "email", layout: .content,
            folderType: "EmailFolder", allowsWildcard: false, keyPrefix: "00X"),
        .init(xmlName: "Letterhead", directory: "letterhead", suffix: "letter", keyPrefix: "0E1"),
        .init(
            xmlName: "Report", directory: "reports", suffix: "report", folderType: "ReportFolder",
            allowsWildcard: false, keyPrefix: "00O"),
        .init(xmlName: "ReportType", directory: "reportTypes", suffix: "reportType", keyPrefix: "070"),
        .init(
            xmlName: "StaticResource", directory: "staticresources", suffix: "resource", layout: .staticResource,
            needsDirectory: true, keyPrefix: "081"),
    ]

    private static let userInterface: [MetadataType] = [
        .init(xmlName: "AppMenu", directory: "appMenus", suffix: "appMenu", keyPrefix: "0DS"),
        .init(xmlName: "Community", directory: "communities", suffix: "community", keyPrefix: "09a"),
        .init(xmlName: "CustomApplication", directory: "applications", suffix: "app", keyPrefix: "02u"),
        .init(xmlName: "CustomNotificationType", directory: "notificationtypes", suffix: "notiftype", keyPrefix: "0ML"),
        .init(xmlName: "CustomPageWebLink", directory: "weblinks", suffix: "weblink", keyPrefix: "00b"),
        .init(
            xmlName: "CustomSite", directory: "sites", suffix: "site", needsDirectory: true, keyPrefix: "0DM"),
        .init(xmlName: "CustomTab", directory: "tabs", suffix: "tab", keyPrefix: "01r"),
        .init(
            xmlName: "ExperienceBundle", directory: "experiences", suffix: "site", layout: .site, needsDirectory: true),
        .init(xmlName: "FlexiPage", directory: "flexipages", suffix: "flexipage", keyPrefix: "0M0"),
        .init(xmlName: "HomePageComponent", directory: "homePageComponents", suffix: "homePageComponent"),
        .init(xmlName: "HomePageLayout", directory: "homePageLayouts", suffix: "homePageLayout", keyPrefix: "00h"),
        .init(xmlName: "Layout", directory: "layouts", suffix: "layout", keyPrefix: "00h"),
        .init(xmlName: "Network", directory: "networks", suffix: "network", keyPrefix: "0DB"),
        .init(
            xmlName: "NetworkBranding", directory: "networkBranding", suffix: "networkBranding", layout: .content),
        .init(
            xmlName: "SiteDotCom", directory: "siteDotComSites", suffix: "site", layout: .content,
            needsDirectory: true),
    ]

    private static let integration: [MetadataType] = [
        .init(xmlName: "AuthProvider", directory: "authproviders", suffix: "authprovider", keyPrefix: "0SO"),
        .init(xmlName: "CorsWhitelistOrigin", directory: "corsWhitelistOrigins", suffix: "corsWhitelistOrigin"),
        .init(xmlName: "CspTrustedSite", directory: "cspTrustedSites", suffix: "cspTrustedSite"),
        .init(
            xmlName: "ExternalCredential", directory: "externalCredentials", suffix: "externalCredential", since: 56,
            keyPrefix: "0pP"),
        .init(xmlName: "ExternalDataSource", directory: "dataSources", suffix: "dataSource", keyPrefix: "0XC"),
        .init(
            xmlName: "ExternalServiceRegistration", directory: "externalServiceRegistrations",
            suffix: "externalServiceRegistration"),
        .init(xmlName: "NamedCredential", directory: "namedCredentials", suffix: "namedCredential", since: 33),
        .init(xmlName: "PlatformEventChannel", directory: "platformEventChannels", suffix: "platformEventChannel"),
        .init(
            xmlName: "PlatformEventChannelMember", directory: "platformEventChannelMembers",
            suffix: "platformEventChannelMember"),
        .init(xmlName: "RemoteSiteSetting", directory: "remoteSiteSettings", suffix: "remoteSite", keyPrefix: "0rp"),
        .init(xmlName: "SamlSsoConfig", directory: "samlssoconfigs", suffix: "samlssoconfig", keyPrefix: "0LE"),
    ]
}
