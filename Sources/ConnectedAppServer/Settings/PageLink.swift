internal import ConnectedApp

/// A link to the page that does the same as a command. The property names are tags of `testRun.mustache`. The
/// fragments of the paths are IDs of elements in `connection.mustache`.
struct PageLink {
    let label: String
    let path: String

    /// - Returns: `nil` if only the command line can do it.
    init?(_ command: RemedyCommand, of alias: String) {
        let page = SettingsPath.connection(alias)
        switch command {
        case .listConnections: (label, path) = ("Connections", SettingsPath.connections)
        case .setConsumerKey: (label, path) = ("Set the Consumer Key", page + "#consumer-key-form")
        case .downloadCertificate: (label, path) = ("Download the certificate", page + "#components")
        case .downloadCertificateAsDER: (label, path) = ("Download the certificate as DER", page + "#components")
        case .showCertificate: (label, path) = ("The certificate", page + "#certificate")
        case .test, .followChange, .unblock: (label, path) = ("The connection", page)
        case .showBudget: (label, path) = ("Sign-ins of this hour", page + "#budget")
        case .checkApp: (label, path) = ("Check the app", page + "/app")
        case .report: (label, path) = ("Make a report", page + "#help-others")
        case .showRotation: (label, path) = ("The rotation", SettingsPath.rotation(alias))
        case .listNotices, .testNotices: (label, path) = ("Notices", page + "#notices")
        case .verifyAudit: (label, path) = ("Audit record", "/audit")
        case .setLoginHost, .setAudience, .setUsername, .setCertificateAuthorities, .allowTokens,
            .repin:
            (label, path) = ("Change the settings", page + "/" + ConnectionSettingsPages.name)
        case .listAccounts: (label, path) = ("Users", SettingsPath.users)
        case .listAPITokens: (label, path) = ("API tokens", SettingsPath.apiTokens)
        case .listClients: (label, path) = ("Clients", SettingsPath.clients(alias))
        case .showSignInApp: (label, path) = ("Sign in with Salesforce", SettingsPath.signInApp)
        case .initialize, .showConfiguration, .showProxy, .inspectCertificate, .inspectAssertion, .listMetadataTypes,
            .verifyBackup, .listTrustPolicies:
            return nil
        }
    }
}
