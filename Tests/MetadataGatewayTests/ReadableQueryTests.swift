import Testing

@testable import MetadataGateway

/// Which queries a client may make.
@Suite("Queries of clients")
struct ReadableQueryTests {
    private static func code(_ text: String, _ endpoint: QueryEndpoint = .data) -> Refusal.Code? {
        do throws(Refusal) {
            _ = try ReadableQuery(text, at: endpoint)
            return nil
        } catch { return error.code }
    }

    @Test(
        "Metadata and set-up can be queried",
        arguments: [
            "SELECT Id, Name, Body FROM ApexClass WHERE NamespacePrefix = null ORDER BY Name LIMIT 200 OFFSET 10",
            "SELECT COUNT() FROM ApexTrigger",
            "SELECT Status, COUNT(Id) n FROM ApexClass GROUP BY Status HAVING COUNT(Id) > 1",
            "SELECT Id, Name, OrganizationType, IsSandbox FROM Organization",
            "SELECT Id, CreatedBy.Username, LastModifiedBy.Profile.Name FROM ApexPage",
            "SELECT a.Assignee.Username, a.PermissionSet.Label FROM PermissionSetAssignment a WHERE a.PermissionSet.IsOwnedByProfile = false",
            "SELECT Id FROM User WHERE Profile.Name = 'System Administrator' AND IsActive = true",
            "SELECT Id FROM PermissionSet WHERE Id IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE Assignee.Username = 'a@b.c')",
            "SELECT Id FROM Profile WHERE Name LIKE 'Sys%' WITH USER_MODE",
            "SELECT Action, Section, Display, CreatedDate, CreatedBy.Name FROM SetupAuditTrail WHERE CreatedDate = LAST_N_DAYS:7",
            "SELECT QualifiedApiName, (SELECT QualifiedApiName, DataType FROM Fields) FROM EntityDefinition WHERE QualifiedApiName = 'Account'",
            "SELECT GROUPING(Type), COUNT(Id) FROM Group GROUP BY ROLLUP(Type)",
        ])
    func allowed(_ text: String) {
        #expect(Self.code(text) == nil)
    }

    @Test(
        "Tooling objects can be queried at their endpoint only",
        arguments: [
            "SELECT Id, DeveloperName, TableEnumOrId FROM CustomField", "SELECT Metadata FROM Flow WHERE Id = '301'",
            "SELECT Id, ValidationName, EntityDefinition.QualifiedApiName FROM ValidationRule",
            "SELECT MetadataComponentName, RefMetadataComponentName FROM MetadataComponentDependency",
        ])
    func tooling(_ text: String) {
        #expect(Self.code(text, .tooling) == nil)
        #expect(Self.code(text, .data) == .notAllowed)
    }

    @Test(
        "No clause reads business data, secrets or what is not known",
        arguments: [
            "SELECT Id FROM Account", "SELECT Id FROM account", "SELECT Id FROM Bike__c", "SELECT Id FROM Key__mdt",
            "SELECT Id FROM Bike__Share", "SELECT Id FROM NewObject2030",
            "SELECT Email FROM User", "SELECT Phone FROM User", "SELECT Id FROM User WHERE Email LIKE 'a%'",
            "SELECT Id FROM User ORDER BY Email", "SELECT Email, COUNT(Id) FROM User GROUP BY Email",
            "SELECT COUNT(Id) FROM User GROUP BY IsActive HAVING MIN(Email) > 'a'", "SELECT MAX(Email) FROM User",
            "SELECT FORMAT(MIN(Email)) FROM User", "SELECT toLabel(Email) FROM User",
            "SELECT Id FROM ApexClass WHERE CreatedBy.Email = 'x'", "SELECT CreatedBy.Manager.Name FROM ApexClass",
            "SELECT u.Email FROM User u", "SELECT User.Email FROM User", "SELECT Contact.Name FROM User",
            "SELECT Id FROM ApexClass a, a.CreatedBy u WHERE u.Email = 'x'",
            "SELECT Id FROM ApexClass WHERE CreatedById IN (SELECT OwnerId FROM Account)",
            "SELECT Id FROM ApexClass WHERE CreatedById NOT IN (SELECT OwnerId FROM Account WHERE Name LIKE 'A%')",
            "SELECT Id FROM ApexClass WHERE NOT (Id = 'x' OR (CreatedById IN (SELECT Id FROM User WHERE Email = 'x')))",
            "SELECT Id, (SELECT Id FROM Accounts) FROM User", "SELECT Id, (SELECT Name FROM Contacts) FROM Profile",
            "SELECT (SELECT Id FROM Fields WHERE EntityDefinition.RunningUserEntityAccess.IsReadable = true) FROM EntityDefinition",
            "SELECT TYPEOF SetupEntity WHEN Account THEN Name END FROM SetupEntityAccess",
            "SELECT TYPEOF CreatedBy WHEN Account THEN Name ELSE Id END FROM ApexClass",
            "SELECT FIELDS(ALL) FROM ApexClass LIMIT 200", "SELECT FIELDS(STANDARD) FROM User",
            "SELECT Id, (SELECT FIELDS(CUSTOM) FROM Fields) FROM EntityDefinition",
            "SELECT AccessToken FROM OauthToken", "SELECT Id FROM OauthToken WHERE AccessToken LIKE '00D%'",
            "SELECT Body FROM StaticResource", "SELECT Body FROM Document", "SELECT ConsumerSecret FROM AuthProvider",
            "SELECT SourceIp FROM LoginHistory", "SELECT Id FROM ApexClass USING SCOPE mine",
            "SELECT Id FROM ApexClass WITH SYSTEM_MODE", "SELECT Id FROM ApexClass WITH DATA CATEGORY Geo__c AT usa__c",
            "SELECT Id FROM a.b", "SELECT Id FROM ApexClass.Account",
        ])
    func reading(_ text: String) {
        #expect(Self.code(text) == .notAllowed)
    }

    @Test(
        "What could change something, or cannot be parsed, is refused",
        arguments: [
            "SELECT Id FROM ApexClass FOR UPDATE", "SELECT Id FROM ApexClass FOR VIEW",
            "SELECT Id FROM ApexClass FOR REFERENCE", "SELECT Id FROM ApexClass UPDATE TRACKING",
            "SELECT Id FROM ApexClass UPDATE VIEWSTAT", "SELECT Id FROM ApexClass ALL ROWS", "",
            "DELETE FROM ApexClass", "SELECT Id FROM ApexClass; SELECT Id FROM Account",
            "SELECT Id FROM ApexClass -- x", "/* x */ SELECT Id FROM ApexClass",
            "SELECT Id FROM ApexClass WHERE Id = :x",
            "SELECT SLEEP(1) FROM ApexClass", "FIND {x} RETURNING Account", "SELECT * FROM ApexClass",
            "SELECT Id FROM ApexClass WHERE Name = 'x' UNION SELECT Id FROM Account",
            "SELECT\u{A0}Id FROM ApexClass", "SELECT Id FROM ApexClass\u{0}",
        ])
    func changing(_ text: String) {
        #expect(Self.code(text) == .readOnly)
    }

    @Test("Every relationship of the table leads to an object of the table")
    func table() {
        for object in ReadableObject.all {
            for target in [object.parents, object.children].flatMap(\.values) {
                #expect(ReadableObject.named(target) != nil, "\(object.name): \(target)")
            }
        }
        #expect(Set(ReadableObject.all.map { $0.name.lowercased() }).count == ReadableObject.all.count)
    }
}
