import Foundation
import Testing

@testable import OrgSimulator

@Suite("Queries of setup objects")
struct SetupQueryTests {
    static let answers: [(query: String, rows: [String])] = [
        (
            "SELECT Name, IsSandbox, OrganizationType FROM Organization",
            [#"{"Name":"Harbour Bikes","IsSandbox":false,"OrganizationType":"Enterprise Edition"}"#]
        ),
        (
            "SELECT Username, Name, Email, IsActive, Profile.Name, UserType FROM User WHERE Id = '$clerk'",
            [
                #"{"Username":"clerk@harbour-bikes.example","Name":"Cleo Brandt","Email":"clerk@harbour-bikes.example","#
                    + #""IsActive":true,"Profile":{"Name":"Standard User"},"UserType":"Standard"}"#
            ]
        ),
        (
            "SELECT Name FROM Profile WHERE Name LIKE 's%' ORDER BY Name DESC",
            [#"{"Name":"System Administrator"}"#, #"{"Name":"Standard User"}"#]
        ),
        (
            "SELECT Name, Label, PermissionsModifyMetadata, PermissionsModifyAllData FROM PermissionSet "
                + "WHERE IsOwnedByProfile = false AND Type = 'Regular' ORDER BY Name",
            [
                #"{"Name":"Aprity_Admin","Label":"Aprity Admin","PermissionsModifyMetadata":false,"#
                    + #""PermissionsModifyAllData":false}"#,
                #"{"Name":"Aprity_Integration","Label":"Aprity Integration","PermissionsModifyMetadata":true,"#
                    + #""PermissionsModifyAllData":false}"#,
                #"{"Name":"Aprity_User","Label":"Aprity User","PermissionsModifyMetadata":false,"#
                    + #""PermissionsModifyAllData":false}"#,
            ]
        ),
        (
            "SELECT Profile.Name FROM PermissionSet WHERE IsOwnedByProfile = true AND PermissionsModifyAllData = true",
            [#"{"Profile":{"Name":"System Administrator"}}"#]
        ),
        (
            "SELECT DeveloperName, MasterLabel FROM PermissionSetGroup",
            [#"{"DeveloperName":"Readers","MasterLabel":"Readers"}"#]
        ),
        (
            "SELECT PermissionSetGroup.DeveloperName, PermissionSet.Name FROM PermissionSetGroupComponent "
                + "ORDER BY PermissionSet.Name LIMIT 1",
            [#"{"PermissionSetGroup":{"DeveloperName":"Readers"},"PermissionSet":{"Name":"Aprity_Admin"}}"#]
        ),
        (
            "SELECT PermissionSet.Name, Assignee.Username, PermissionSetGroupId FROM PermissionSetAssignment "
                + "WHERE PermissionSet.IsOwnedByProfile = FALSE AND PermissionSetGroupId = null",
            [
                #"{"PermissionSet":{"Name":"Aprity_Integration"},"#
                    + #""Assignee":{"Username":"integration@harbour-bikes.example"},"PermissionSetGroupId":null}"#
            ]
        ),
        (
            "SELECT PermissionSet.Type, PermissionSet.PermissionsModifyMetadata p FROM PermissionSetAssignment "
                + "WHERE AssigneeId = '$clerk' GROUP BY PermissionSet.Type, PermissionSet.PermissionsModifyMetadata "
                + "ORDER BY PermissionSet.Type",
            [#"{"Type":"Group","p":true}"#, #"{"Type":"Profile","p":false}"#]
        ),
        (
            "SELECT Parent.Name, Parent.Label, Parent.IsOwnedByProfile, Parent.Profile.Name, SetupEntityType "
                + "FROM SetupEntityAccess WHERE SetupEntityType = 'ConnectedApplication' AND SetupEntityId IN "
                + "(SELECT Id FROM ConnectedApplication WHERE Name = 'Metadata Reader') AND Parent.IsOwnedByProfile = false "
                + "ORDER BY Parent.Name",
            [
                #"{"Parent":{"Name":"Aprity_Integration","Label":"Aprity Integration","IsOwnedByProfile":false,"#
                    + #""Profile":null},"SetupEntityType":"ConnectedApplication"}"#,
                #"{"Parent":{"Name":"Readers","Label":"Readers","IsOwnedByProfile":false,"#
                    + #""Profile":null},"SetupEntityType":"ConnectedApplication"}"#,
            ]
        ),
        (
            "SELECT Parent.Profile.Name FROM SetupEntityAccess WHERE Parent.IsOwnedByProfile = true",
            [#"{"Parent":{"Profile":{"Name":"System Administrator"}}}"#]
        ),
        (
            "SELECT SetupEntityId FROM SetupEntityAccess WHERE SetupEntityType = 'ExternalClientApplication' AND "
                + "SetupEntityId NOT IN (SELECT Id FROM ExternalClientApplication)", []
        ),
        (
            "SELECT Name, OptionsAllowAdminApprovedUsersOnly, OptionsHasSessionLevelPolicy, RefreshTokenValidityPeriod, "
                + "CreatedDate FROM ConnectedApplication",
            [
                #"{"Name":"Metadata Reader","OptionsAllowAdminApprovedUsersOnly":true,"#
                    + #""OptionsHasSessionLevelPolicy":false,"RefreshTokenValidityPeriod":null,"#
                    + #""CreatedDate":"2026-09-21T14:13:20.000+0000"}"#
            ]
        ),
        ("SELECT DeveloperName FROM ExternalClientApplication", [#"{"DeveloperName":"Aprity"}"#]),
        (
            "SELECT ExternalClientApplication.DeveloperName, PermittedUsersPolicyType, IpRelaxationPolicyType, "
                + "RefreshTokenPolicyType, RequiredSessionLevel FROM ExtlClntAppOauthPlcyCnfg",
            [
                #"{"ExternalClientApplication":{"DeveloperName":"Aprity"},"PermittedUsersPolicyType":"AllSelfAuthorized","#
                    + #""IpRelaxationPolicyType":"Enforce_RelaxRefresh","RefreshTokenPolicyType":"Infinite","#
                    + #""RequiredSessionLevel":"HIGH_ASSURANCE"}"#
            ]
        ),
        (
            "SELECT OauthScopesAPI, OauthScopesREFRESH_TOKEN, SingleLogoutUrl FROM ExtlClntAppOauthSettings",
            [#"{"OauthScopesAPI":true,"OauthScopesREFRESH_TOKEN":false,"SingleLogoutUrl":null}"#]
        ),
        (
            "SELECT AppName, User.Username, UseCount, AccessToken FROM OauthToken",
            [
                #"{"AppName":"Metadata Reader","User":{"Username":"integration@harbour-bikes.example"},"UseCount":1,"#
                    + #""AccessToken":"CANARYOAUTHTOKEN0123456789ABCDEF"}"#
            ]
        ),
        (
            "SELECT PermissionsApiEnabled, PermissionsCustomizeApplication FROM UserPermissionAccess",
            [#"{"PermissionsApiEnabled":true,"PermissionsCustomizeApplication":false}"#]
        ),
        (
            "SELECT Application, SourceIp FROM LoginHistory WHERE LoginTime = TODAY",
            [
                #"{"Application":"Metadata Reader","SourceIp":"192.0.2.7"}"#
            ]
        ),
        (
            "SELECT Name, (SELECT Assignee.Name FROM Assignments) FROM PermissionSet WHERE Type = 'Regular' ORDER BY Name DESC",
            [
                #"{"Name":"Aprity_User","Assignments":null}"#,
                #"{"Name":"Aprity_Integration","Assignments":{"totalSize":1,"done":true,"#
                    + #""records":[{"Assignee":{"Name":"Integration User"}}]}}"#,
                #"{"Name":"Aprity_Admin","Assignments":null}"#,
            ]
        ),
        (
            "SELECT u.Username FROM User u, u.Profile p WHERE p.Name = 'Standard User' OR User.IsActive = false",
            [#"{"Username":"clerk@harbour-bikes.example"}"#]
        ),
        (
            "SELECT Type, Profile.Name FROM PermissionSet WHERE Type IN ('Profile', 'Group') AND Name != 'x' ORDER BY "
                + "Profile.Name LIMIT 2",
            [
                #"{"Type":"Group","Profile":null}"#,
                #"{"Type":"Profile","Profile":{"Name":"Minimum Access - API Only Integrations"}}"#,
            ]
        ),
        (
            "SELECT Type FROM PermissionSet WHERE Type != 'Profile' AND Name != 'Aprity_Admin' ORDER BY PermissionSetGroupId DESC NULLS LAST, Name",
            [#"{"Type":"Group"}"#, #"{"Type":"Regular"}"#, #"{"Type":"Regular"}"#]
        ),
        ("SELECT Name FROM User ORDER BY Name LIMIT 1 OFFSET 1", [#"{"Name":"Cleo Brandt"}"#]),
        (
            "SELECT Name FROM User WHERE NOT (Name = 'ADA MOORE' OR Name LIKE '_leo%')",
            [#"{"Name":"Integration User"}"#]
        ),
        ("SELECT Name FROM User WHERE Name IN ('ada moore', 'x') AND Id NOT IN ('$user')", [#"{"Name":"Ada Moore"}"#]),
        ("SELECT Name FROM User WHERE Name > 'b' AND Name <= 'cleo brandt'", [#"{"Name":"Cleo Brandt"}"#]),
    ]

    @Test("Each object returns its rows, with relationships", arguments: answers)
    func rows(_ row: (query: String, rows: [String])) throws {
        #expect(try QueriedOrg().rows(row.query) == row.rows)
    }

    static let aggregates: [(query: String, rows: [String])] = [
        ("SELECT COUNT(Id) FROM User", [#"{"expr0":3}"#]),
        ("SELECT COUNT(Id) n FROM User WHERE Name = 'nobody'", [#"{"n":0}"#]),
        ("SELECT MAX(Name) FROM User WHERE Name = 'nobody'", [#"{"expr0":null}"#]),
        ("SELECT MIN(Name) a, MAX(Name) b FROM User", [#"{"a":"Ada Moore","b":"Integration User"}"#]),
        (
            "SELECT COUNT(PermissionSetGroupId), COUNT_DISTINCT(AssigneeId) FROM PermissionSetAssignment",
            [#"{"expr0":1,"expr1":3}"#]
        ),
        ("SELECT SUM(UseCount), AVG(UseCount) FROM OauthToken", [#"{"expr0":1,"expr1":1}"#]),
        (
            "SELECT SetupEntityType t, COUNT(Id) n FROM SetupEntityAccess GROUP BY SetupEntityType ORDER BY COUNT(Id)",
            [#"{"t":"ExternalClientApplication","n":1}"#, #"{"t":"ConnectedApplication","n":3}"#]
        ),
        (
            "SELECT SetupEntityType FROM SetupEntityAccess GROUP BY SetupEntityType HAVING COUNT(Id) > 1",
            [#"{"SetupEntityType":"ConnectedApplication"}"#]
        ),
        ("SELECT Name FROM User WHERE Name = 'nobody' GROUP BY Name", []),
    ]

    @Test("Aggregates are computed over groups, or over all rows", arguments: aggregates)
    func aggregate(_ row: (query: String, rows: [String])) throws {
        #expect(try QueriedOrg().rows(row.query) == row.rows)
    }

    @Test("COUNT() returns a number and no records")
    func count() throws {
        let result = try QueriedOrg().result("SELECT COUNT() FROM User WHERE IsActive = true LIMIT 2")
        #expect(result.totalSize == 2)
        #expect(result.records.isEmpty)
    }

    @Test("A user of a pre-authorized set is found by an administrator's queries")
    func verification() throws {
        let org = try QueriedOrg()
        let query =
            "SELECT COUNT() FROM PermissionSetAssignment WHERE AssigneeId = '$user' AND PermissionSetId IN "
            + "(SELECT ParentId FROM SetupEntityAccess WHERE SetupEntityId = '$reader')"
        #expect(try org.count(query) == 1)
        #expect(try org.count(query.replacing("$user", with: "$clerk")) == 1)
        #expect(try org.count(query.replacing("$reader", with: "$external").replacing("$user", with: "$clerk")) == 0)
    }

    private static let noColumn =
        "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
        + "Please reference your WSDL or the describe call for the appropriate names."
    private static let noObject =
        "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
        + "Please reference your WSDL or the describe call for the appropriate names."

    static let refusals: [(query: String, refusal: String)] = [
        ("SELECT Id FROM Account", "INVALID_TYPE: sObject type 'Account' is not supported. \(noObject)"),
        ("SELECT Nonsense FROM User", "INVALID_FIELD: No such column 'Nonsense' on entity 'User'. \(noColumn)"),
        (
            "SELECT Profile.Nonsense FROM User",
            "INVALID_FIELD: No such column 'Nonsense' on entity 'Profile'. \(noColumn)"
        ),
        (
            "SELECT Id FROM User WHERE Nonsense = 1",
            "INVALID_FIELD: No such column 'Nonsense' on entity 'User'. \(noColumn)"
        ),
        (
            "SELECT Id FROM User ORDER BY Nonsense",
            "INVALID_FIELD: No such column 'Nonsense' on entity 'User'. \(noColumn)"
        ),
        ("SELECT Manager.Name FROM User", "INVALID_FIELD: Didn't understand relationship 'Manager' in field path."),
        (
            "SELECT (SELECT Id FROM Cases) FROM User",
            "INVALID_TYPE: Didn't understand relationship 'Cases' in FROM part of query call."
        ),
        (
            "SELECT COUNT() FROM SetupAuditTrail WHERE Section = 'x'",
            "INVALID_FIELD: field 'Section' can not be filtered in a query call"
        ),
        (
            "SELECT COUNT() FROM SetupAuditTrail WHERE Display LIKE 'x'",
            "INVALID_FIELD: field 'Display' can not be filtered in a query call"
        ),
        (
            "SELECT COUNT(Id) FROM SetupAuditTrail",
            "INVALID_FIELD: field Id does not support aggregate operator COUNT"
        ),
        (
            "SELECT Id FROM User WHERE IsActive = 'true'",
            "INVALID_FIELD: value of filter criterion for field 'IsActive' must be of type boolean"
        ),
        (
            "SELECT Id FROM LoginHistory WHERE LoginTime > '2026'",
            "INVALID_FIELD: value of filter criterion for field 'LoginTime' must be of type dateTime"
        ),
        ("SELECT Name, COUNT(Id) FROM User", "MALFORMED_QUERY: Field must be grouped or aggregated: Name"),
        ("SELECT COUNT() FROM User GROUP BY Name", "MALFORMED_QUERY: COUNT() cannot be used with GROUP BY or HAVING"),
        (
            "SELECT Id FROM User u, u.Manager m",
            "INVALID_FIELD: Didn't understand relationship 'Manager' in field path."
        ),
        (
            "SELECT LoginTime FROM LoginHistory GROUP BY LoginTime",
            "INVALID_FIELD: field 'LoginTime' can not be grouped in a query call"
        ),
        ("SELECT SUM(Name) FROM User", "INVALID_FIELD: field Name does not support aggregate operator SUM"),
        ("SELECT Name, Name FROM User", "MALFORMED_QUERY: duplicate field selected: Name"),
        ("SELECT Name n FROM User", "MALFORMED_QUERY: only aggregate expressions use field aliasing"),
    ]

    @Test("A query that no org answers is refused", arguments: refusals)
    func refused(_ row: (query: String, refusal: String)) throws {
        #expect(try QueriedOrg().refusal(row.query) == row.refusal)
    }

    static let notEvaluated = [
        "SELECT toLabel(Name) FROM User", "SELECT FIELDS(ALL) FROM User LIMIT 1",
        "SELECT Id FROM User USING SCOPE mine",
        "SELECT TYPEOF Profile WHEN Profile THEN Name END FROM User", "SELECT Id FROM User WITH SECURITY_ENFORCED",
        "SELECT COUNT(Id) FROM User GROUP BY ROLLUP(Name)", "SELECT Id FROM User FOR VIEW",
        "SELECT Id FROM User ALL ROWS",
        "SELECT CALENDAR_YEAR(LoginTime), COUNT(Id) FROM LoginHistory GROUP BY CALENDAR_YEAR(LoginTime)",
        "SELECT Id FROM User WHERE Name INCLUDES ('a')", "SELECT Id FROM User WHERE Name IN (SELECT Name FROM Profile)",
        "SELECT Id FROM User WHERE Id = '005000000000000AAA' OR ProfileId IN (SELECT Id FROM Profile)",
        "SELECT Id FROM User WHERE Id IN (SELECT AssigneeId FROM PermissionSetAssignment WHERE PermissionSetId IN "
            + "(SELECT Id FROM PermissionSet))",
        "SELECT Id FROM User WHERE ProfileId IN (SELECT COUNT(Id) FROM Profile)",
        "SELECT Id FROM User WHERE Id LIKE '005%'",
        "SELECT Id FROM LoginHistory WHERE LoginTime = LAST_N_FISCAL_YEARS:2",
        "SELECT Id FROM User ORDER BY FORMAT(Name)",
        "SELECT (SELECT COUNT(Id) FROM PermissionSetAssignments) FROM User",
    ]

    @Test("A query that is parsed but not evaluated is refused with the simulator's own code", arguments: notEvaluated)
    func readOnly(_ query: String) throws {
        #expect(try QueriedOrg().refusal(query).hasPrefix("SIMULATOR_CANNOT_EVALUATE: "))
    }

    @Test("Without View Setup, the setup objects do not exist", arguments: OrgObject.allCases)
    func viewSetup(_ object: OrgObject) throws {
        let query = "SELECT COUNT() FROM \(object.rawValue)"
        let open: Set<OrgObject> = [
            .organization, .user, .loginHistory, .oauthToken, .userPermissionAccess, .account, .contact,
        ]
        // They do not support COUNT().
        let uncounted: Set<OrgObject> = [.entityDefinition, .fieldDefinition, .metadataComponentDependency]
        var org = try QueriedOrg()
        org.state.orgs[0].canaryAccounts = 1
        org.endpoint = object.isInData ? .data : .tooling
        let missing = "INVALID_TYPE: sObject type '\(object.rawValue)' is not supported. \(Self.noObject)"
        #expect((org.refusal(query) == "rows") == !uncounted.contains(object))
        #expect(org.refusal(query) != missing)
        #expect((org.permitting().refusal(query) == missing) == !open.contains(object))
    }

    @Test("No relationship leads to a setup object without View Setup")
    func detours() throws {
        let org = try QueriedOrg().permitting()
        #expect(
            org.refusal("SELECT Id FROM User WHERE Id IN (SELECT AssigneeId FROM PermissionSetAssignment)")
                == "INVALID_TYPE: sObject type 'PermissionSetAssignment' is not supported. \(Self.noObject)")
        #expect(org.refusal("SELECT (SELECT Id FROM PermissionSetAssignments) FROM User").hasPrefix("INVALID_TYPE: "))
    }

    static let visible: [(object: String, permission: String, own: Int, all: Int)] = [
        ("OauthToken", "CustomizeApplication", 1, 2), ("OauthToken", "ManageUsers", 1, 1),
        ("LoginHistory", "ManageUsers", 1, 3), ("LoginHistory", "MonitorLoginHistory", 1, 3),
        ("LoginHistory", "CustomizeApplication", 1, 1),
    ]

    @Test("Other users' rows require a permission", arguments: visible)
    func ownRows(_ row: (object: String, permission: String, own: Int, all: Int)) throws {
        let query = "SELECT COUNT() FROM \(row.object)"
        #expect(try QueriedOrg().permitting().count(query) == row.own)
        #expect(try QueriedOrg().permitting(row.permission).count(query) == row.all)
    }

    @Test("The Tooling API has the objects of apps and of components, and no others", arguments: OrgObject.allCases)
    func tooling(_ object: OrgObject) throws {
        var org = try QueriedOrg()
        org.state.orgs[0].canaryAccounts = 1
        let components: Set<OrgObject> = [
            .connectedApplication, .entityDefinition, .fieldDefinition, .customField, .validationRule, .layout, .flow,
            .lightningComponentBundle, .auraDefinitionBundle, .metadataComponentDependency,
        ]
        let onlyThere: Set<OrgObject> = [
            .customField, .validationRule, .layout, .flow, .lightningComponentBundle, .metadataComponentDependency,
        ]
        let isThere = components.contains(object) || ["Ext", "Apex"].contains { object.rawValue.hasPrefix($0) }
        let query = "SELECT COUNT() FROM \(object.rawValue)"
        #expect(!org.refusal(query).hasPrefix("INVALID_TYPE: ") == !onlyThere.contains(object))
        org.endpoint = .tooling
        #expect(!org.refusal(query).hasPrefix("INVALID_TYPE: ") == isThere)
    }

    @Test("Ids have 15 or 18 characters and are case-sensitive")
    func ids() throws {
        let org = try QueriedOrg()
        let id = org.org.users[1].id
        for (text, count) in [(id, 1), (String(id.prefix(15)), 1), (id.lowercased(), 0)] {
            #expect(try org.count("SELECT COUNT() FROM User WHERE Id = '\(text)'") == count)
        }
    }

    @Test("An app that is not installed has no row in ConnectedApplication")
    func uninstalled() throws {
        var org = try QueriedOrg()
        org.state.orgs[0].apps[1].installed = false
        #expect(try org.count("SELECT COUNT() FROM ConnectedApplication") == 0)
        #expect(try org.rows("SELECT AppMenuItemId FROM OauthToken") == [#"{"AppMenuItemId":null}"#])
    }
}
