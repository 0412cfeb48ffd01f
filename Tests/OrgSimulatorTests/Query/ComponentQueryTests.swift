import Foundation
import SOQL
import Testing

@testable import OrgSimulator

@Suite("Queries of the org's components")
struct ComponentQueryTests {
    private static func org(_ endpoint: QueryEndpoint = .tooling) throws -> QueriedOrg {
        var org = try QueriedOrg()
        org.endpoint = endpoint
        let repository = try SourceFixture(
            ConditionedOrg.files.merging([
                "flows/Lend.flow-meta.xml": metadataXML(
                    "Flow", "<label>Lend</label><processType>Flow</processType><status>Active</status>"),
                "lwc/dock/dock.js": "export default 1",
                "lwc/dock/dock.js-meta.xml": metadataXML(
                    "LightningComponentBundle", "<apiVersion>66.0</apiVersion><isExposed>true</isExposed>"),
                "aura/shelf/shelf.cmp": "<aura:component/>",
                "aura/shelf/shelf.cmp-meta.xml": metadataXML(
                    "AuraDefinitionBundle", "<apiVersion>65.0</apiVersion><description>A shelf</description>"),
            ]) { $1 }
        ).repository()
        org.source = OrgSource(repository: repository, origin: .init(MetadataServiceSettings()))
        return org
    }

    static let rows: [(query: String, rows: [String])] = [
        (
            "SELECT DeveloperName, Length FROM CustomField WHERE EntityDefinition.QualifiedApiName = 'Bike__c'",
            [#"{"DeveloperName":"Size","Length":8}"#]
        ),
        (
            "SELECT ValidationName, Active, ErrorMessage FROM ValidationRule",
            [#"{"ValidationName":"Sized","Active":true,"ErrorMessage":"No size"}"#]
        ),
        (
            "SELECT Name, NamespacePrefix, ManageableState FROM Layout ORDER BY Name",
            [
                #"{"Name":"acme__Main","NamespacePrefix":"acme","ManageableState":"installed"}"#,
                #"{"Name":"Shop","NamespacePrefix":null,"ManageableState":"unmanaged"}"#,
            ]
        ),
        (
            "SELECT MasterLabel, Status, ProcessType, VersionNumber FROM Flow",
            [#"{"MasterLabel":"Lend","Status":"Active","ProcessType":"Flow","VersionNumber":1}"#]
        ),
        (
            "SELECT DeveloperName, ApiVersion, IsExposed FROM LightningComponentBundle",
            [#"{"DeveloperName":"dock","ApiVersion":66,"IsExposed":true}"#]
        ),
        (
            "SELECT DeveloperName, ApiVersion, Description FROM AuraDefinitionBundle",
            [#"{"DeveloperName":"shelf","ApiVersion":65,"Description":"A shelf"}"#]
        ),
        (
            "SELECT QualifiedApiName, Label FROM EntityDefinition WHERE QualifiedApiName = 'Bike__c'",
            [#"{"QualifiedApiName":"Bike__c","Label":"Bike"}"#]
        ),
        (
            "SELECT QualifiedApiName, DataType FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Bike__c'",
            [#"{"QualifiedApiName":"Size__c","DataType":"Text(8)"}"#]
        ),
        (
            "SELECT MetadataComponentName, RefMetadataComponentName, RefMetadataComponentType "
                + "FROM MetadataComponentDependency",
            [
                #"{"MetadataComponentName":"Fare","RefMetadataComponentName":"Toll","RefMetadataComponentType":"ApexClass"}"#,
                #"{"MetadataComponentName":"Fare","RefMetadataComponentName":"Bike__c","RefMetadataComponentType":"CustomObject"}"#,
                #"{"MetadataComponentName":"Shop","RefMetadataComponentName":"Size","RefMetadataComponentType":"CustomField"}"#,
            ]
        ),
        (
            "SELECT Metadata FROM ValidationRule WHERE ValidationName = 'Sized'",
            [#"{"Metadata":{"active":true,"errorMessage":"No size"}}"#]
        ),
        ("SELECT FullName FROM CustomField", [#"{"FullName":"Bike__c.Size__c"}"#]),
    ]

    @Test("The rows are those of the folder", arguments: rows)
    func folder(_ row: (query: String, rows: [String])) throws {
        #expect(try Self.org().rows(row.query) == row.rows)
    }

    @Test("A flow definition has the ids of its version; it is not in the Tooling API")
    func flowDefinitions() throws {
        let org = try Self.org(.data)
        let row = try #require(
            try org.result("SELECT DurableId, ApiName, ActiveVersionId, LatestVersionId FROM FlowDefinitionView")
                .records
                .first)
        #expect(row["ApiName"] == "Lend")
        #expect(row["DurableId"]?.string?.hasPrefix("300") == true)
        let version = try #require(try Self.org().result("SELECT Id, DefinitionId FROM Flow").records.first)
        #expect(row["ActiveVersionId"] == version["Id"])
        #expect(row["DurableId"] == version["DefinitionId"])
        #expect(
            try Self.org().refusal("SELECT Id FROM FlowDefinitionView")
                .hasPrefix("INVALID_TYPE: sObject type 'FlowDefinitionView' is not supported."))
    }

    @Test("The fields of an object are found through the object")
    func children() throws {
        let org = try Self.org()
        let query = "SELECT QualifiedApiName, (SELECT DeveloperName FROM CustomFields) FROM EntityDefinition "
        let record = try #require(try org.result(query + "WHERE QualifiedApiName = 'Bike__c'").records.first)
        #expect(record["CustomFields"]?["totalSize"] == 1)
        let entity = try #require(
            try org.result("SELECT EntityDefinition.Label FROM CustomField").records.first?["EntityDefinition"])
        #expect(entity["Label"] == "Bike")
    }

    static let refusals: [(query: String, refusal: String)] = [
        (
            "SELECT Metadata FROM Layout",
            "MALFORMED_QUERY: When retrieving results with Metadata or FullName fields, the query qualifications must "
                + "specify no more than one row for retrieval. Result size: 2"
        ),
        (
            "SELECT QualifiedApiName FROM FieldDefinition",
            "MALFORMED_QUERY: FieldDefinition: a filter on a reified column is required [EntityDefinitionId,DurableId]"
        ),
        (
            "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName != 'Account'",
            "INVALID_OPERATION: Only equals comparisons permitted"
        ),
        (
            "SELECT Label FROM EntityDefinition WHERE Label = 'A' OR Label = 'B'",
            "INVALID_OPERATION: Disjunctions not supported"
        ),
        ("SELECT COUNT() FROM EntityDefinition", "INVALID_OPERATION: \(storage)"),
        ("SELECT COUNT(Label), Label FROM EntityDefinition GROUP BY Label", "INVALID_OPERATION: \(storage)"),
        (
            "SELECT MetadataComponentId FROM MetadataComponentDependency ORDER BY MetadataComponentId",
            "INVALID_OPERATION: \(storage)"
        ),
        (
            "SELECT MetadataComponentId FROM MetadataComponentDependency WHERE MetadataComponentName = 'Fare'",
            "INVALID_FIELD: field 'MetadataComponentName' can not be filtered in a query call"
        ),
    ]
    private static let storage =
        "The requested operation is not yet supported by this SObject storage type, contact salesforce.com support for "
        + "more information."

    @Test("What an object does not support is refused", arguments: refusals)
    func unsupported(_ row: (query: String, refusal: String)) throws {
        #expect(try Self.org().refusal(row.query) == row.refusal)
    }

    @Test("LIMIT and OFFSET of the catalog are ignored")
    func ignoredLimit() throws {
        let org = try Self.org()
        #expect(try org.count("SELECT Label FROM EntityDefinition LIMIT 1 OFFSET 1") == 3)
        #expect(try org.count("SELECT Id FROM Layout LIMIT 1") == 1)
    }

    @Test("Dependencies end at 2,000 rows without a word")
    func dependencyLimit() throws {
        var org = try Self.org()
        var files = ConditionedOrg.files
        files["classes/Fare.cls"] = (0..<2_100).map { "C\($0) c; " }.joined()
        for number in 0..<2_100 {
            files["classes/C\(number).cls"] = "public class C\(number) {}"
            files["classes/C\(number).cls-meta.xml"] = metadataXML("ApexClass")
        }
        org.source = OrgSource(
            repository: try SourceFixture(files).repository(), origin: .init(MetadataServiceSettings()))
        #expect(try org.count("SELECT MetadataComponentId FROM MetadataComponentDependency") == 2_000)
    }

    @Test("A user without View Setup does not find them", arguments: ["CustomField", "Layout", "EntityDefinition"])
    func permission(_ object: String) throws {
        #expect(try Self.org().permitting().refusal("SELECT Id FROM \(object)").hasPrefix("INVALID_TYPE: "))
    }
}

@Suite("Business data with canaries")
struct CanaryQueryTests {
    private func org(_ count: Int) throws -> QueriedOrg {
        var org = try QueriedOrg()
        org.state.orgs[0].canaryAccounts = count
        return org
    }

    @Test("Accounts and contacts exist only if the org has canaries")
    func off() throws {
        #expect(try org(0).refusal("SELECT Id FROM Account").hasPrefix("INVALID_TYPE: "))
        #expect(try org(0).refusal("SELECT Id FROM Contact").hasPrefix("INVALID_TYPE: "))
        #expect(try org(2).count("SELECT Id FROM Account") == 2)
    }

    @Test("Each text is a canary, and each contact belongs to its account")
    func rows() throws {
        let org = try org(2)
        #expect(
            try org.rows("SELECT LastName, Email, Account.Name FROM Contact ORDER BY LastName") == [
                #"{"LastName":"CANARYLASTNAME1","Email":"canaryemail1@example.com","Account":{"Name":"CANARYACCOUNTNAME1"}}"#,
                #"{"LastName":"CANARYLASTNAME2","Email":"canaryemail2@example.com","Account":{"Name":"CANARYACCOUNTNAME2"}}"#,
            ])
        let account = try #require(
            try org.result("SELECT Phone, (SELECT FirstName FROM Contacts) FROM Account LIMIT 1").records.first)
        #expect(account["Contacts"]?["totalSize"] == 1)
    }

    @Test("Such a query touches business data, is split into pages and counts for the day")
    func pages() async throws {
        let session = try await MetadataSession { $0.orgs[0].canaryAccounts = 2_500 }
        let path = TestOrg.queryPath("SELECT Id, Name FROM Account")
        let first = await session.org.send("GET", path, token: session.token)
        #expect(first.status == 200)
        #expect(first.verdict == .touchesBusinessData)
        #expect(first.members["totalSize"] == 2_500)
        let next = try #require(first.members["nextRecordsUrl"]?.string)
        let last = await session.org.send("GET", next, token: session.token)
        #expect(last.members["done"] == true)
        #expect(last.verdict == .touchesBusinessData)
        #expect(last.values("Sforce-Limit-Info") == ["api-usage=2/100000"])
    }

    @Test("A query that reaches an account through a contact touches business data")
    func verdicts() throws {
        let org = try org(1).org
        let tables = OrgTables(org, for: org.users[0], logins: [], audit: SetupAudit(since: QueriedOrg.now))
        for (query, readsMetadata) in [
            ("SELECT Account.Name FROM Contact", false), ("SELECT Id FROM Account", false),
            ("SELECT Id FROM User WHERE Id IN (SELECT OwnerId FROM Account)", false), ("SELECT Id FROM User", true),
        ] {
            #expect(tables.readsOnlySetupObjects(try SOQLQuery(parsing: query)) == readsMetadata, "\(query)")
        }
    }
}
