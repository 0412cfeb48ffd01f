/// The elements of the types that can be deployed (Metadata API Developer Guide, the page of each type).
enum MetadataElements {
    /// The elements that may occur more than once, one directly after the other.
    static let repeated: Set<String> = [
        "agentAccesses", "applicationVisibilities", "attributes", "classAccesses", "customAttributes",
        "customMetadataTypeAccesses", "customPermissions", "customSettingAccesses", "emailRoutingAddressAccesses",
        "externalCredentialPrincipalAccesses", "externalDataSourceAccesses", "fieldPermissions", "flowAccesses",
        "ipRanges", "members", "objectPermissions", "pageAccesses", "permissionSetName", "profileName",
        "recordTypeVisibilities", "scopes", "servicePresenceStatusAccesses", "tabSettings", "trustedIpRanges", "types",
        "userPermissions",
    ]

    /// Returns the names of the elements that a type allows; none for an unknown type.
    ///
    /// - Parameter type: A type, or a structure in it such as `ConnectedApp.oauthConfig`.
    static func of(_ type: String) -> Set<String> { elements[type] ?? [] }

    private static let elements: [String: Set<String>] = texts.mapValues { text in
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    /// The names by type, separated by white space.
    private static let texts = [
        "Package": "description fullName namespacePrefix types version",
        "Package.types": "members name",
        AppType.connectedApp: """
        attributes canvasConfig contactEmail contactPhone description fullName iconUrl infoUrl ipRanges label logoUrl
        mobileAppConfig mobileStartUrl oauthConfig oauthPolicy permissionSetName plugin pluginExecutionUser profileName
        samlConfig sessionPolicy startUrl
        """,
        "ConnectedApp.oauthConfig": """
        assetTokenConfig callbackUrl certificate consumerKey consumerSecret idTokenConfig isAdminApproved
        isClientCredentialEnabled isCodeCredentialEnabled isCodeCredentialPostOnly isConsumerSecretOptional
        isIntrospectAllTokens isNamedUserJwtEnabled isPkceRequired isRefreshTokenRotationEnabled
        isSecretRequiredForRefreshToken isSecretRequiredForTokenExchange isTokenExchangeEnabled
        oauthClientCredentialUser scopes singleLogoutUrl
        """,
        "ConnectedApp.oauthConfig.idTokenConfig": """
        idTokenAudience idTokenIncludeAttributes idTokenIncludeCustomPerms idTokenIncludeStandardClaims idTokenValidity
        """,
        "ConnectedApp.oauthPolicy": "ipRelaxation refreshTokenPolicy singleLogoutUrl",
        "ConnectedApp.sessionPolicy": "policyAction sessionLevel sessionTimeout",
        "PermissionSet": """
        agentAccesses applicationVisibilities classAccesses customMetadataTypeAccesses customPermissions
        customSettingAccesses description emailRoutingAddressAccesses externalCredentialPrincipalAccesses
        externalDataSourceAccesses fieldPermissions flowAccesses fullName hasActivationRequired label license
        objectPermissions pageAccesses recordTypeVisibilities servicePresenceStatusAccesses tabSettings userLicense
        userPermissions
        """,
        "PermissionSet.customPermissions": "enabled name",
        "PermissionSet.userPermissions": "enabled name",
        AppType.externalClientApplication: """
        contactEmail contactPhone description distributionState fullName iconUrl infoUrl isProtected label logoUrl
        managedType orgScopedExternalApp
        """,
        AppType.globalOAuthSettings: """
        callbackUrl certificate consumerKey consumerSecret externalClientApplication fullName idTokenConfig
        isClientCredentialsFlowEnabled isCodeCredFlowEnabled isCodeCredPostOnly isConsumerSecretOptional isDPopEnabled
        isDeviceFlowEnabled isEnforceRefreshTokenTTL isIntrospectAllTokens isNamedUserJwtEnabled isPkceRequired
        isRefreshTokenRotationEnabled isSecretRequiredForRefreshToken isSecretRequiredForTokenExchange
        isTokenExchangeEnabled label shouldRotateConsumerKey shouldRotateConsumerSecret
        """,
        "ExtlClntAppGlobalOauthSettings.idTokenConfig": """
        idTokenAudience idTokenIncludeAttributes idTokenIncludeStandardClaims idTokenValidityInMinutes
        """,
        AppType.oauthSettings: """
        areAttributesIncludedInAssetToken areCustomPermsIncludedInAssetToken assetTokenAudiences
        assetTokenSigningCertificate assetTokenValidity clientAssertionCertificate commaSeparatedOauthScopes
        customAttributes externalClientApplication fullName isFirstPartyAppEnabled label oauthLink singleLogoutUrl
        trustedIpRanges
        """,
        AppType.oauthPolicies: """
        apexHandler clientCredentialsFlowUser commaSeparatedCustomScopes commaSeparatedPermissionSet
        commaSeparatedProfile customAttributes executeHandlerAs externalClientApplication fullName
        guestJwtSessionTimeoutType guestJwtTimeout ipRelaxationPolicyType isClientCredentialsFlowEnabled
        isGuestCodeCredFlowEnabled isNamedUserJwtEnabled isTokenExchangeFlowEnabled label namedUserJwtSessionTimeoutType
        namedUserJwtTimeout permittedUsersPolicyType policyAction refreshTokenPolicyType refreshTokenValidityPeriod
        refreshTokenValidityUnit requiredSessionLevel sessionTimeoutInMinutes singleLogoutUrl startUrl
        """,
        AppType.policies: """
        externalClientApplication fullName isCanvasPluginEnabled isEnabled isMobilePluginEnabled
        isNotificationPluginEnabled isOauthPluginEnabled isPushPluginEnabled isSamlPluginEnabled label startPage
        startUrl
        """,
    ]
}
