/// Writes the five files of an External Client App (Metadata API Developer Guide, *ExternalClientApplication* and the
/// types *ExtlClntApp…*).
enum ExternalClientAppFiles {
    /// One of the five kinds of files.
    struct File: Sendable {
        /// The metadata type.
        let type: String
        /// What follows the app's name in the component's name.
        let nameSuffix: String
        fileprivate let elements: @Sendable (App) -> [XMLTree]

        /// Returns the child elements of the file's root in alphabetical order.
        func tree(of app: App) -> [XMLTree] { elements(app) }
    }

    /// All files, the parent first.
    static let all = [
        File(type: AppType.externalClientApplication, nameSuffix: "", elements: application),
        File(type: AppType.globalOAuthSettings, nameSuffix: "_glbloauth", elements: globalOAuthSettings),
        File(type: AppType.oauthSettings, nameSuffix: "_oauth", elements: oauthSettings),
        File(type: AppType.oauthPolicies, nameSuffix: "_oauthPlcy", elements: oauthPolicies),
        File(type: AppType.policies, nameSuffix: "_plcy", elements: policies),
    ]

    @Sendable private static func application(_ app: App) -> [XMLTree] {
        [
            XMLTree("contactEmail", text: app.contactEmail), XMLTree("distributionState", text: "Local"),
            XMLTree("isProtected", flag: false), XMLTree("label", text: app.shownName),
        ]
    }

    /// Includes the certificate; ``AppDisclosure`` removes it if the org does not return it.
    @Sendable private static func globalOAuthSettings(_ app: App) -> [XMLTree] {
        var elements = [XMLTree("callbackUrl", text: app.callbackURL)]
        if let certificate = app.certificatePEM.map(\.withoutArmour) ?? app.unreadableCertificate {
            elements.append(XMLTree("certificate", text: certificate.trimmed))
        }
        elements += [
            XMLTree("consumerKey", text: app.consumerKey), XMLTree("externalClientApplication", text: app.name),
        ]
        if let idToken = IDTokenFile.tree(of: app) { elements.append(idToken) }
        elements += OAuthFlag.externalClientApp.map { $0.tree(of: app) }
        return elements + [
            XMLTree("label", text: app.shownName), XMLTree("shouldRotateConsumerKey", flag: false),
            XMLTree("shouldRotateConsumerSecret", flag: false),
        ]
    }

    @Sendable private static func oauthSettings(_ app: App) -> [XMLTree] {
        [
            XMLTree("commaSeparatedOauthScopes", text: app.returnedScopes.joined(separator: ", ")),
            XMLTree("externalClientApplication", text: app.name), XMLTree("isFirstPartyAppEnabled", flag: false),
            XMLTree("label", text: app.shownName),
        ]
    }

    @Sendable private static func oauthPolicies(_ app: App) -> [XMLTree] {
        var elements: [XMLTree] = []
        if !app.permissionSets.isEmpty {
            elements.append(
                XMLTree("commaSeparatedPermissionSet", text: app.permissionSets.joined(separator: ", ")))
        }
        if !app.profiles.isEmpty {
            elements.append(XMLTree("commaSeparatedProfile", text: app.profiles.joined(separator: ", ")))
        }
        elements += [
            XMLTree("externalClientApplication", text: app.name),
            XMLTree("ipRelaxationPolicyType", text: app.ipRelaxation.policyType),
        ]
        elements += OAuthFlag.policies.map { $0.tree(of: app) }
        elements += [
            XMLTree("label", text: app.shownName),
            XMLTree("permittedUsersPolicyType", text: app.permittedUsers.policyType),
            XMLTree("refreshTokenPolicyType", text: "SpecificLifetime"),
            XMLTree("refreshTokenValidityPeriod", text: "365"), XMLTree("refreshTokenValidityUnit", text: "Days"),
            XMLTree("requiredSessionLevel", text: app.requiredSessionLevel.rawValue),
        ]
        if let minutes = app.sessionTimeoutMinutes {
            elements.append(XMLTree("sessionTimeoutInMinutes", text: "\(minutes)"))
        }
        return elements
    }

    @Sendable private static func policies(_ app: App) -> [XMLTree] {
        [
            XMLTree("externalClientApplication", text: app.name), XMLTree("isEnabled", flag: app.enabled),
            XMLTree("isOauthPluginEnabled", flag: true), XMLTree("label", text: app.shownName),
        ]
    }
}

extension App.IPRelaxation {
    /// The value in the policies of an External Client App.
    var policyType: String {
        switch self {
        case .enforce: "Enforce"
        case .enforceButRelaxForRefresh: "Enforce_RelaxRefresh"
        case .relaxForActivatedDevices: "Bypass_2factor"
        case .relax: "Bypass"
        }
    }
}

extension App.PermittedUsers {
    /// The value in the policies of an External Client App.
    var policyType: String {
        switch self {
        case .allSelfAuthorized: "AllSelfAuthorized"
        case .adminApprovedPreAuthorized: "AdminApprovedPreAuthorized"
        }
    }
}

extension String {
    /// The certificate on one line: PEM without the `BEGIN` and `END` lines.
    fileprivate var withoutArmour: String {
        split(whereSeparator: \.isNewline).map(\.trimmed).filter { !$0.hasPrefix("-----") }.joined()
    }
}
