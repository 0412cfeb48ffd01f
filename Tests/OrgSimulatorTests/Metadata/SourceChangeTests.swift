import Foundation
import Testing

@testable import OrgSimulator

@Suite("A source folder that is read again")
struct SourceChangeTests {
    private let folder: SourceFixture
    private let session: MetadataSession
    private var simulation: OrgSimulation { session.org.simulation }

    init() async throws {
        let folder = try SourceFixture(ConditionedOrg.files)
        self.folder = folder
        session = try await MetadataSession { $0.orgs[0].source = folder.url.path }
    }

    private func dates(_ type: String) async throws -> [String: String] {
        let rows = try await session.call("listMetadata", "<queries><type>\(type)</type></queries>").content
        return Dictionary(
            rows.children("result").map { ($0.value("fullName") ?? "", $0.value("lastModifiedDate") ?? "") }
        ) { first, _ in first }
    }

    private func change(_ path: String, _ text: String) async throws -> String {
        try folder.write(path, Array(text.utf8))
        session.org.wall.advance(1_800)
        try await simulation.rereadSource(ofOrg: "Harbour Bikes")
        return await simulation.orgTime.formatted(.iso8601.withMilliseconds)
    }

    @Test("A changed and a new component have the time of the change; others keep their dates, and jobs their results")
    func changed() async throws {
        let before = try await dates("Role")
        let started = try await session.call(
            "retrieve",
            """
            <retrieveRequest><apiVersion>67.0</apiVersion><singlePackage>true</singlePackage><unpackaged><types>\
            <members>Boss</members><name>Role</name></types><version>67.0</version></unpackaged></retrieveRequest>
            """)
        let time = try await change("roles/Boss.role-meta.xml", metadataXML("Role", "<name>Chief</name>"))
        _ = try await change("roles/New.role-meta.xml", metadataXML("Role", "<name>New</name>"))
        let after = try await dates("Role")
        #expect(after["Boss"] == time)
        #expect(after["Boss"] != before["Boss"])
        #expect(after["Clerk"] == before["Clerk"])
        #expect(after["New"] != nil)
        let id = started.content.child("result")?.value("id") ?? ""
        let reply = try await session.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        let soap = SOAPReply(status: 200, body: reply.answer.body, operation: nil, verdict: .other, reason: "")
        #expect(
            try Retrieved(MetadataAnswer(soap)).files["roles/Boss.role"]
                == ConditionedOrg.files["roles/Boss.role-meta.xml"])
    }

    @Test("A removed component is gone")
    func removed() async throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: "roles/Boss.role-meta.xml"))
        try await simulation.rereadSource(ofOrg: "Harbour Bikes")
        #expect(try await dates("Role").keys.sorted() == ["Clerk"])
    }

    @Test(
        "A change of a field dates the field, and its object unless the org says otherwise", arguments: [false, true])
    func child(_ leavesParent: Bool) async throws {
        try await session.org.save(
            """
            {"orgs":[{"name":"Harbour Bikes","metadata":{"listing":{"childrenLeaveParentDates":\(leavesParent)}}}]}
            """)
        let before = try await dates("CustomObject")
        let rules = try await dates("ValidationRule")
        let time = try await change(ConditionedOrg.sizeField, ConditionedOrg.size("Frame size"))
        #expect(try await dates("CustomField")["Bike__c.Size__c"] == time)
        let after = try await dates("CustomObject")["Bike__c"]
        #expect(after == (leavesParent ? before["Bike__c"] : time))
        #expect(try await dates("ValidationRule") == rules)
        let truth = try await simulation.metadataTruth(ofOrg: "Harbour Bikes", for: TokenCase.username)
        let bike = try #require(truth.components.first { $0.fullName == "Bike__c" })
        #expect(bike.lastModifiedDate.formatted(.iso8601.withMilliseconds) == time)
    }

    @Test("Queries read the new state too")
    func queries() async throws {
        let time = try await change("classes/Toll.cls", "public class Toll { Integer fee; }")
        let path = TestOrg.queryPath("SELECT Body, LastModifiedDate FROM ApexClass WHERE Name = 'Toll'")
        let record = try #require(
            await session.org.send("GET", path, token: session.token).members["records"]?.elements.first)
        #expect(record["Body"]?.string?.contains("fee") == true)
        #expect(record["LastModifiedDate"]?.string?.prefix(19) == time.prefix(19))
    }

    @Test("An unreadable folder changes nothing")
    func unreadable() async throws {
        try FileManager.default.removeItem(at: folder.url)
        await #expect(throws: StateProblem.self) { try await simulation.rereadSource(ofOrg: "Harbour Bikes") }
        #expect(try await dates("Role").count == 2)
        await #expect(throws: StateProblem("There is no org Nowhere.")) {
            try await simulation.rereadSource(ofOrg: "Nowhere")
        }
    }
}

extension JSONValue {
    fileprivate var elements: [JSONValue] {
        if case .array(let values) = self { values } else { [] }
    }
}
