import Foundation
import Testing

@testable import OrgSimulator

@Suite("Retrieves from an org that is hard to read")
struct RetrieveConditionTests {
    private static let all: [(type: String, members: [String])] = [
        ("ApexClass", ["*"]), ("Role", ["*"]), ("Queue", ["*"]),
    ]

    @Test("A type that the user may not read fails the whole retrieve; with the permission, it succeeds")
    func refusal() async throws {
        let refusals = [RetrieveRefusal("Queue", permission: "ManageQueues"), RetrieveRefusal("Role", "Boss")]
        let org = try await ConditionedOrg { $0.retrieve.refusals = [refusals[0]] }
        let failed = try await org.session.retrieve(Self.all)
        #expect(failed.result.value("status") == "Failed")
        let text = "INSUFFICIENT_ACCESS: insufficient access rights on entity: Queue"
        #expect(failed.result.value("errorMessage") == text)
        #expect(try await org.session.retrieve([("Role", ["*"])]).result.value("status") == "Succeeded")
        #expect(try await org.readFault("Queue", "Lost") == text)
        let allowed = try await ConditionedOrg(permissions: ["ManageQueues"]) { $0.retrieve.refusals = [refusals[0]] }
        #expect(try await allowed.session.retrieve(Self.all).result.value("status") == "Succeeded")
        let single = try await ConditionedOrg { $0.retrieve.refusals = [refusals[1]] }
        #expect(try await single.session.retrieve([("Role", ["Clerk"])]).paths.contains("roles/Clerk.role"))
        #expect(try await single.session.retrieve([("Role", ["Boss"])]).result.value("status") == "Failed")
    }

    @Test(
        "A rotten component is left out with a message, and everything else is delivered",
        arguments: [
            (
                RottenComponent.Answer.loadFailed,
                "Metadata API received improper input. Please ensure file name and capitalization is correct. "
                    + "Load of metadata from db failed for metadata of type:Role and file name:Boss."
            ),
            (.cannotBeFound, "Entity of type 'Role' named 'Boss' cannot be found"),
        ])
    func message(_ answer: RottenComponent.Answer, _ text: String) async throws {
        let org = try await ConditionedOrg { $0.retrieve.rotten = [RottenComponent("Role", "Boss", answer)] }
        let retrieved = try await org.session.retrieve([("Role", ["Boss", "Clerk"])])
        #expect(retrieved.result.value("status") == "Succeeded")
        #expect(retrieved.problems == [text])
        #expect(retrieved.paths == ["package.xml", "roles/Clerk.role"])
        #expect(try retrieved.manifest()["Role"] == ["Boss", "Clerk"])
        #expect(try await org.session.read("Role", "Boss").attributes["xsi:nil"] == "true")
        #expect(try await org.rows("Role").count == 2)
    }

    @Test("A rotten component fails every retrieve with it, with one number in brackets, and no other retrieve")
    func unknownException() async throws {
        let org = try await ConditionedOrg {
            $0.retrieve.rotten = [RottenComponent("Role", "Boss", cause: 571_045_392)]
        }
        for members in [["*"], ["Boss"], ["Boss", "Clerk"]] {
            let failed = try await org.session.retrieve([("Role", members), ("Queue", ["*"])])
            #expect(failed.result.value("errorStatusCode") == "UNKNOWN_EXCEPTION")
            let text = try #require(failed.result.value("errorMessage"))
            #expect(text.hasPrefix("UNKNOWN_EXCEPTION: An unexpected error occurred. "))
            #expect(text.hasSuffix(" (571045392)"))
        }
        let others = try await org.session.retrieve([("Role", ["Clerk"]), ("Queue", ["*"])])
        #expect(others.paths == ["package.xml", "queues/Lost.queue", "roles/Clerk.role"])
        #expect(try await org.readFault("Role", "Boss")?.hasSuffix(" (571045392)") == true)
        #expect(try await org.readFault("Role", "Clerk") == nil)
    }

    @Test("A component that is rotten for a while is delivered afterwards")
    func passing() async throws {
        let org = try await ConditionedOrg { $0.retrieve.rotten = [RottenComponent("Role", "Boss", count: 2)] }
        var statuses: [String?] = []
        for _ in 0..<3 {
            // A retrieve without the component does not count.
            _ = try await org.session.retrieve([("Queue", ["*"])])
            statuses.append(try await org.session.retrieve([("Role", ["*"])]).result.value("status"))
        }
        #expect(statuses == ["Failed", "Failed", "Succeeded"])
        #expect(await org.org.simulation.state.orgs[0].metadata.retrieve.rotten.isEmpty)
    }

    @Test("Too many files fail at once or after minutes of org time", arguments: [0.0, 960])
    func limit(_ seconds: Double) async throws {
        let org = try await ConditionedOrg {
            $0.retrieve.fileLimit = 3
            $0.retrieve.limitSeconds = seconds
        }
        let id = try await org.startRetrieve(Self.all)
        if seconds > 0 {
            org.org.wall.advance(seconds - 1)
            let early = try await org.status(id).content.child("result")
            #expect(early?.value("status") == "InProgress")
            org.org.wall.advance(1)
        }
        let result = try #require(try await org.status(id).content.child("result"))
        #expect(result.value("status") == "Failed")
        #expect(result.value("errorStatusCode") == "LIMIT_EXCEEDED")
        #expect(result.value("errorMessage") == "LIMIT_EXCEEDED: Too many files in retrieve call, limit is: 3")
        #expect(try await org.session.retrieve([("Role", ["*"])]).result.value("status") == "Succeeded")
    }

    @Test("Both size limits have their text")
    func sizes() async throws {
        let unpacked = try await ConditionedOrg { $0.retrieve.uncompressedLimit = 20 }
        let text = try #require(try await unpacked.session.retrieve(Self.all).result.value("errorMessage"))
        #expect(
            text.wholeMatch(
                of: /LIMIT_EXCEEDED: The retrieved zip file exceeded the limit of 20 bytes\. Total bytes retrieved: \d+/
            )
                != nil, "\(text)")
        let packed = try await ConditionedOrg { $0.retrieve.compressedLimit = 900 }
        let result = try await packed.session.retrieve(Self.all).result
        #expect(result.value("errorStatusCode") == "LIMIT_EXCEEDED")
        #expect(result.value("errorMessage")?.contains("exceeded the limit of 900 bytes") == true)
        #expect(try await packed.session.retrieve([("Queue", ["*"])]).result.value("status") == "Succeeded")
    }

    @Test("Children count as files if the org says so")
    func children() async throws {
        for (counts, status) in [(false, "Succeeded"), (true, "Failed")] {
            let org = try await ConditionedOrg {
                $0.retrieve.fileLimit = 2
                $0.retrieve.countsChildrenAsFiles = counts
            }
            #expect(
                try await org.session.retrieve([("CustomObject", ["Bike__c"])]).result.value("status") == status)
        }
    }

    @Test("Data Cloud objects fail together with others, and alone they do not")
    func dataCloud() async throws {
        let org = try await ConditionedOrg { $0.retrieve.dataCloudObjectsFailWithOthers = true }
        let mixed = try await org.session.retrieve([("CustomObject", ["Rides__dlm", "Bike__c"])])
        #expect(mixed.result.value("errorStatusCode") == "UNKNOWN_EXCEPTION")
        for member in ["Rides__dlm", "Bike__c"] {
            let alone = try await org.session.retrieve([("CustomObject", [member])])
            #expect(alone.paths.contains("objects/\(member).object"))
        }
    }

    @Test("A permission set is partial before version 40.0, and later only if the org says so")
    func permissionSets() async throws {
        for (isPartial, version, isWhole) in [(false, "67.0", true), (true, "67.0", false), (false, "39.0", false)] {
            let org = try await ConditionedOrg { $0.retrieve.permissionSetsArePartial = isPartial }
            let manifests: [([String], Bool)] = [([], isWhole), (["Fare"], true)]
            for (classes, expectsWhole) in manifests {
                let id = try await org.startRetrieve(
                    [("PermissionSet", ["Shop"]), ("ApexClass", classes)], version: version)
                org.org.wall.advance(5)
                let reply = try await org.status(id)
                let soap = SOAPReply(
                    status: 200, body: reply.answer.body, operation: nil, verdict: .other, reason: "")
                let set = try Retrieved(MetadataAnswer(soap)).files["permissionsets/Shop.permissionset"]
                #expect(set?.contains("<apexClass>Fare</apexClass>") == expectsWhole, "\(isPartial) \(version)")
            }
        }
    }

    @Test("Layout assignments of a record type need the object, if the org says so")
    func layoutAssignments() async throws {
        let cases: [(Bool, [String], Int)] = [(false, [], 2), (true, [], 1), (true, ["Bike__c"], 2)]
        for (needsObject, members, count) in cases {
            let org = try await ConditionedOrg { $0.retrieve.layoutAssignmentsNeedObject = needsObject }
            let retrieved = try await org.session.retrieve([
                ("Profile", ["Shop"]), ("Layout", ["Bike__c-Shop"]), ("CustomObject", members),
            ])
            let profile = try XMLTree.parse(Array((retrieved.files["profiles/Shop.profile"] ?? "").utf8))
            #expect(profile.children("layoutAssignments").count == count)
        }
    }

    @Test("The duration of a job follows the org's conditions")
    func duration() async throws {
        let org = try await ConditionedOrg { $0.retrieve.polls = 2 }
        let id = try await org.startRetrieve([("Role", ["*"])])
        var statuses: [String?] = []
        for _ in 0..<3 { statuses.append(try await org.status(id).content.child("result")?.value("status")) }
        #expect(statuses == ["Pending", "InProgress", "Succeeded"])
        let slow = try await ConditionedOrg { $0.retrieve.seconds = 600 }
        #expect(try await slow.session.retrieve([("Role", ["*"])]).result.value("done") == "false")
    }

    @Test("A changed condition leaves started jobs alone")
    func startedJob() async throws {
        let org = try await ConditionedOrg()
        let id = try await org.startRetrieve([("Role", ["*"])])
        try await org.org.save(
            #"{"orgs":[{"name":"Harbour Bikes","metadata":{"retrieve":{"refusals":[{"type":"Role"}]}}}]}"#)
        org.org.wall.advance(5)
        #expect(try await org.status(id).content.child("result")?.value("status") == "Succeeded")
        #expect(try await org.session.retrieve([("Role", ["*"])]).result.value("status") == "Failed")
    }
}
