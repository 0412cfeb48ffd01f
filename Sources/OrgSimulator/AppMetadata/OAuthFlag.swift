/// A boolean element of an app's metadata that corresponds to a checkbox of its OAuth settings or policies.
struct OAuthFlag: Sendable {
    /// The name of the element.
    let element: String
    /// The setting that the checkbox changes.
    private let box: any WritableKeyPath<App, Bool> & Sendable
    /// The value if a file leaves the element out.
    private let standard: Bool
    /// Whether the element is true when the checkbox is cleared.
    private let isOpposite: Bool

    private init(
        _ element: String, _ box: any WritableKeyPath<App, Bool> & Sendable, standard: Bool = false,
        isOpposite: Bool = false
    ) {
        self.element = element
        self.box = box
        self.standard = standard
        self.isOpposite = isOpposite
    }

    func tree(of app: App) -> XMLTree { XMLTree(element, flag: app[keyPath: box] != isOpposite) }

    /// Reads the element, or sets the default if the file leaves it out.
    func read(_ file: DeployedXML, into app: inout App) throws(DeployProblem) {
        app[keyPath: box] = try file.flag(element, or: standard) != isOpposite
    }

    /// The elements of `ConnectedApp.oauthConfig`, in alphabetical order. It has none for the device flow.
    static let connectedApp = [
        OAuthFlag("isClientCredentialEnabled", \.oauthOptions.allowsClientCredentialsFlow),
        OAuthFlag("isCodeCredentialEnabled", \.oauthOptions.allowsCodeAndCredentialsFlow),
        OAuthFlag("isCodeCredentialPostOnly", \.oauthOptions.takesCredentialsByPostOnly),
        secretOptional, introspection, namedUserJWT,
        OAuthFlag("isPkceRequired", \.oauthOptions.requiresPKCE),
        rotation, refreshSecret, exchangeSecret, exchange,
    ]

    /// The elements of `ExtlClntAppGlobalOauthSettings`, in alphabetical order.
    static let externalClientApp = [
        OAuthFlag("isClientCredentialsFlowEnabled", \.oauthOptions.allowsClientCredentialsFlow),
        OAuthFlag("isCodeCredFlowEnabled", \.oauthOptions.allowsCodeAndCredentialsFlow),
        OAuthFlag("isCodeCredPostOnly", \.oauthOptions.takesCredentialsByPostOnly),
        secretOptional,
        OAuthFlag("isDeviceFlowEnabled", \.oauthOptions.allowsDeviceFlow),
        introspection, namedUserJWT,
        OAuthFlag("isPkceRequired", \.oauthOptions.requiresPKCE, standard: true),
        rotation, refreshSecret, exchangeSecret, exchange,
    ]

    /// The elements of `ExtlClntAppOauthConfigurablePolicies`, in alphabetical order.
    static let policies = [
        OAuthFlag("isClientCredentialsFlowEnabled", \.flowPolicies.allowsClientCredentialsFlow),
        OAuthFlag("isGuestCodeCredFlowEnabled", \.flowPolicies.allowsGuestCodeAndCredentialsFlow),
        OAuthFlag("isTokenExchangeFlowEnabled", \.flowPolicies.allowsTokenExchangeFlow),
    ]

    private static let secretOptional = OAuthFlag(
        "isConsumerSecretOptional", \.oauthOptions.requiresSecretForWebServerFlow, isOpposite: true)
    private static let introspection = OAuthFlag("isIntrospectAllTokens", \.introspectsAllTokens)
    private static let namedUserJWT = OAuthFlag("isNamedUserJwtEnabled", \.issuesJWTAccessTokens)
    private static let rotation = OAuthFlag("isRefreshTokenRotationEnabled", \.oauthOptions.rotatesRefreshTokens)
    private static let refreshSecret = OAuthFlag(
        "isSecretRequiredForRefreshToken", \.oauthOptions.requiresSecretForRefreshTokenFlow, standard: true)
    private static let exchangeSecret = OAuthFlag(
        "isSecretRequiredForTokenExchange", \.oauthOptions.requiresSecretForTokenExchangeFlow)
    private static let exchange = OAuthFlag("isTokenExchangeEnabled", \.oauthOptions.allowsTokenExchangeFlow)
}
