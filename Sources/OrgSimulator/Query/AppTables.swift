import Foundation

extension Org {
    fileprivate func apps(_ kind: App.Kind) -> [App] { apps.filter { $0.kind == kind } }
}

extension QueryTable {
    /// "ConnectedApplication" (Object Reference for the Salesforce Platform): the installed apps, without key, scopes
    /// and certificate.
    static func connectedApplications(of org: Org, _ audit: SetupAudit) -> QueryTable {
        let off = [
            "OptionsCodeCredentialGuestEnabled", "OptionsFullContentPushNotifications", "OptionsIsInternal",
            "OptionsRefreshTokenValidityMetric", "OptionsTokenExchangeManageBitEnabled",
        ]
        let unset = [
            "MobileSessionTimeout", "NamedUserUvidTimeout", "PinLength", "RefreshTokenValidityPeriod", "UvidTimeout",
        ]
        return QueryTable(
            .connectedApplication, of: org.apps(.connectedApp).filter(\.installed),
            [
                .id("Id") { $0.id }, .text("Name") { $0.shownName },
                .boolean("OptionsAllowAdminApprovedUsersOnly") { $0.permittedUsers == .adminApprovedPreAuthorized },
                .boolean("OptionsAppIssueJwtTokenEnabled") { $0.issuesJWTAccessTokens },
                .boolean("OptionsHasSessionLevelPolicy") { $0.requiredSessionLevel == .highAssurance },
                .text("MobileStartUrl") { _ in nil }, .text("StartUrl") { _ in nil },
            ]
                + off.map { .boolean($0) { _ in false } } + unset.map { .number($0) { _ in nil } }
                + Column.systemFields(of: org.administrator?.id) { audit.dates(of: $0) })
    }

    // The fields of the objects of External Client Apps are known only from scripts of third parties.

    static func externalClientApplications(of org: Org) -> QueryTable {
        QueryTable(
            .externalClientApplication, of: org.apps(.externalClientApp),
            [.id("Id") { $0.id }, .text("DeveloperName") { $0.name }, .text("MasterLabel") { $0.shownName }])
    }

    static func externalClientAppPolicies(of org: Org) -> QueryTable {
        let off = ["IsClientCredentialsFlowEnabled", "IsTokenExchangeFlowEnabled", "IsGuestCodeCredFlowEnabled"]
        var table = QueryTable(
            .externalClientAppPolicies, of: org.apps(.externalClientApp),
            [
                .id("Id") { .recordID(prefix: "0yz", of: $0.id) }, .id("ExternalClientApplicationId") { $0.id },
                .text("PermittedUsersPolicyType") { $0.permittedUsers.metadataName },
                .text("IpRelaxationPolicyType") { $0.ipRelaxation.metadataName },
                .text("RefreshTokenPolicyType") { _ in "Infinite" },
                .number("RefreshTokenValidityPeriod") { _ in nil }, .text("RefreshTokenValidityUnit") { _ in nil },
                .text("ClientCredentialsFlowUser") { _ in nil },
                .text("RequiredSessionLevel") { $0.requiredSessionLevel.rawValue },
            ]
                + off.map { .boolean($0) { _ in false } })
        table.parents = [.externalClientApplication]
        return table
    }

    /// One column for each scope, such as `OauthScopesREFRESH_TOKEN`.
    static func externalClientAppSettings(of org: Org) -> QueryTable {
        let scopes = OAuthScope.wire(OAuthScope.allNames).sorted()
        var table = QueryTable(
            .externalClientAppSettings, of: org.apps(.externalClientApp),
            [
                .id("Id") { .recordID(prefix: "0yx", of: $0.id) }, .id("ExternalClientApplicationId") { $0.id },
                .text("SingleLogoutUrl") { _ in nil },
            ]
                + scopes.map { scope in
                    .boolean("OauthScopes\(scope.uppercased())") { OAuthScope.wire($0.scopes).contains(scope) }
                })
        table.parents = [.externalClientApplication]
        return table
    }
}

extension QueryTable.Parent {
    /// The relationship from an External Client App's settings or policies to the app.
    fileprivate static let externalClientApplication = QueryTable.Parent(
        name: "ExternalClientApplication", field: "ExternalClientApplicationId", object: .externalClientApplication)
}

extension App.PermittedUsers {
    /// The value in a column of `ExtlClntAppOauthPlcyCnfg`.
    fileprivate var metadataName: String {
        switch self {
        case .allSelfAuthorized: "AllSelfAuthorized"
        case .adminApprovedPreAuthorized: "AdminApprovedPreAuthorized"
        }
    }
}

extension App.IPRelaxation {
    /// The value in a column of `ExtlClntAppOauthPlcyCnfg`.
    fileprivate var metadataName: String {
        switch self {
        case .enforce: "Enforce"
        case .enforceButRelaxForRefresh: "Enforce_RelaxRefresh"
        case .relaxForActivatedDevices: "Bypass_2factor"
        case .relax: "Bypass"
        }
    }
}
