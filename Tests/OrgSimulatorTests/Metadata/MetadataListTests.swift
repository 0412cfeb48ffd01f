import Foundation
import Testing

@testable import OrgSimulator

@Suite("listMetadata and readMetadata")
struct MetadataListTests {
    static let files = [
        "classes/Fare.cls": "class Fare {}",
        "classes/Fare.cls-meta.xml": metadataXML("ApexClass", "<apiVersion>66.0</apiVersion>"),
        "classes/acme__Tool.cls": "class Tool {}",
        "classes/acme__Tool.cls-meta.xml": metadataXML("ApexClass"),
        "labels/CustomLabels.labels-meta.xml": metadataXML(
            "CustomLabels", "<labels><fullName>Hello</fullName><value>Hi</value></labels>"),
        "objects/Account/fields/Tier__c.field-meta.xml": metadataXML("CustomField", "<fullName>Tier__c</fullName>"),
        "objects/Account/fields/Name.field-meta.xml": metadataXML("CustomField", "<fullName>Name</fullName>"),
        "objects/Bike__c/Bike__c.object-meta.xml": metadataXML("CustomObject", "<label>Bike</label>"),
        "reports/Team.reportFolder-meta.xml": metadataXML("ReportFolder", "<name>Team</name>"),
        "reports/Team/Sub.reportFolder-meta.xml": metadataXML("ReportFolder", "<name>Sub</name>"),
        "reports/Team/Top.report-meta.xml": metadataXML("Report"),
        "reports/Team/Sub/Low.report-meta.xml": metadataXML("Report"),
        "reports/unfiled$public/Loose.report-meta.xml": metadataXML("Report"),
        "roles/Boss.role-meta.xml": metadataXML("Role", "<name>Boss &amp; Co</name>"),
        "standardValueSets/Industry.standardValueSet-meta.xml": metadataXML("StandardValueSet"),
        "connectedApps/App.connectedApp-meta.xml": metadataXML(
            "ConnectedApp", "<oauthConfig><consumerSecret>hush</consumerSecret></oauthConfig>"),
    ]

    let org: MetadataTestOrg

    init() throws { org = try MetadataTestOrg(Self.files) }

    @Test("Each query returns its components, sorted by name")
    func names() async throws {
        #expect(try await org.list("ApexClass") == ["Fare", "acme__Tool"])
        #expect(try await org.list("CustomObject") == ["Account", "Bike__c"])
        #expect(try await org.list("CustomField") == ["Account.Name", "Account.Tier__c"])
        #expect(try await org.list("CustomLabel") == ["Hello"])
        #expect(try await org.list("CustomLabels") == ["CustomLabels"])
        #expect(try await org.list("ConnectedApp") == ["App"])
    }

    @Test("Folders are listed by the folder type, and their content one folder at a time")
    func folders() async throws {
        #expect(try await org.list("ReportFolder") == ["Team", "Team/Sub"])
        #expect(try await org.list("Report") == [])
        #expect(try await org.list("Report", folder: "Team") == ["Team/Top"])
        #expect(try await org.list("Report", folder: "Team/Sub") == ["Team/Sub/Low"])
        #expect(try await org.list("Report", folder: "unfiled$public") == ["unfiled$public/Loose"])
        #expect(try await org.list("EmailTemplateFolder") == [])
    }

    @Test("No match is an empty reply, and standard value sets cannot be listed")
    func empty() async throws {
        let answer = try await org.call("listMetadata", "<queries><type>StandardValueSet</type></queries>")
        #expect(answer.reply.status == 200)
        #expect(answer.content == XMLTree.parsedReply("listMetadataResponse"))
    }

    @Test(
        "An unknown type is refused",
        arguments: [
            ("AddressSettings", "INVALID_TYPE: Unknown type:AddressSettings"),
            ("apexclass", "INVALID_TYPE: Unknown type:apexclass"),
            ("ExternalCredential", "INVALID_TYPE: Cannot use: ExternalCredential in this version"),
        ])
    func invalidType(type: String, text: String) async throws {
        let answer = try await org.call(
            "listMetadata", "<queries><type>\(type)</type></queries><asOfVersion>55.0</asOfVersion>")
        #expect(answer.faultCode == "sf:INVALID_TYPE")
        #expect(answer.faultText == text)
    }

    @Test("Three queries are answered, four are refused")
    func queryLimit() async throws {
        let query = "<queries><folder>x</folder><type>ApexClass</type></queries>"
        let three = try await org.call("listMetadata", String(repeating: query, count: 3))
        #expect(three.content.children("result").count == 6)
        #expect(try await org.call("listMetadata", String(repeating: query, count: 4)).reply.status == 500)
    }

    @Test("File properties are the same in every call; standard items and folders have epoch dates")
    func properties() async throws {
        let ask = "<queries><type>ApexClass</type></queries><queries><type>CustomObject</type></queries>"
        let first = try await org.call("listMetadata", ask + "<queries><type>ReportFolder</type></queries>")
        let second = try await MetadataTestOrg(Self.files).call(
            "listMetadata", ask + "<queries><type>ReportFolder</type></queries>")
        #expect(first.reply.body == second.reply.body)
        let rows = first.content.children("result")
        let fare = try #require(rows.first { $0.value("fullName") == "Fare" })
        #expect(fare.value("fileName") == "classes/Fare.cls")
        #expect(fare.value("id")?.count == 18)
        #expect(fare.value("id")?.hasPrefix("01p") == true)
        #expect(fare.value("manageableState") == "unmanaged")
        #expect(try #/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/#.wholeMatch(in: fare.value("createdDate") ?? "") != nil)
        #expect(fare.value("lastModifiedDate") ?? "" >= fare.value("createdDate") ?? "z")
        let packaged = try #require(rows.first { $0.value("fullName") == "acme__Tool" })
        #expect(packaged.value("namespacePrefix") == "acme")
        #expect(packaged.value("manageableState") == "installed")
        for name in ["Account", "Team", "Team/Sub"] {
            let row = try #require(rows.first { $0.value("fullName") == name })
            #expect(row.value("createdDate") == "1970-01-01T00:00:00.000Z")
            #expect(row.child("id")?.text == "")
        }
        #expect(rows.first { $0.value("fullName") == "Bike__c" }?.value("createdDate")?.hasPrefix("1970") == false)
        let keys = fare.children.map(\.name)
        #expect(keys == keys.sorted())
    }

    @Test("A changed file gets a new date; an unchanged file keeps its date")
    func dates() async throws {
        var files = Self.files
        files["classes/Fare.cls"] = "class Fare { }"
        let before = try await org.call("listMetadata", "<queries><type>ApexClass</type></queries>")
        let after = try await MetadataTestOrg(files).call("listMetadata", "<queries><type>ApexClass</type></queries>")
        let dates = { (answer: MetadataAnswer) in answer.content.children("result").map { $0.value("lastModifiedDate") }
        }
        #expect(dates(before)[0] != dates(after)[0])
        #expect(dates(before)[1] == dates(after)[1])
    }

    @Test("readMetadata returns a record for every name, nil if there is no component")
    func read() async throws {
        let answer = try await org.call(
            "readMetadata", "<type>Role</type><fullNames>Boss</fullNames><fullNames>Nobody</fullNames>")
        let records = answer.content.child("result")?.children("records") ?? []
        #expect(records.count == 2)
        #expect(records[0].attributes["xsi:type"] == "Role")
        #expect(records[0].children.map(\.name) == ["fullName", "name"])
        #expect(records[0].value("name") == "Boss & Co")
        #expect(records[1].attributes["xsi:nil"] == "true")
        #expect(records[1].children.isEmpty)
    }

    @Test("readMetadata reads children and folders, omits the consumer secret, and enforces its limits")
    func readSpecialCases() async throws {
        let field = try await org.call(
            "readMetadata", "<type>CustomField</type><fullNames>Account.Tier__c</fullNames>")
        #expect(field.content.child("result")?.child("records")?.value("fullName") == "Account.Tier__c")
        let folder = try await org.call("readMetadata", "<type>ReportFolder</type><fullNames>Team</fullNames>")
        #expect(folder.content.child("result")?.child("records")?.value("name") == "Team")
        let app = try await org.call("readMetadata", "<type>ConnectedApp</type><fullNames>App</fullNames>")
        #expect(app.content.child("result")?.child("records")?.child("oauthConfig") != nil)
        #expect(!String(decoding: app.reply.body, as: UTF8.self).contains("hush"))
        let many = try await org.call(
            "readMetadata", "<type>Role</type>" + String(repeating: "<fullNames>x</fullNames>", count: 11))
        #expect(
            many.faultText
                == "EXCEEDED_ID_LIMIT: record limit reached. cannot submit more than 10 records in this operation")
        let code = try await org.call("readMetadata", "<type>ApexClass</type><fullNames>Fare</fullNames>")
        #expect(code.faultText == "INVALID_TYPE: This type of metadata is not available for this organization")
        #expect(try await org.call("readMetadata", "<type>Nope</type>").reply.status == 200)
        let unknown = try await org.call("readMetadata", "<type>Nope</type><fullNames>x</fullNames>")
        #expect(unknown.faultCode == "sf:INVALID_TYPE")
    }

    @Test("The id suffix follows the capital letters of the first fifteen characters")
    func idSuffix() {
        // The well-known example pair of a user id, and the ids of two retrieve jobs.
        #expect(MetadataRecordID.suffix(of: "0056g000004tCpa") == "AAE")
        let administrator = MetadataServiceSettings().administratorID
        #expect(
            administrator == administrator.prefix(15) + MetadataRecordID.suffix(of: String(administrator.prefix(15))))
        #expect(MetadataRecordID.suffix(of: "09SKf000002knYI") == "MAY")
        #expect(MetadataRecordID.suffix(of: "09S9K00000M2pxp") == "UAB")
    }
}

extension XMLTree {
    /// An element without content, as in a reply.
    static func parsedReply(_ name: String) -> XMLTree {
        var tree = XMLTree(name)
        tree.namespace = SOAPMessage.metadataNamespace
        return tree
    }
}
