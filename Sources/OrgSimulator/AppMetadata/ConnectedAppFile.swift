/// Writes and reads a `ConnectedApp` file (Metadata API Developer Guide, *ConnectedApp*).
enum ConnectedAppFile {
    /// Returns the child elements of the file's root in alphabetical order, as a real org sends them. The consumer
    /// secret is not included.
    static func tree(of app: App) -> [XMLTree] {
        var elements = [
            XMLTree("contactEmail", text: app.contactEmail), XMLTree("label", text: app.shownName),
            XMLTree("oauthConfig", oauthConfig(of: app)),
            XMLTree(
                "oauthPolicy",
                [
                    XMLTree("ipRelaxation", text: app.ipRelaxation.rawValue),
                    XMLTree("refreshTokenPolicy", text: "infinite"),
                ]),
        ]
        elements += app.permissionSets.map { XMLTree("permissionSetName", text: $0) }
        elements += app.profiles.map { XMLTree("profileName", text: $0) }
        let session = sessionPolicy(of: app)
        if !session.isEmpty { elements.append(XMLTree("sessionPolicy", session)) }
        return elements
    }

    private static func oauthConfig(of app: App) -> [XMLTree] {
        var elements = [XMLTree("callbackUrl", text: app.callbackURL)]
        if let certificate = app.certificatePEM ?? app.unreadableCertificate {
            elements.append(XMLTree("certificate", text: certificate.trimmed))
        }
        elements.append(XMLTree("consumerKey", text: app.consumerKey))
        if let idToken = IDTokenFile.tree(of: app) { elements.append(idToken) }
        elements.append(XMLTree("isAdminApproved", flag: app.permittedUsers == .adminApprovedPreAuthorized))
        elements += OAuthFlag.connectedApp.map { $0.tree(of: app) }
        return elements + app.returnedScopes.map { XMLTree("scopes", text: $0) }
    }

    private static func sessionPolicy(of app: App) -> [XMLTree] {
        var elements: [XMLTree] = []
        if app.requiredSessionLevel != .standard {
            elements.append(XMLTree("policyAction", text: "RaiseSessionLevel"))
            elements.append(XMLTree("sessionLevel", text: app.requiredSessionLevel.rawValue))
        }
        if let minutes = app.sessionTimeoutMinutes { elements.append(XMLTree("sessionTimeout", text: "\(minutes)")) }
        return elements
    }

    /// Returns the app after a deployment of `file`.
    ///
    /// A setting that the file leaves out gets its default. The lists of permission sets and profiles are kept if the
    /// file leaves them out; one empty element clears a list.
    ///
    /// - Parameter old: The app before the deployment; `nil` if the deployment creates it.
    /// - Throws: ``DeployProblem`` for the first value that the org refuses.
    static func app(
        named name: String, in file: DeployedXML, replacing old: App?, _ org: DeployedOrg
    ) throws(DeployProblem) -> App {
        guard let oauth = try file.part("oauthConfig") else {
            throw .synthetic("The simulator does not support apps without oauthConfig")
        }
        var app = old.map(\.withDefaultSettings) ?? App(name: name)
        app.kind = .connectedApp
        app.label = try file.required("label")
        app.contactEmail = try file.required("contactEmail")
        try read(oauth, into: &app, isNew: old == nil, org)
        try readPreAuthorizations(file, into: &app, old, org)
        try readPolicies(file, into: &app)
        return app
    }

    private static func read(
        _ oauth: DeployedXML, into app: inout App, isNew: Bool, _ org: DeployedOrg
    ) throws(DeployProblem) {
        app.callbackURL = try oauth.required("callbackUrl")
        if let key = oauth.text("consumerKey") {
            guard isNew else { throw .confirmed("You cannot provide a Consumer Key") }
            app.consumerKey = try org.checkedConsumerKey(consumerKey: key)
        }
        if isNew { app.consumerSecret = oauth.text("consumerSecret") ?? "" }
        if let certificate = oauth.text("certificate") {
            guard (try? UploadedCertificate(certificate)) != nil else {
                throw .synthetic("certificate is not an X.509 certificate with an RSA key, or is larger than 4 KB")
            }
            app.certificatePEM = certificate
        }
        if try oauth.flag("isAdminApproved", or: false) { app.permittedUsers = .adminApprovedPreAuthorized }
        for flag in OAuthFlag.connectedApp { try flag.read(oauth, into: &app) }
        try IDTokenFile.read(oauth, into: &app)
        app.scopes = try org.scopes(oauth.texts("scopes") ?? [])
    }

    private static func readPreAuthorizations(
        _ file: DeployedXML, into app: inout App, _ old: App?, _ org: DeployedOrg
    ) throws(DeployProblem) {
        let sets = file.texts("permissionSetName")
        let profiles = file.texts("profileName")
        guard app.permittedUsers == .adminApprovedPreAuthorized else {
            guard (sets ?? []).isEmpty, (profiles ?? []).isEmpty else {
                throw .synthetic("permissionSetName and profileName need isAdminApproved to be true")
            }
            return
        }
        app.permissionSets = try org.permissionSets(sets ?? old?.permissionSets ?? [], in: "permissionSetName")
        app.profiles = try org.profiles(profiles ?? old?.profiles ?? [], in: "profileName")
    }

    private static func readPolicies(_ file: DeployedXML, into app: inout App) throws(DeployProblem) {
        if let policy = try file.part("oauthPolicy") {
            app.ipRelaxation = try policy.choice(
                "ipRelaxation", of: "ConnectedAppOauthIpRelaxation", App.IPRelaxation.init(rawValue:),
                or: app.ipRelaxation)
        }
        if let session = try file.part("sessionPolicy") {
            app.requiredSessionLevel = try session.choice(
                "sessionLevel", of: "SessionSecurityLevel", App.SessionLevel.init(rawValue:),
                or: app.requiredSessionLevel)
            app.sessionTimeoutMinutes = try session.number("sessionTimeout")
        }
    }
}

extension App {
    /// The scopes as an org returns them: synonyms are returned under one name, once.
    var returnedScopes: [String] {
        var seen: Set<String> = []
        return scopes.map(ScopeChoice.listedName).filter { seen.insert($0).inserted }
    }

    /// The app with defaults for the settings that a deployed file can leave out. Values that the file does not have,
    /// such as approvals, are kept.
    fileprivate var withDefaultSettings: App {
        var app = self
        let fresh = App(name: name)
        app.certificatePEM = nil
        app.unreadableCertificate = nil
        app.permittedUsers = fresh.permittedUsers
        app.permissionSets = []
        app.profiles = []
        app.ipRelaxation = fresh.ipRelaxation
        app.requiredSessionLevel = fresh.requiredSessionLevel
        app.sessionTimeoutMinutes = nil
        return app
    }
}
