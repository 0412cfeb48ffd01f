/// Reads the deployed files of an External Client App, one function for each of its five types. A setting that a file
/// leaves out gets its default. All functions throw the ``DeployProblem`` that the deployment reports.
enum ExternalClientAppDeployment {
    /// Reads an `ExternalClientApplication`.
    ///
    /// - Parameter old: The app before the deployment; `nil` if the deployment creates it.
    static func application(
        named name: String, in file: DeployedXML, replacing old: App?
    ) throws(DeployProblem) -> App {
        var app = old ?? App(name: name)
        app.kind = .externalClientApp
        app.label = try file.required("label")
        app.contactEmail = try file.required("contactEmail")
        return app
    }

    /// Reads an `ExtlClntAppGlobalOauthSettings`.
    ///
    /// - Parameter isFirst: Whether the app has no such settings yet. The consumer key and secret are read only then.
    static func readGlobalSettings(
        _ file: DeployedXML, into app: inout App, isFirst: Bool, _ org: DeployedOrg
    ) throws(DeployProblem) {
        for rotation in ["shouldRotateConsumerKey", "shouldRotateConsumerSecret"]
        where try file.flag(rotation, or: false) {
            throw .synthetic("The simulator does not support \(rotation)")
        }
        app.callbackURL = file.text("callbackUrl") ?? ""
        for flag in OAuthFlag.externalClientApp { try flag.read(file, into: &app) }
        try IDTokenFile.read(file, into: &app)
        if isFirst {
            if let key = file.text("consumerKey") { app.consumerKey = try org.checkedConsumerKey(consumerKey: key) }
            app.consumerSecret = file.text("consumerSecret") ?? app.consumerSecret
        }
        try readCertificate(file.text("certificate"), into: &app, org.switches)
    }

    /// Reads the certificate. Without the element, the app's certificate is removed. A certificate in a format that the
    /// switch `certificateEncoding` excludes, or that ``UploadedCertificate`` rejects, is stored as unreadable, so no
    /// signature matches it. A text that is too long for a certificate of 4 KB is refused.
    private static func readCertificate(
        _ text: String?, into app: inout App, _ switches: Switches
    ) throws(DeployProblem) {
        app.certificatePEM = nil
        app.unreadableCertificate = nil
        guard let text else { return }
        guard text.utf8.count <= UploadedCertificate.sizeLimit * 3 / 2 else {
            throw .synthetic("The certificate is larger than 4 KB")
        }
        let isUnderstood = switches.certificateEncoding.understands(text) && (try? UploadedCertificate(text)) != nil
        if isUnderstood { app.certificatePEM = text } else { app.unreadableCertificate = text }
    }

    /// Reads an `ExtlClntAppOauthSettings`.
    static func readSettings(_ file: DeployedXML, into app: inout App, _ org: DeployedOrg) throws(DeployProblem) {
        app.scopes = try org.scopes(file.list("commaSeparatedOauthScopes"))
    }

    /// Reads an `ExtlClntAppOauthConfigurablePolicies`.
    static func readOAuthPolicies(
        _ file: DeployedXML, into app: inout App, _ org: DeployedOrg
    ) throws(DeployProblem) {
        let fresh = App(name: app.name)
        app.permissionSets = try org.permissionSets(
            file.list("commaSeparatedPermissionSet"), in: "commaSeparatedPermissionSet")
        app.profiles = try org.profiles(file.list("commaSeparatedProfile"), in: "commaSeparatedProfile")
        app.ipRelaxation = try file.choice(
            "ipRelaxationPolicyType", of: "IpRelaxationPolicyType",
            { text in App.IPRelaxation.allCases.first { $0.policyType == text } }, or: fresh.ipRelaxation)
        app.permittedUsers = try file.choice(
            "permittedUsersPolicyType", of: "PermittedUsersPolicyType",
            { text in App.PermittedUsers.allCases.first { $0.policyType == text } }, or: fresh.permittedUsers)
        app.requiredSessionLevel = try file.choice(
            "requiredSessionLevel", of: "RequiredSessionLevel", App.SessionLevel.init(rawValue:),
            or: fresh.requiredSessionLevel)
        for flag in OAuthFlag.policies { try flag.read(file, into: &app) }
        app.sessionTimeoutMinutes = try file.number("sessionTimeoutInMinutes")
        app.jwtTimeoutMinutes = try file.number("namedUserJwtTimeout") ?? fresh.jwtTimeoutMinutes
    }

    /// Reads an `ExtlClntAppConfigurablePolicies`.
    static func readPolicies(_ file: DeployedXML, into app: inout App) throws(DeployProblem) {
        app.enabled = try file.flag("isEnabled", or: true)
    }
}

extension Switches.CertificateEncoding {
    /// Whether the certificate's text is in the format that this switch names.
    fileprivate func understands(_ text: String) -> Bool {
        switch self {
        case .bodyWithoutArmour: !text.contains("-----")
        case .pem: text.contains("-----BEGIN CERTIFICATE-----")
        }
    }
}
