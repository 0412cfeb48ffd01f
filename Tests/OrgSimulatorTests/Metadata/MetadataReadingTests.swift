import Foundation
import Testing

@testable import OrgSimulator

@Suite("Reading types and components by name")
struct MetadataReadingTests {
    @Test("Types with content files are not available", arguments: ["ApexClass", "ApexTrigger", "ApexTestSuite"])
    func notAvailable(_ type: String) async throws {
        let org = try await ConditionedOrg()
        #expect(
            try await org.readFault(type, "Fare")
                == "INVALID_TYPE: This type of metadata is not available for this organization")
    }

    @Test("A fault of reading a type passes")
    func fault() async throws {
        let org = try await ConditionedOrg { $0.read.faults = [TypeFault("Role", count: 1)] }
        #expect(try await org.readFault("Role", "Boss")?.hasPrefix("UNKNOWN_EXCEPTION: ") == true)
        #expect(try await org.readFault("Role", "Boss") == nil)
        #expect(try await org.rows("Role").count == 2)
    }

    @Test("checkStatus knows retrieves and deployments")
    func checkStatus() async throws {
        let session = try await MetadataSession()
        let archive = try DeployedFile.archive([.permissionSet("Extra", ["ViewSetup"])])
        let zip = Data(archive).base64EncodedString()
        let options = "<DeployOptions><singlePackage>true</singlePackage></DeployOptions>"
        let deployed = try await session.call("deploy", "<ZipFile>\(zip)</ZipFile>\(options)")
        let retrieved = try await session.call(
            "retrieve", "<retrieveRequest><apiVersion>67.0</apiVersion></retrieveRequest>")
        let ids = [deployed, retrieved].compactMap { $0.content.child("result")?.value("id") }
        let arguments = ids.map { "<asyncProcessId>\($0)</asyncProcessId>" }.joined()
        func states() async throws -> [String?] {
            try await session.call("checkStatus", arguments).content.children("result").map { $0.value("state") }
        }
        #expect(try await states() == ["Queued", "Queued"])
        session.org.wall.advance(5)
        #expect(try await states() == ["Completed", "Completed"])
    }

    @Test("A value type is described by the fields that occur in the org")
    func valueType() async throws {
        let org = try await ConditionedOrg()
        let argument = "<type>{http://soap.sforce.com/2006/04/metadata}CustomField</type>"
        let (content, answer) = try await org.session.call("describeValueType", argument)
        let result = try #require(content.child("result"))
        #expect(
            result.children.prefix(5).map(\.name) == [
                "apiCreatable", "apiDeletable", "apiReadable", "apiUpdatable", "parentField",
            ])
        #expect(result.value("apiReadable") == "true")
        #expect(result.child("parentField")?.value("foreignKeyDomain") == "CustomObject")
        let fields = result.children("valueTypeFields")
        #expect(fields.map { $0.value("name") } == ["fullName", "label", "length", "type"])
        #expect(fields.map { $0.value("isNameField") } == ["true", "false", "false", "false"])
        #expect(fields.map { $0.value("soapType") } == ["string", "string", "double", "string"])
        #expect(answer.isSynthetic)
        #expect(answer.verdict == .readsMetadata)
    }

    @Test("Fields within fields are described")
    func nestedValueType() async throws {
        let org = try await ConditionedOrg()
        let argument = "<type>{http://soap.sforce.com/2006/04/metadata}Profile</type>"
        let result = try await org.session.call("describeValueType", argument).content.child("result")
        let assignments = try #require(
            result?.children("valueTypeFields").first { $0.value("name") == "layoutAssignments" })
        #expect(assignments.children("fields").map { $0.value("name") } == ["layout", "recordType"])
    }

    @Test("An unknown value type is refused")
    func unknownValueType() async throws {
        let org = try await ConditionedOrg()
        let (content, answer) = try await org.session.call("describeValueType", "<type>Nonsense</type>")
        #expect(answer.status == 500)
        #expect(content.value("faultstring") == "INVALID_TYPE: Unknown type:Nonsense")
    }
}
