import Foundation

@testable import OrgSimulator

/// An org with a source folder of a few components, and a signed-in user who can read its metadata.
struct ConditionedOrg: Sendable {
    let session: MetadataSession
    var org: TestOrg { session.org }

    static let files: [String: String] = [
        "classes/Fare.cls": "public class Fare { Toll t; Bike__c b; }",
        "classes/Fare.cls-meta.xml": metadataXML("ApexClass", "<apiVersion>66.0</apiVersion>"),
        "classes/Toll.cls": "public class Toll {}",
        "classes/Toll.cls-meta.xml": metadataXML("ApexClass", "<apiVersion>66.0</apiVersion>"),
        "roles/Boss.role-meta.xml": metadataXML("Role", "<name>Boss</name>"),
        "roles/Clerk.role-meta.xml": metadataXML("Role", "<name>Clerk</name>"),
        "queues/Lost.queue-meta.xml": metadataXML("Queue", "<name>Lost</name>"),
        "layouts/acme__Thing__c-acme__Main.layout-meta.xml": metadataXML("Layout"),
        "layouts/Bike__c-Shop.layout-meta.xml": metadataXML(
            "Layout", "<layoutSections><layoutItems><field>Size__c</field></layoutItems></layoutSections>"),
        "objects/acme__Thing__c/acme__Thing__c.object-meta.xml": metadataXML("CustomObject", "<label>Thing</label>"),
        "objects/Bike__c/Bike__c.object-meta.xml": metadataXML("CustomObject", "<label>Bike</label>"),
        sizeField: size("Size"),
        "objects/Bike__c/validationRules/Sized.validationRule-meta.xml": metadataXML(
            "ValidationRule",
            "<fullName>Sized</fullName><active>true</active><errorMessage>No size</errorMessage>"),
        "objects/Rides__dlm/Rides__dlm.object-meta.xml": metadataXML("CustomObject", "<label>Rides</label>"),
        "profiles/Shop.profile-meta.xml": metadataXML("Profile", profileContent),
        "permissionsets/Shop.permissionset-meta.xml": metadataXML(
            "PermissionSet",
            """
            <classAccesses><apexClass>Fare</apexClass><enabled>true</enabled></classAccesses><label>Shop</label>
            """),
    ]

    private static let profileContent = """
        <custom>true</custom>
        <layoutAssignments><layout>Bike__c-Shop</layout></layoutAssignments>
        <layoutAssignments><layout>Bike__c-Shop</layout><recordType>Bike__c.Cargo</recordType></layoutAssignments>
        """

    /// The path of the object's field.
    static let sizeField = "objects/Bike__c/fields/Size__c.field-meta.xml"

    /// The file of the object's field.
    static func size(_ label: String) -> String {
        metadataXML(
            "CustomField",
            "<fullName>Size__c</fullName><label>\(label)</label><length>8</length><type>Text</type>")
    }

    init(
        files: [String: String] = files, permissions: [String] = [UserPermission.customizeApplication],
        _ change: (inout MetadataConditions) -> Void = { _ in }
    ) async throws {
        let source = try SourceFixture(files)
        session = try await MetadataSession(permissions: permissions) { state in
            state.orgs[0].source = source.url.path
            change(&state.orgs[0].metadata)
        }
    }

    /// Sends one listMetadata call, and returns its rows.
    func rows(_ types: String...) async throws -> [XMLTree] {
        try await list(types).children("result")
    }

    /// Sends one describeMetadata call, and returns the names of the types.
    func types() async throws -> [String] {
        let result = try await session.call("describeMetadata", "<asOfVersion>60.0</asOfVersion>").content.child(
            "result")
        return result?.children("metadataObjects").compactMap { $0.value("xmlName") } ?? []
    }

    /// Sends one listMetadata call, and returns the text of its fault; `nil` if there is none.
    func listFault(_ types: String...) async throws -> String? { try await list(types).value("faultstring") }

    private func list(_ types: [String]) async throws -> XMLTree {
        let queries = types.map { "<queries><type>\($0)</type></queries>" }.joined()
        return try await session.call("listMetadata", queries).content
    }

    /// Returns the text of the fault of readMetadata; `nil` if there is none.
    func readFault(_ type: String, _ name: String) async throws -> String? {
        let names = "<type>\(type)</type><fullNames>\(name)</fullNames>"
        return try await session.call("readMetadata", names).content.value("faultstring")
    }

    /// Starts a retrieve, and returns the id of its job.
    func startRetrieve(_ types: [(type: String, members: [String])], version: String = "67.0") async throws -> String {
        let entries = types.map { entry in
            "<types>\(entry.members.map { "<members>\($0)</members>" }.joined())<name>\(entry.type)</name></types>"
        }
        let started = try await session.call(
            "retrieve",
            """
            <retrieveRequest><apiVersion>\(version)</apiVersion><singlePackage>true</singlePackage>\
            <unpackaged>\(entries.joined())<version>\(version)</version></unpackaged></retrieveRequest>
            """)
        return started.content.child("result")?.value("id") ?? ""
    }

    /// Sends one checkRetrieveStatus call, which also fetches the archive of a finished job.
    func status(_ id: String) async throws -> (content: XMLTree, answer: OrgAnswer) {
        try await session.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
    }
}
