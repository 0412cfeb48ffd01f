/// The settings in an app's form: those of an existing app, or those that an admin entered. They may be invalid until
/// ``changes(to:in:form:)`` has checked them.
struct AppDraft: Sendable {
    let kind: App.Kind
    var label = ""
    /// The API name.
    var name = ""
    var contactEmail = ""
    var callbackURL = ""
    /// *Enable OAuth Settings*, or *Enable OAuth*.
    var enablesOAuth = false
    /// *Use digital signatures*, or *Enable JWT Bearer Flow*.
    var usesCertificate = false
    /// The selected scopes by the names of ``ScopeChoice``.
    var scopes: Set<String> = []
    /// The ticked boxes of the OAuth settings.
    var boxes: Set<OAuthBox>
    var idToken: IDTokenOptions
    /// The text that the user entered, which should be a number of minutes.
    var idTokenValidity: String

    /// The settings of a new app, before an admin has entered anything.
    init(_ kind: App.Kind) {
        self.kind = kind
        let fresh = App(name: "")
        boxes = Self.boxes(of: fresh)
        idToken = fresh.oauthOptions.idToken
        idTokenValidity = "\(idToken.validityMinutes)"
    }

    private static func boxes(of app: App) -> Set<OAuthBox> {
        Set(OAuthBox.allCases.filter { app[keyPath: $0.value] })
    }

    /// The settings of an existing app.
    init(_ app: App) {
        self.init(app.kind)
        label = app.shownName
        name = app.name
        contactEmail = app.contactEmail
        callbackURL = app.callbackURL
        enablesOAuth = true
        usesCertificate = app.certificatePEM != nil
        scopes = Set(app.scopes.map(ScopeChoice.listedName))
        boxes = Self.boxes(of: app)
        idToken = app.oauthOptions.idToken
        idTokenValidity = "\(idToken.validityMinutes)"
    }

    /// The settings that an admin entered. An API name that was left empty is derived from the label; that of an
    /// existing app cannot change.
    ///
    /// - Parameter app: The app that is edited, or `nil` for a new app.
    init(_ form: SetupForm, kind: App.Kind, of app: App?) {
        self.init(kind)
        label = form["label"] ?? ""
        name = app?.name ?? form["name"] ?? ""
        if name.isEmpty { name = Self.apiName(of: label) }
        contactEmail = form["contactEmail"] ?? ""
        callbackURL = form["callbackURL"] ?? ""
        enablesOAuth = form.has("enablesOAuth")
        usesCertificate = form.has("usesCertificate")
        scopes = Set(form.all("scopes"))
        boxes = Set(OAuthBox.allCases.filter { form.has($0.rawValue) && form.has(($0.parent ?? $0).rawValue) })
        idToken = IDTokenFields.options(form)
        idTokenValidity = form["idTokenValidity"] ?? ""
    }

    /// Checks the settings and returns the changes to save, with the keys of an app in the state document.
    ///
    /// - Parameters:
    ///   - old: The app that is edited, or `nil` for a new app.
    ///   - form: The form that the settings came from. The certificate is read from it.
    /// - Throws: ``SetupRefusal`` if a setting that a real org requires is missing or invalid, or if the certificate
    ///   cannot be used.
    func changes(to old: App?, in org: Org, form: SetupForm) throws(SetupRefusal) -> [(String, JSONValue)] {
        try checkBasics(old, org)
        try checkOAuth(old)
        let upload = try CertificateUpload.certificatePEM(in: form)
        if !usesCertificate, upload != nil {
            throw SetupRefusal(
                "Nothing was saved: the form has a certificate, but its checkbox is not ticked. Tick the checkbox, or "
                    + "remove the certificate from the form.")
        }
        if usesCertificate, upload == nil, old?.certificatePEM == nil {
            throw SetupRefusal("Nothing was saved: choose a certificate file.")
        }
        let chosen = ScopeChoice.all.map(\.name).filter(scopes.contains)
        var changes: [(String, JSONValue)] = [
            ("kind", .string(kind.rawValue)), ("label", .string(label)), ("contactEmail", .string(contactEmail)),
            ("callbackURL", .string(callbackURL)), ("scopes", .strings(chosen)),
            ("unreadableCertificate", .null),
        ]
        changes += try boxChanges()
        if let upload { changes.append(("certificatePEM", .string(upload))) }
        if !usesCertificate { changes.append(("certificatePEM", .null)) }
        return changes
    }

    /// Returns the changes for the checkboxes and the ID token.
    private func boxChanges() throws(SetupRefusal) -> [(String, JSONValue)] {
        let record = { (box: OAuthBox) in (box.rawValue, JSONValue.bool(boxes.contains(box))) }
        let idToken = try IDTokenFields.changes(idToken, validity: idTokenValidity)
        let options = OAuthBox.allCases.filter(\.isOption).map(record) + [("idToken", idToken)]
        return OAuthBox.allCases.filter { !$0.isOption }.map(record) + [("oauthOptions", .record(options))]
    }

    private func checkBasics(_ old: App?, _ org: Org) throws(SetupRefusal) {
        guard !label.isEmpty else { throw SetupRefusal("Nothing was saved: the name is missing.") }
        guard label.count <= 80 || label == old?.label else {
            throw SetupRefusal("Nothing was saved: the name has more than 80 characters.")
        }
        if old == nil {
            guard Self.isAPIName(name) else {
                throw SetupRefusal(
                    "Nothing was saved: an API name must begin with a letter, contain only letters, digits and single "
                        + "underscores, and not end with an underscore.")
            }
            guard !org.apps.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw SetupRefusal("Nothing was saved: an app with this API name exists already.")
            }
        }
        let mayBeEmpty = old?.contactEmail.isEmpty ?? false
        guard contactEmail.contains("@") || (mayBeEmpty && contactEmail.isEmpty) else {
            throw SetupRefusal("Nothing was saved: Contact Email is not an e-mail address.")
        }
    }

    private func checkOAuth(_ old: App?) throws(SetupRefusal) {
        guard enablesOAuth else {
            throw SetupRefusal("Nothing was saved: this simulation does not support apps without OAuth settings.")
        }
        let mayBeEmpty = old?.callbackURL.isEmpty ?? false
        guard callbackURL.contains("://") || (mayBeEmpty && callbackURL.isEmpty) else {
            throw SetupRefusal("Nothing was saved: Callback URL is not a URL.")
        }
        if let unknown = scopes.subtracting(ScopeChoice.all.map(\.name)).min() {
            throw SetupRefusal("Nothing was saved: there is no OAuth scope \(unknown).")
        }
        guard !scopes.isEmpty else { throw SetupRefusal("Nothing was saved: select at least one OAuth scope.") }
    }

    /// Returns the API name that Setup derives from a label, such as `Aprity_Integration` from `Aprity Integration`.
    static func apiName(of label: String) -> String {
        label.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "_")
    }

    /// Whether a name is a valid API name: at most 80 ASCII letters, digits and single underscores, with a letter first
    /// and no underscore last.
    static func isAPIName(_ name: String) -> Bool {
        guard let first = name.first, first.isASCII, first.isLetter, name.last != "_", !name.contains("__") else {
            return false
        }
        return name.utf8.count <= 80 && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
