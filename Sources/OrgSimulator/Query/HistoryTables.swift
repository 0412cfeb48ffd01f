import Foundation

extension QueryTable {
    /// "LoginHistory" (Object Reference for the Salesforce Platform). Queries cannot filter by `Application`, `Status`
    /// and some other fields, as in a real org.
    static func loginHistory(_ logins: [LoginRecord]) -> QueryTable {
        let alwaysNull = ["ApiType", "ApiVersion", "Browser", "ClientVersion", "ForwardedForIp", "Platform"]
        let alwaysNullFilterable = ["CipherSuite", "CountryIso", "TlsProtocol"]
        return QueryTable(
            .loginHistory, of: logins,
            [
                .id("Id") { .recordID(prefix: "0Ya", of: $0.userID ?? "", "\($0.orgTime)", $0.status) },
                .id("UserId") { $0.userID }, .dateTime("LoginTime") { $0.orgTime },
                .text("LoginType") { $0.loginType }, .text("LoginUrl") { $0.loginURL },
                .text("SourceIp") { $0.sourceAddress }.unfilterable,
                .text("LoginSubType") { $0.loginSubType }.unfilterable,
                .text("Application") { $0.application }.unfilterable, .text("Status") { $0.status }.unfilterable,
            ]
                + alwaysNull.map { Column<LoginRecord>.text($0) { _ in nil }.unfilterable }
                + alwaysNullFilterable.map { .text($0) { _ in nil } })
    }

    /// The value of the secret columns of `OauthToken`. Tests search for it, because a client must neither store nor
    /// show it.
    static let tokenCanary = "CANARYOAUTHTOKEN0123456789ABCDEF"

    /// "OauthToken" (Object Reference for the Salesforce Platform). One row for each approval. `Id` is always null. The
    /// uses are the user's successful sign-ins with the app. The login history names an app only by its label, so apps
    /// with the same label share their uses.
    static func oauthTokens(
        _ approvals: [(app: App, user: User)], _ logins: [LoginRecord], _ audit: SetupAudit
    ) -> QueryTable {
        let uses = Dictionary(grouping: logins.filter { $0.status == "Success" }) {
            [$0.userID ?? "", $0.application ?? ""]
        }
        var table = QueryTable(
            .oauthToken, of: approvals,
            [
                .id("Id") { _ in nil }, .text("AppName") { $0.app.shownName },
                .id("AppMenuItemId") { $0.app.installed ? .recordID(prefix: "0DS", of: $0.app.id) : nil },
                .id("UserId") { $0.user.id }, .text("AccessToken") { _ in tokenCanary }.unfilterable,
                .text("DeleteToken") { _ in tokenCanary }.unfilterable,
                .text("RequestToken") { _ in tokenCanary }.unfilterable,
                .number("UseCount") { Double(uses[[$0.user.id, $0.app.shownName]]?.count ?? 0) },
                .dateTime("LastUsedDate") { uses[[$0.user.id, $0.app.shownName]]?.last?.orgTime },
                .dateTime("CreatedDate") { audit.dates(of: $0.app).created },
            ])
        table.parents = [Parent(name: "User", field: "UserId", object: .user)]
        return table
    }

    /// "SetupAuditTrail" (Object Reference for the Salesforce Platform). Queries cannot filter by `Section` and
    /// `Display`, as in a real org.
    static func setupAuditTrail(_ records: [SetupAudit.Record]) -> QueryTable {
        var table = QueryTable(
            .setupAuditTrail, of: records,
            [
                .id("Id") { .recordID(prefix: "0Ym", of: $0.orgID, String($0.number)) }.uncountable,
                .text("Action") { $0.action }, .text("Section") { $0.section }.unfilterable,
                .text("Display") { $0.display }.unfilterable, .dateTime("CreatedDate") { $0.time },
                .id("CreatedById") { $0.userID }, .text("CreatedByContext") { _ in nil },
                .text("CreatedByIssuer") { _ in nil }.unfilterable, .text("DelegateUser") { _ in nil },
                .text("ResponsibleNamespacePrefix") { _ in nil }.unfilterable,
            ])
        table.parents = [Parent(name: "CreatedBy", field: "CreatedById", object: .user)]
        return table
    }
}
