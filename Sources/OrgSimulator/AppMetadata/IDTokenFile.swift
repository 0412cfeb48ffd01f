/// Writes and reads the element `idTokenConfig`. An app's metadata has it if *Configure ID Token* is selected.
enum IDTokenFile {
    /// - Returns: `nil` if *Configure ID Token* is not selected.
    static func tree(of app: App) -> XMLTree? {
        let options = app.oauthOptions.idToken
        guard options.isConfigured else { return nil }
        var elements: [XMLTree] = []
        if !options.audience.isEmpty { elements.append(XMLTree("idTokenAudience", text: options.audience)) }
        elements.append(XMLTree("idTokenIncludeAttributes", flag: options.includesCustomAttributes))
        if app.kind == .connectedApp {
            elements.append(XMLTree("idTokenIncludeCustomPerms", flag: options.includesCustomPermissions))
        }
        elements += [
            XMLTree("idTokenIncludeStandardClaims", flag: options.includesStandardClaims),
            XMLTree(validityElement(app.kind), text: "\(options.validityMinutes)"),
        ]
        return XMLTree("idTokenConfig", elements)
    }

    /// Reads the element, or resets the ID token settings if it is missing.
    ///
    /// - Parameter file: The parent of the element.
    /// - Throws: ``DeployProblem`` if a value is not valid.
    static func read(_ file: DeployedXML, into app: inout App) throws(DeployProblem) {
        var options = IDTokenOptions()
        if let part = try file.part("idTokenConfig") {
            options.isConfigured = true
            options.audience = part.text("idTokenAudience") ?? ""
            options.includesCustomAttributes = try part.flag("idTokenIncludeAttributes", or: false)
            options.includesStandardClaims = try part.flag("idTokenIncludeStandardClaims", or: false)
            if app.kind == .connectedApp {
                options.includesCustomPermissions = try part.flag("idTokenIncludeCustomPerms", or: false)
            }
            let validity = try part.number(validityElement(app.kind)) ?? options.validityMinutes
            guard IDTokenOptions.validityRange.contains(validity) else {
                throw .synthetic("\(validityElement(app.kind)) must be from 1 to 720")
            }
            options.validityMinutes = validity
        }
        app.oauthOptions.idToken = options
    }

    private static func validityElement(_ kind: App.Kind) -> String {
        switch kind {
        case .connectedApp: "idTokenValidity"
        case .externalClientApp: "idTokenValidityInMinutes"
        }
    }
}
