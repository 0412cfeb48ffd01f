/// A checkbox of an app's OAuth settings: a flow, or an option of flows. The raw value is the form's field name and the
/// key in the state document.
///
/// Source: *Salesforce Help* ("Enable OAuth Settings for API Integration", "Configure the External Client App OAuth
/// Settings"). If the Setup guides of several vendors agree on another label, that label is used.
enum OAuthBox: String, CaseIterable, Sendable {
    case requiresPKCE, requiresSecretForWebServerFlow, requiresSecretForRefreshTokenFlow
    case allowsClientCredentialsFlow, allowsCodeAndCredentialsFlow, takesCredentialsByPostOnly
    case allowsDeviceFlow, allowsTokenExchangeFlow, requiresSecretForTokenExchangeFlow
    case rotatesRefreshTokens, issuesJWTAccessTokens, introspectsAllTokens

    /// The property of an app that holds whether the checkbox is ticked.
    var value: any WritableKeyPath<App, Bool> & Sendable {
        switch self {
        case .requiresPKCE: \.oauthOptions.requiresPKCE
        case .requiresSecretForWebServerFlow: \.oauthOptions.requiresSecretForWebServerFlow
        case .requiresSecretForRefreshTokenFlow: \.oauthOptions.requiresSecretForRefreshTokenFlow
        case .allowsClientCredentialsFlow: \.oauthOptions.allowsClientCredentialsFlow
        case .allowsCodeAndCredentialsFlow: \.oauthOptions.allowsCodeAndCredentialsFlow
        case .takesCredentialsByPostOnly: \.oauthOptions.takesCredentialsByPostOnly
        case .allowsDeviceFlow: \.oauthOptions.allowsDeviceFlow
        case .allowsTokenExchangeFlow: \.oauthOptions.allowsTokenExchangeFlow
        case .requiresSecretForTokenExchangeFlow: \.oauthOptions.requiresSecretForTokenExchangeFlow
        case .rotatesRefreshTokens: \.oauthOptions.rotatesRefreshTokens
        case .issuesJWTAccessTokens: \.issuesJWTAccessTokens
        case .introspectsAllTokens: \.introspectsAllTokens
        }
    }

    /// Whether the key is in the app's `oauthOptions` in the state document. Otherwise it is in the app itself.
    var isOption: Bool { self != .issuesJWTAccessTokens && self != .introspectsAllTokens }

    /// Returns the label in Setup, whose wording and capitalization depend on the kind of app.
    func label(_ kind: App.Kind) -> String {
        let isConnected = kind == .connectedApp
        return switch self {
        case .requiresPKCE:
            "Require Proof Key for Code Exchange (PKCE) \(isConnected ? "Extension" : "extension") for Supported "
                + "Authorization Flows"
        case .requiresSecretForWebServerFlow: "Require \(isConnected ? "Secret" : "secret") for Web Server Flow"
        case .requiresSecretForRefreshTokenFlow: "Require \(isConnected ? "Secret" : "secret") for Refresh Token Flow"
        case .allowsClientCredentialsFlow: "Enable Client Credentials Flow"
        case .allowsCodeAndCredentialsFlow: "Enable Authorization Code and Credentials Flow"
        case .takesCredentialsByPostOnly:
            "Require user credentials in the POST body for Authorization Code and Credentials Flow"
        case .allowsDeviceFlow: isConnected ? "Enable for Device Flow" : "Enable Device Flow"
        case .allowsTokenExchangeFlow: "Enable Token Exchange Flow"
        case .requiresSecretForTokenExchangeFlow:
            "Require \(isConnected ? "Secret" : "secret") for Token Exchange Flow"
        case .rotatesRefreshTokens: "Enable Refresh Token Rotation"
        case .issuesJWTAccessTokens: "Issue JSON Web Token (JWT)-based access tokens for named users"
        case .introspectsAllTokens: "Introspect \(isConnected ? "All" : "all") Tokens"
        }
    }

    /// Whether a source has this exact label for this kind of app. Other labels are marked on the page.
    func hasSource(for kind: App.Kind) -> Bool {
        self != .requiresSecretForTokenExchangeFlow || kind == .connectedApp
    }

    /// The checkbox that must be ticked for this one to be visible; `nil` if this one is always visible.
    var parent: OAuthBox? {
        switch self {
        case .takesCredentialsByPostOnly: .allowsCodeAndCredentialsFlow
        case .requiresSecretForTokenExchangeFlow: .allowsTokenExchangeFlow
        case .requiresPKCE, .requiresSecretForWebServerFlow, .requiresSecretForRefreshTokenFlow,
            .allowsClientCredentialsFlow, .allowsCodeAndCredentialsFlow, .allowsDeviceFlow, .allowsTokenExchangeFlow,
            .rotatesRefreshTokens, .issuesJWTAccessTokens, .introspectsAllTokens:
            nil
        }
    }

    /// Returns the checkbox, with the ones below it that are visible while it is ticked.
    func field(_ draft: AppDraft) -> HTML {
        let label: HTML = [HTML(label(draft.kind)), hasSource(for: draft.kind) ? .nothing : .withoutSource]
        let isTicked = draft.boxes.contains(self)
        let children = Self.allCases.filter { $0.parent == self }.map { $0.field(draft) }
        return children.isEmpty
            ? .tick(label, rawValue, isTicked: isTicked)
            : .reveal(label, rawValue, isTicked: isTicked, HTML(joining: children))
    }

    static func fields(_ boxes: OAuthBox..., of draft: AppDraft) -> HTML {
        HTML(joining: boxes.map { $0.field(draft) })
    }
}

/// *Configure ID Token* and the fields below it.
enum IDTokenFields {
    static func label(_ kind: App.Kind) -> String {
        kind == .connectedApp ? "Configure ID Token" : "Configure ID token"
    }

    static func all(_ draft: AppDraft) -> HTML {
        let options = draft.idToken
        return .reveal(
            HTML(label(draft.kind)), "idToken", isTicked: options.isConfigured,
            .textField(
                "Token Valid for", "idTokenValidity", draft.idTokenValidity,
                hint: "Minutes, 1 to 720. The simulation issues no ID tokens."),
            .textField("ID Token Audiences *", "idTokenAudience", options.audience),
            .tick("Include Standard Claims", "idTokenStandardClaims", isTicked: options.includesStandardClaims),
            .tick("Include Custom Attributes *", "idTokenAttributes", isTicked: options.includesCustomAttributes),
            draft.kind == .connectedApp
                ? .tick(
                    "Include Custom Permissions *", "idTokenPermissions", isTicked: options.includesCustomPermissions)
                : .nothing,
            .note("* No source for this exact label."))
    }

    /// Returns the options in the form, or the defaults if *Configure ID Token* is not ticked. The validity is always
    /// the default: ``changes(_:validity:)`` parses the validity that the user entered.
    static func options(_ form: SetupForm) -> IDTokenOptions {
        var options = IDTokenOptions()
        guard form.has("idToken") else { return options }
        options.isConfigured = true
        options.audience = form["idTokenAudience"] ?? ""
        options.includesStandardClaims = form.has("idTokenStandardClaims")
        options.includesCustomAttributes = form.has("idTokenAttributes")
        options.includesCustomPermissions = form.has("idTokenPermissions")
        return options
    }

    /// Returns the options as the state document stores them.
    ///
    /// - Parameter validity: The text that the user entered, which should be a number of minutes.
    /// - Throws: ``SetupRefusal`` if the validity is not 1 to 720 minutes.
    static func changes(_ options: IDTokenOptions, validity: String) throws(SetupRefusal) -> JSONValue {
        var options = options
        if options.isConfigured {
            guard let minutes = Int(validity), IDTokenOptions.validityRange.contains(minutes) else {
                throw SetupRefusal("Nothing was saved: Token Valid for must be 1 to 720 minutes.")
            }
            options.validityMinutes = minutes
        }
        return .record([
            ("isConfigured", .bool(options.isConfigured)),
            ("validityMinutes", .integer(Int64(options.validityMinutes))), ("audience", .string(options.audience)),
            ("includesStandardClaims", .bool(options.includesStandardClaims)),
            ("includesCustomAttributes", .bool(options.includesCustomAttributes)),
            ("includesCustomPermissions", .bool(options.includesCustomPermissions)),
        ])
    }
}
