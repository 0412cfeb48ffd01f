/// The form fields that both kinds of app share, with the labels of each kind.
enum AppFields {
    /// - Parameters:
    ///   - certificate: The subject of the app's certificate; `nil` if it has none.
    ///   - isNew: Whether the form creates an app. Only then can the API name be entered.
    static func all(_ draft: AppDraft, certificate: String?, isNew: Bool) -> [HTML] {
        [basics(draft, isNew: isNew), oauth(draft, certificate: certificate, isNew: isNew)]
    }

    private static func basics(_ draft: AppDraft, isNew: Bool) -> HTML {
        let label: String
        let distribution: HTML
        switch draft.kind {
        case .connectedApp:
            label = "Connected App Name"
            distribution = .nothing
        case .externalClientApp:
            label = "External Client App Name"
            distribution = .choice("Distribution State", "distributionState", "Local", [("Local", "Local")])
        }
        let name: HTML =
            isNew
            ? .textField("API Name", "name", draft.name, hint: "If empty, the org derives it from the name.")
            : .facts([("API Name", HTML(draft.name))])
        return .section(
            "Basic Information", .textField(label, "label", draft.label, isRequired: true), name,
            .textField("Contact Email", "contactEmail", draft.contactEmail), distribution)
    }

    private static func oauth(_ draft: AppDraft, certificate: String?, isNew: Bool) -> HTML {
        let title = isNew || draft.kind == .connectedApp ? "API (Enable OAuth Settings)" : "OAuth Settings"
        switch draft.kind {
        case .connectedApp:
            return .section(
                title,
                .reveal(
                    "Enable OAuth Settings", "enablesOAuth", isTicked: draft.enablesOAuth,
                    connectedAppSettings(draft, certificate)))
        case .externalClientApp:
            return .section(
                title,
                .reveal(
                    "Enable OAuth", "enablesOAuth", isTicked: draft.enablesOAuth,
                    externalClientAppSettings(draft, certificate)))
        }
    }

    private static func connectedAppSettings(_ draft: AppDraft, _ certificate: String?) -> HTML {
        [
            .element("h3", "OAuth Settings"), OAuthBox.fields(.allowsDeviceFlow, of: draft), callback(draft),
            signatures("Use digital signatures", draft, "Choose File", certificate), scopes(draft),
            OAuthBox.fields(
                .requiresPKCE, .requiresSecretForWebServerFlow, .requiresSecretForRefreshTokenFlow,
                .allowsClientCredentialsFlow, .allowsCodeAndCredentialsFlow, .allowsTokenExchangeFlow,
                .rotatesRefreshTokens, .issuesJWTAccessTokens, .introspectsAllTokens, of: draft),
            IDTokenFields.all(draft), implementedFlowsNote,
        ]
    }

    private static func externalClientAppSettings(_ draft: AppDraft, _ certificate: String?) -> HTML {
        [
            .element("h3", "App Settings"), callback(draft), scopes(draft),
            OAuthBox.fields(.introspectsAllTokens, of: draft), IDTokenFields.all(draft),
            .element("h3", "Flow Enablement"),
            OAuthBox.fields(
                .allowsClientCredentialsFlow, .allowsCodeAndCredentialsFlow, .allowsDeviceFlow, of: draft),
            signatures("Enable JWT Bearer Flow", draft, "Upload Files", certificate),
            OAuthBox.fields(.allowsTokenExchangeFlow, of: draft),
            .element("h3", "Security"),
            OAuthBox.fields(
                .requiresSecretForWebServerFlow, .requiresSecretForRefreshTokenFlow, .requiresPKCE,
                .rotatesRefreshTokens, .issuesJWTAccessTokens, of: draft),
            implementedFlowsNote,
        ]
    }

    private static let implementedFlowsNote = HTML.note(
        "The simulation implements JWT Bearer, the Web Server Flow with PKCE, JWT-based access tokens and introspection. It "
            + "stores the other settings and writes them to the app's metadata, but they have no effect.")

    private static func callback(_ draft: AppDraft) -> HTML {
        .textField(
            "Callback URL", "callbackURL", draft.callbackURL,
            hint: "The form requires one. The Web Server Flow returns to it; the JWT Bearer flow does not use it.")
    }

    private static func signatures(
        _ label: String, _ draft: AppDraft, _ choose: String, _ certificate: String?
    ) -> HTML {
        let present: HTML = certificate.map { .facts([("Certificate", [HTML($0), .unconfirmed])]) } ?? .nothing
        return .reveal(
            HTML(label), "usesCertificate", isTicked: draft.usesCertificate, present,
            .fileField(
                choose, "certificate",
                hint: "PEM or DER, at most 4 KB. An upload replaces the current certificate."),
            .textArea(
                "Or paste the certificate", "certificateText", hint: "PEM text. Only this simulation has this field."))
    }

    private static func scopes(_ draft: AppDraft) -> HTML {
        let options = ScopeChoice.all.map { choice in
            (value: choice.name, label: HTML(choice.label + (choice.isDocumented ? "" : " *")))
        }
        return [
            .ticks("Selected OAuth Scopes", "scopes", options, ticked: draft.scopes),
            .note("Ticked scopes are selected. A real org has two lists, Available and Selected."),
            .note("* Label not found in Salesforce's documents."),
        ]
    }

    /// Returns the subject of an app's certificate, or `nil` if the app has none or it cannot be read.
    static func certificate(of app: App) -> String? {
        app.certificatePEM.flatMap { try? UploadedCertificate($0) }?.subject
    }
}
