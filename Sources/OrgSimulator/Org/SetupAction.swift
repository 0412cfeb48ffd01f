/// One line of the Setup Audit Trail, without time and user.
///
/// Names, sections and texts for Connected Apps come from a community list with samples of real orgs, if it has them.
/// All other names begin with `syntheticPrefix`.
struct SetupAction: Equatable, Sendable {
    /// The beginning of each name that the simulator made up. No name of a real org is known to begin with it.
    static let syntheticPrefix = "synthetic"

    /// The value of the field `Action`.
    let name: String
    /// The value of the field `Section`; `nil` if no sample shows one.
    var section: String?
    /// The value of the field `Display`; `nil` if no sample shows one.
    var display: String?
    /// Whether the action creates the app, whose creation date follows from it.
    var isCreation = false

    /// Returns the lines that a change of an app adds, in their order. Approvals by users add none.
    ///
    /// - Parameters:
    ///   - old: The app before the change; `nil` if the change creates it.
    ///   - new: The app after the change; `nil` if the change deletes it.
    static func actions(from old: App?, to new: App?) -> [SetupAction] {
        switch (old, new) {
        case (nil, nil): []
        case (nil, let new?): created(new)
        case (let old?, nil): deleted(old)
        case (let old?, let new?): old.kind == .connectedApp ? changed(old, new) : changedExternal(old, new)
        }
    }

    private static func created(_ app: App) -> [SetupAction] {
        let name = app.shownName
        guard app.kind == .connectedApp else {
            return [
                .init(
                    name: syntheticPrefix + "CreateExternalClientApp", display: "Created External Client App \(name)",
                    isCreation: true)
            ]
        }
        var actions = [
            SetupAction(
                name: "insertApplication", section: "Application", display: "Created Connected App \(name)",
                isCreation: true)
        ]
        if app.installed { actions.append(installed(app)) }
        if let subject = app.certificateSubject { actions.append(inserted(certificate: subject)) }
        return actions
    }

    private static func deleted(_ app: App) -> [SetupAction] {
        let name = app.shownName
        return switch app.kind {
        case .connectedApp: [.init(name: "deleteApplication", display: "Deleted Connected App \(name)")]
        case .externalClientApp:
            [.init(name: syntheticPrefix + "DeleteExternalClientApp", display: "Deleted External Client App \(name)")]
        }
    }

    private static func changedExternal(_ old: App, _ new: App) -> [SetupAction] {
        var (old, new) = (old, new)
        (old.approvals, new.approvals) = ([], [])
        guard old != new else { return [] }
        return [
            .init(
                name: syntheticPrefix + "ChangeExternalClientApp",
                display: "Changed External Client App \(new.shownName)")
        ]
    }

    // MARK: Connected apps

    private static func changed(_ old: App, _ new: App) -> [SetupAction] {
        let (name, before, after) = (new.shownName, OAuthScope.text(old.scopes), OAuthScope.text(new.scopes))
        var actions = installation(old, new) + certificate(old, new)
        if old.callbackURL != new.callbackURL {
            actions.append(
                .init(
                    name: "changeApplicationCallbackUrl", section: "Application",
                    display: "Changed Connected App Callback URL from \(old.callbackURL) to \(new.callbackURL)"))
        }
        if old.contactEmail != new.contactEmail { actions.append(.init(name: "changeApplicationContactEmail")) }
        if old.ipRelaxation != new.ipRelaxation {
            let (from, to) = (PolicyForm.label(old.ipRelaxation), PolicyForm.label(new.ipRelaxation))
            actions.append(
                .init(
                    name: "changeIpRelaxationPolicy",
                    display: "Changed connected app \(name) IP relaxation setting from \(from) to \(to)"))
        }
        if before != after {
            actions.append(
                .init(
                    name: "changeOauthDefaultScope",
                    display: "Changed connected app \(name) scopes from \(before) to \(after)"))
        }
        if old.permittedUsers != new.permittedUsers {
            let (from, to) = (PolicyForm.label(old.permittedUsers), PolicyForm.label(new.permittedUsers))
            actions.append(
                .init(
                    name: "changeUserRuntimeAccessPolicy",
                    display: "Changed connected app \(name) Permitted Users setting from \(from) to \(to)"))
        }
        return actions + options(old, new) + others(old, new)
    }

    /// Returns the lines for changed OAuth checkboxes whose action name is known.
    private static func options(_ old: App, _ new: App) -> [SetupAction] {
        OAuthBox.allCases.compactMap { box in
            let (before, after) = (old[keyPath: box.value], new[keyPath: box.value])
            guard before != after, let (action, setting) = box.auditTrailNames(of: new.shownName) else { return nil }
            return .init(
                name: action, section: "Application", display: "Changed \(setting) from \(before) to \(after)")
        }
    }

    private static func installation(_ old: App, _ new: App) -> [SetupAction] {
        var actions: [SetupAction] = []
        if !old.installed, new.installed { actions.append(installed(new)) }
        if old.installed, !new.installed {
            actions.append(
                .init(
                    name: "deleteConnectedApplication", section: "Connected Apps",
                    display: "Uninstalled Connected App \(new.shownName)"))
        }
        if old.blocked, !new.blocked {
            actions.append(.init(name: "unblockConnectedApplication", section: "Connected Apps"))
        }
        if !old.blocked, new.blocked { actions.append(.init(name: syntheticPrefix + "BlockConnectedApplication")) }
        return actions
    }

    private static func certificate(_ old: App, _ new: App) -> [SetupAction] {
        guard old.certificatePEM != new.certificatePEM else { return [] }
        switch (old.certificateSubject, new.certificateSubject) {
        case (nil, let subject?): return [inserted(certificate: subject)]
        case (let before?, let after?):
            return [
                .init(
                    name: "changeApplicationCertificate", section: "Remote Access",
                    display: "Changed Connected App Certificate from \(before) to \(after)")
            ]
        case (_, nil): return [.init(name: syntheticPrefix + "DeleteApplicationCertificate")]
        }
    }

    private static func installed(_ app: App) -> SetupAction {
        .init(
            name: "insertConnectedApplication", section: "Connected Apps",
            display: "Installed Connected App \(app.shownName) to Salesforce")
    }

    private static func inserted(certificate subject: String) -> SetupAction {
        .init(
            name: "insertApplicationCertificate", section: "Remote Access",
            display: "Created Connected App Certificate \(subject)")
    }

    /// Returns one line for all changes without a known action name.
    private static func others(_ old: App, _ new: App) -> [SetupAction] {
        // `rest` gets every change that another function reports. What still differs is left for this one.
        var rest = old
        rest.approvals = new.approvals
        (rest.installed, rest.blocked, rest.certificatePEM) = (new.installed, new.blocked, new.certificatePEM)
        (rest.callbackURL, rest.contactEmail, rest.scopes) = (new.callbackURL, new.contactEmail, new.scopes)
        (rest.ipRelaxation, rest.permittedUsers) = (new.ipRelaxation, new.permittedUsers)
        for box in OAuthBox.allCases where box.auditTrailNames(of: "") != nil {
            rest[keyPath: box.value] = new[keyPath: box.value]
        }
        guard rest != new else { return [] }
        return [
            .init(name: syntheticPrefix + "ChangeConnectedApp", display: "Changed connected app \(new.shownName)")
        ]
    }
}

extension App {
    /// The certificate's distinguished name, which the audit trail shows.
    fileprivate var certificateSubject: String? {
        certificatePEM.flatMap { try? UploadedCertificate($0) }?.subject
    }
}

extension OAuthScope {
    /// Returns scopes as a line of the trail shows them.
    fileprivate static func text(_ names: [String]) -> String {
        names.isEmpty ? "null" : wire(names).joined(separator: ", ")
    }
}

extension OAuthBox {
    /// Returns the name of the action for a change of this checkbox, and what its line calls the setting, in the words
    /// of the sample. Returns `nil` if no name is known.
    ///
    /// - Parameter app: The app's name as the trail shows it.
    fileprivate func auditTrailNames(of app: String) -> (action: String, setting: String)? {
        let label = label(.connectedApp)
        return switch self {
        case .allowsClientCredentialsFlow: ("changeApplicationClientCredentialEnabled", label)
        case .allowsCodeAndCredentialsFlow:
            ("changeApplicationCodeCredentialEnabled", "connected app \(label) setting")
        case .takesCredentialsByPostOnly:
            ("changeApplicationCodeCredentialPostOnly", "connected app \(label) setting")
        case .requiresPKCE: ("changeApplicationPkceRequired", "the \(app) connected app setting \(label)")
        case .requiresSecretForWebServerFlow:
            ("changeApplicationOptionalConsumerSecret", "connected app \(label) OAuth setting")
        case .requiresSecretForRefreshTokenFlow:
            ("changeApplicationSecretRequiredForRefreshToken", "the connected app's \(label) setting")
        case .allowsDeviceFlow, .allowsTokenExchangeFlow, .requiresSecretForTokenExchangeFlow, .rotatesRefreshTokens,
            .issuesJWTAccessTokens, .introspectsAllTokens:
            nil
        }
    }
}
