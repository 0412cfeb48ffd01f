/// The boxes of an app's OAuth settings that concern other flows than JWT bearer. They are kept, shown and written into the
/// app's metadata; the simulation serves none of these flows.
struct OAuthOptions: Codable, Equatable, Sendable {
    var requiresPKCE = true
    var requiresSecretForWebServerFlow = true
    var requiresSecretForRefreshTokenFlow = true
    var allowsClientCredentialsFlow = false
    var allowsCodeAndCredentialsFlow = false
    /// The authorization code and credentials flow takes the user's credentials in the body of a POST only.
    var takesCredentialsByPostOnly = false
    var allowsDeviceFlow = false
    var allowsTokenExchangeFlow = false
    var requiresSecretForTokenExchangeFlow = false
    var rotatesRefreshTokens = false
    var idToken = IDTokenOptions()

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        requiresPKCE = try keys.value(.requiresPKCE, or: requiresPKCE)
        requiresSecretForWebServerFlow =
            try keys.value(.requiresSecretForWebServerFlow, or: requiresSecretForWebServerFlow)
        requiresSecretForRefreshTokenFlow =
            try keys.value(.requiresSecretForRefreshTokenFlow, or: requiresSecretForRefreshTokenFlow)
        allowsClientCredentialsFlow = try keys.value(.allowsClientCredentialsFlow, or: allowsClientCredentialsFlow)
        allowsCodeAndCredentialsFlow = try keys.value(.allowsCodeAndCredentialsFlow, or: allowsCodeAndCredentialsFlow)
        takesCredentialsByPostOnly = try keys.value(.takesCredentialsByPostOnly, or: takesCredentialsByPostOnly)
        allowsDeviceFlow = try keys.value(.allowsDeviceFlow, or: allowsDeviceFlow)
        allowsTokenExchangeFlow = try keys.value(.allowsTokenExchangeFlow, or: allowsTokenExchangeFlow)
        requiresSecretForTokenExchangeFlow =
            try keys.value(.requiresSecretForTokenExchangeFlow, or: requiresSecretForTokenExchangeFlow)
        rotatesRefreshTokens = try keys.value(.rotatesRefreshTokens, or: rotatesRefreshTokens)
        idToken = try keys.value(.idToken, or: idToken)
    }
}

/// *Configure ID Token*. No flow of the simulation issues an ID token.
struct IDTokenOptions: Codable, Equatable, Sendable {
    static let validities = 1...720

    var isConfigured = false
    /// 1 through 720.
    var validityMinutes = 2
    var audience = ""
    var includesStandardClaims = false
    var includesCustomAttributes = false
    /// Connected apps only.
    var includesCustomPermissions = false

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        isConfigured = try keys.value(.isConfigured, or: isConfigured)
        validityMinutes = try keys.value(.validityMinutes, or: validityMinutes)
        audience = try keys.value(.audience, or: audience)
        includesStandardClaims = try keys.value(.includesStandardClaims, or: includesStandardClaims)
        includesCustomAttributes = try keys.value(.includesCustomAttributes, or: includesCustomAttributes)
        includesCustomPermissions = try keys.value(.includesCustomPermissions, or: includesCustomPermissions)
    }
}

/// Which flows the policies of an External Client App allow, beside its settings. Kept only, as ``OAuthOptions`` are.
struct FlowPolicies: Codable, Equatable, Sendable {
    var allowsClientCredentialsFlow = false
    var allowsGuestCodeAndCredentialsFlow = false
    var allowsTokenExchangeFlow = false

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        allowsClientCredentialsFlow = try keys.value(.allowsClientCredentialsFlow, or: allowsClientCredentialsFlow)
        allowsGuestCodeAndCredentialsFlow =
            try keys.value(.allowsGuestCodeAndCredentialsFlow, or: allowsGuestCodeAndCredentialsFlow)
        allowsTokenExchangeFlow = try keys.value(.allowsTokenExchangeFlow, or: allowsTokenExchangeFlow)
    }
}
