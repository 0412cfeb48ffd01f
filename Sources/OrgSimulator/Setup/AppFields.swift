/// The fields that both kinds of app have in their forms, under the labels of each.
enum AppFields {
    /// - Parameter certificate: The subject of the certificate in the slot, if one is there.
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
            ? .textField("API Name", "name", draft.name, hint: "Empty: made out of the name.")
            : .facts([("API Name", HTML(draft.name))])
        return .section(
            "Basic Information", .textField(label, "label", draft.label, isRequired: true), name,
            .textField("Contact Email", "contactEmail", draft.contactEmail), distribution)
    }

    private static func oauth(_ draft: AppDraft, certificate: String?, isNew: Bool) -> HTML {
        let title = isNew || draft.kind == .connectedApp ? "API (Enable OAuth Settings)" : "OAuth Settings"
        let enable: String
        let signatures: HTML
        let settings: String
        switch draft.kind {
        case .connectedApp:
            enable = "Enable OAuth Settings"
            settings = "OAuth Settings"
            signatures = self.signatures("Use digital signatures", draft, "Choose File", certificate)
        case .externalClientApp:
            enable = "Enable OAuth"
            settings = "App Settings"
            signatures = [
                .element("h3", "Flow Enablement"),
                self.signatures("Enable JWT Bearer Flow", draft, "Upload Files", certificate),
            ]
        }
        return .section(
            title,
            .reveal(
                enable, "enablesOAuth", isTicked: draft.enablesOAuth,
                .element("h3", HTML(settings)),
                .textField(
                    "Callback URL", "callbackURL", draft.callbackURL,
                    hint: "The form wants one; the JWT Bearer flow never uses it."),
                signatures, scopes(draft), namedUserTokens(draft)))
    }

    private static func signatures(
        _ label: String, _ draft: AppDraft, _ choose: String, _ certificate: String?
    ) -> HTML {
        let present: HTML = certificate.map { .facts([("Certificate", [HTML($0), .unconfirmed])]) } ?? .nothing
        return .reveal(
            label, "usesCertificate", isTicked: draft.usesCertificate, present,
            .fileField(
                choose, "certificate",
                hint: "PEM or DER, at most 4 KB. An upload replaces the certificate that is there."),
            .textArea(
                "Or paste the certificate", "certificateText", hint: "A help of this simulation: PEM as text."))
    }

    private static func scopes(_ draft: AppDraft) -> HTML {
        let options = ScopeChoice.all.map { choice in
            (value: choice.name, label: HTML(choice.label + (choice.isConfirmed ? "" : " *")))
        }
        return [
            .ticks("Selected OAuth Scopes", "scopes", options, ticked: draft.scopes),
            .note("A ticked scope is a selected one. Real Setup has two lists, Available and Selected."),
            .note("* Label not confirmed on a real org."),
        ]
    }

    /// The guides say to leave it unticked: no SOAP API takes such a token.
    private static func namedUserTokens(_ draft: AppDraft) -> HTML {
        .tick(
            "Issue JSON Web Token (JWT)-based access tokens for named users", "issuesJWTAccessTokens",
            isTicked: draft.issuesJWTAccessTokens)
    }

    /// The subject of the certificate in an app's slot.
    static func certificate(of app: App) -> String? {
        app.certificatePEM.flatMap { try? UploadedCertificate($0) }?.subject
    }
}
