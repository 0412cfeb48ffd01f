/// OAuth settings of an app for flows other than JWT bearer. The simulation stores them, shows them in Setup, and
/// writes them to the app's metadata. Of these flows it implements only the web server flow, so only the first two
/// settings have an effect. The property names are keys of the state
/// document.
struct OAuthOptions: Codable, Equatable, Sendable {
    var requiresPKCE = true
    var requiresSecretForWebServerFlow = true
    var requiresSecretForRefreshTokenFlow = true
    var allowsClientCredentialsFlow = false
    var allowsCodeAndCredentialsFlow = false
    /// Whether the Authorization Code and Credentials flow accepts the user's credentials only in the body of a POST.
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

/// The settings of *Configure ID Token*. No flow of the simulation issues an ID token.
struct IDTokenOptions: Codable, Equatable, Sendable {
    /// The values that ``validityMinutes`` can have.
    static let validityRange = 1...720

    /// Whether *Configure ID Token* is selected. If false, the other settings have no effect.
    var isConfigured = false
    /// The lifetime of an ID token in minutes.
    var validityMinutes = 2
    /// The audiences as the admin typed them.
    var audience = ""
    var includesStandardClaims = false
    var includesCustomAttributes = false
    /// For Connected Apps only.
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

/// The flows that the policies of an External Client App allow, in addition to its settings. Like ``OAuthOptions``,
/// they are stored but have no effect.
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
