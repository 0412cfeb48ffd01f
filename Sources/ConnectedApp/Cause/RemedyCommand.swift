/// A command that removes a cause or shows more about it.
public enum RemedyCommand: Sendable, CaseIterable {
    case initialize, listConnections, setLoginHost, setAudience, setConsumerKey, setUsername, setCertificateAuthorities
    case allowTokens, repin, showConfiguration, showProxy, inspectCertificate, downloadCertificate,
        downloadCertificateAsDER,
        showCertificate
    case inspectAssertion, test, followChange, unblock, showBudget, checkApp, report, showRotation, listMetadataTypes
    case listNotices, testNotices, verifyAudit, verifyBackup, listAccounts, listAPITokens, listClients,
        listTrustPolicies,
        showSignInApp

    /// Returns the command line. Words in capitals and `00D…` are for the user to replace.
    ///
    /// - Parameter alias: The connection's name; `nil` for the word ALIAS.
    func text(alias: String? = nil) -> String {
        let alias = alias ?? "ALIAS"
        return switch self {
        case .initialize: "aprity init"
        case .listConnections: "aprity connection list"
        case .setLoginHost: "aprity connection set \(alias) --login-host URL"
        case .setAudience: "aprity connection set \(alias) --audience URL"
        case .setConsumerKey: "aprity connection set \(alias) --consumer-key KEY"
        case .setUsername: "aprity connection set \(alias) --username USERNAME"
        case .setCertificateAuthorities: "aprity connection set \(alias) --ca-file ca.pem"
        case .allowTokens: "aprity connection set \(alias) --allow-tokens"
        case .repin: "aprity connection repin \(alias) --expect 00D…"
        case .showConfiguration: "aprity config"
        case .showProxy: "aprity config --host HOST"
        case .inspectCertificate: "aprity certificate inspect FILE"
        case .downloadCertificate: "aprity certificate download \(alias)"
        case .downloadCertificateAsDER: "aprity certificate download \(alias) --der"
        case .showCertificate: "aprity certificate show \(alias)"
        case .inspectAssertion: "aprity assertion inspect FILE"
        case .test: "aprity test \(alias)"
        case .followChange: "aprity test \(alias) --changed"
        case .unblock: "aprity unblock \(alias)"
        case .showBudget: "aprity budget \(alias)"
        case .checkApp: "aprity app check \(alias)"
        case .report: "aprity report \(alias)"
        case .showRotation: "aprity rotate status \(alias)"
        case .listMetadataTypes: "aprity metadata types \(alias)"
        case .listNotices: "aprity notify list"
        case .testNotices: "aprity notify test"
        case .verifyAudit: "aprity audit verify"
        case .verifyBackup: "aprity backup verify FILE"
        case .listAccounts: "aprity user list"
        case .listAPITokens: "aprity api-token list"
        case .listClients: "aprity client list"
        case .listTrustPolicies: "aprity trust list"
        case .showSignInApp: "aprity sign-in-app show"
        }
    }

    /// Whether the command needs a stored connection. A command that runs without a store does not suggest it.
    public var needsConnection: Bool {
        switch self {
        case .setLoginHost, .setAudience, .setConsumerKey, .setUsername, .setCertificateAuthorities, .allowTokens,
            .repin,
            .downloadCertificate, .downloadCertificateAsDER, .showCertificate, .test, .followChange, .unblock,
            .showBudget, .checkApp, .report, .showRotation, .listMetadataTypes:
            true
        case .initialize, .listConnections, .showConfiguration, .showProxy, .inspectCertificate, .inspectAssertion,
            .listNotices,
            .testNotices, .verifyAudit, .verifyBackup, .listAccounts, .listAPITokens, .listClients, .listTrustPolicies,
            .showSignInApp:
            false
        }
    }
}
