import Foundation

extension QueryTable {
    /// "Organization", with the fields of a recorded answer (SFDO-Tooling/CumulusCI
    /// `cumulusci/tests/shared_cassettes/GET_sobjects_Organization.yaml`) except the preferences, the access defaults
    /// and the compound address.
    static func organization(_ org: Org) -> QueryTable {
        QueryTable(
            .organization, of: [org],
            [.id("Id") { $0.id }, .text("Name") { $0.name }]
                + Column.empty("Division", "Street", "City", "State", "PostalCode")
                + [.text("Country") { _ in "US" }]
                + Column.empty("Latitude", "Longitude", "GeocodeAccuracy", "Phone", "Fax")
                + [
                    .text("PrimaryContact") { $0.administrator?.shownName },
                    .text("DefaultLocaleSidKey") { _ in "en_US" }, .text("TimeZoneSidKey") { _ in "GMT" },
                    .text("LanguageLocaleKey") { _ in "en_US" }, .number("FiscalYearStartMonth") { _ in 1 },
                    .boolean("UsesStartDateAsFiscalYearName") { _ in false },
                    .text("UiSkin") { _ in "Theme3" }, .text("SignupCountryIsoCode") { _ in "US" },
                    .dateTime("TrialExpirationDate") { _ in nil },
                    .text("OrganizationType") { _ in "Enterprise Edition" }, .text("NamespacePrefix") { _ in nil },
                    .text("InstanceName") { _ in "SIM1" }, .boolean("IsSandbox") { $0.isSandbox },
                    .number("MonthlyPageViewsUsed") { _ in 0 }, .number("MonthlyPageViewsEntitlement") { _ in 0 },
                    .boolean("IsReadOnly") { _ in false },
                ] + Column.systemFields(of: org.administrator?.id))
    }

    /// "User" (Object Reference for the Salesforce Platform).
    ///
    /// - Parameter logins: All sign-ins of the org, oldest first.
    static func users(of org: Org, _ logins: [LoginRecord]) -> QueryTable {
        let successes = logins.filter { $0.status == "Success" }.compactMap { login in
            login.userID.map { ($0, login.orgTime) }
        }
        let lastLogins = Dictionary(successes, uniquingKeysWith: max)
        var table = QueryTable(
            .user, of: org.users,
            [
                .id("Id") { $0.id }, .text("Username") { $0.username }, .text("LastName") { $0.familyName },
                .text("FirstName") { $0.givenName.isEmpty ? nil : $0.givenName }, .text("Name") { $0.shownName },
                .text("Email") { $0.mailAddress }, .text("Alias") { String($0.username.prefix(8)) },
                .text("CommunityNickname") { $0.username }, .boolean("IsActive") { $0.isActive },
                .text("TimeZoneSidKey") { _ in "GMT" }, .id("UserRoleId") { _ in nil },
                .text("LocaleSidKey") { _ in "en_US" }, .text("EmailEncodingKey") { _ in "UTF-8" },
                .id("ProfileId") { org.profile(of: $0)?.id }, .text("UserType") { _ in "Standard" },
                .text("LanguageLocaleKey") { _ in "en_US" }, .dateTime("LastLoginDate") { lastLogins[$0.id] },
            ]
                + Column.empty(
                    "CompanyName", "Division", "Department", "Title", "EmployeeNumber", "FederationIdentifier", "Phone",
                    "MobilePhone")
                + Column.systemFields(of: org.administrator?.id))
        table.parents = [Parent(name: "Profile", field: "ProfileId", object: .profile)]
        table.children = [
            Children(name: "PermissionSetAssignments", object: .permissionSetAssignment, field: "AssigneeId")
        ]
        return table
    }

    /// "Profile" (Object Reference for the Salesforce Platform).
    static func profiles(of org: Org) -> QueryTable {
        var table = QueryTable(
            .profile, of: org.profiles,
            [
                .id("Id") { $0.id }, .text("Name") { $0.name }, .text("UserType") { _ in "Standard" },
                .id("UserLicenseId") { _ in nil }, .text("Description") { _ in nil },
            ]
                + org.permissionColumns { Set($0.userPermissions) } + Column.systemFields(of: org.administrator?.id))
        table.children = [Children(name: "Users", object: .user, field: "ProfileId")]
        return table
    }
}
