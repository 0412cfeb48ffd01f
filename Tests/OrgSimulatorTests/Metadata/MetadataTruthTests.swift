import Crypto
import Foundation
import Testing

@testable import OrgSimulator

@Suite("The truth about an org's metadata")
struct MetadataTruthTests {
    private func truth(_ org: ConditionedOrg) async throws -> MetadataTruth {
        try await org.org.simulation.metadataTruth(ofOrg: "Harbour Bikes", for: TokenCase.username)
    }

    @Test("It names every component of the folder, with the hashes of its files")
    func components() async throws {
        let truth = try await truth(try await ConditionedOrg())
        let classes = truth.components.filter { $0.type == "ApexClass" }
        #expect(classes.map(\.fullName) == ["Fare", "Toll"])
        #expect(classes.map(\.listedAs) == [["Fare"], ["Toll"]])
        #expect(classes.map(\.outcome) == [.delivered, .delivered])
        let digest = SHA256.hash(data: Data("public class Toll {}".utf8)).map { String(format: "%02x", $0) }.joined()
        #expect(classes[1].files.first == .init(path: "classes/Toll.cls", sha256: digest))
        let bike = try #require(truth.components.first { $0.fullName == "Bike__c" })
        #expect(bike.children.map(\.fullName) == ["Bike__c.Size__c", "Bike__c.Sized"])
    }

    @Test("It names what is hidden, refused and rotten, for the user")
    func outcomes() async throws {
        let org = try await ConditionedOrg {
            $0.listing.rows = [
                RowCondition("Role", "Boss", [.unlisted]), RowCondition("Layout", nil, [.nameWithoutNamespace]),
                RowCondition("Role", "Clerk", [.twice]),
            ]
            $0.listing.faults = [TypeFault("Queue", count: 3)]
            $0.retrieve.refusals = [RetrieveRefusal("Queue", permission: "ManageQueues")]
            $0.retrieve.rotten = [RottenComponent("ApexClass", "Fare", .loadFailed, count: 4)]
        }
        let truth = try await truth(org)
        func component(_ name: String) throws -> MetadataTruth.Component {
            try #require(truth.components.first { $0.fullName == name })
        }
        #expect(try component("Boss").listedAs.isEmpty)
        #expect(try component("Clerk").listedAs == ["Clerk", "Clerk"])
        #expect(try component("acme__Thing__c-acme__Main").listedAs == ["acme__Thing__c-Main"])
        #expect(try component("Lost").outcome == .refused)
        #expect(try component("Fare").outcome == .rotten)
        #expect(try component("Fare").answer == .loadFailed)
        #expect(try component("Fare").remaining == 4)
        #expect(truth.listingFaults == [TypeFault("Queue", count: 3)])
        // Reading the truth is no hit.
        #expect(try await self.truth(org) == truth)
    }

    @Test("It agrees with what a listing and a retrieve of everything deliver")
    func agrees() async throws {
        let org = try await ConditionedOrg {
            $0.listing.rows = [RowCondition("Role", "Boss", [.unlisted])]
            $0.retrieve.rotten = [RottenComponent("Role", "Clerk", .cannotBeFound)]
        }
        let truth = try await truth(org)
        for type in ["ApexClass", "Role", "Queue", "Layout", "CustomObject"] {
            let components = truth.components.filter { $0.type == type }
            let listed = try await org.rows(type).compactMap { $0.value("fullName") }
            #expect(listed == components.flatMap(\.listedAs), "\(type)")
            let retrieved = try await org.session.retrieve([(type, components.map(\.fullName))])
            let files = components.filter { $0.outcome == .delivered }.flatMap(\.files)
            #expect(retrieved.paths == (files.map(\.path) + ["package.xml"]).sorted(), "\(type)")
            for file in files {
                let content = Data((retrieved.files[file.path] ?? "").utf8)
                let digest = SHA256.hash(data: content).map { String(format: "%02x", $0) }.joined()
                #expect(digest == file.sha256, "\(file.path)")
            }
        }
    }

    @Test("An org or user that does not exist is a problem")
    func unknown() async throws {
        let org = try await ConditionedOrg()
        await #expect(throws: StateProblem("There is no org Nowhere.")) {
            try await org.org.simulation.metadataTruth(ofOrg: "Nowhere")
        }
        await #expect(throws: StateProblem("Harbour Bikes has no user nobody.")) {
            try await org.org.simulation.metadataTruth(ofOrg: "Harbour Bikes", for: "nobody")
        }
    }
}
