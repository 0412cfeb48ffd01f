import Foundation
import Testing

@testable import OrgSimulator

@Suite("Lists of an org that is hard to read")
struct ListingConditionTests {
    @Test("One bad type fails the listing of three; alone, the other two are listed")
    func triple() async throws {
        let org = try await ConditionedOrg { $0.listing.faults = [TypeFault("Queue", .notInOrganization)] }
        #expect(
            try await org.listFault("Role", "Queue", "ApexClass")
                == "INVALID_TYPE: Cannot use: Queue in this organization")
        #expect(try await org.rows("Role", "ApexClass").count == 4)
        #expect(try await org.listFault("Queue") == "INVALID_TYPE: Cannot use: Queue in this organization")
    }

    @Test(
        "Each fault of a listing has its text",
        arguments: [
            (TypeFault.Answer.unknownType, "INVALID_TYPE: Unknown type:Role"),
            (.notInOrganization, "INVALID_TYPE: Cannot use: Role in this organization"),
            (.notAvailable, "INVALID_TYPE: This type of metadata is not available for this organization"),
            (.insufficientAccess, "INSUFFICIENT_ACCESS: insufficient access rights on entity: Role"),
        ])
    func texts(_ answer: TypeFault.Answer, _ text: String) async throws {
        let org = try await ConditionedOrg { $0.listing.faults = [TypeFault("Role", answer)] }
        #expect(try await org.listFault("Role") == text)
    }

    @Test("A passing fault hits its number of calls, then leaves the state; other types do not count")
    func passing() async throws {
        let org = try await ConditionedOrg { $0.listing.faults = [TypeFault("Role", count: 2)] }
        #expect(try await org.rows("Queue").count == 1)
        #expect(try await org.listFault("Role") != nil)
        #expect(await org.org.simulation.state.orgs[0].metadata.listing.faults.map(\.count) == [1])
        #expect(try await org.listFault("Queue", "Role") != nil)
        #expect(try await org.rows("Role").count == 2)
        #expect(await org.org.simulation.state.orgs[0].metadata.listing.faults.isEmpty)
    }

    @Test("A call that is itself wrong does not count as a hit")
    func wrongCall() async throws {
        let org = try await ConditionedOrg { $0.listing.faults = [TypeFault("Role", count: 1)] }
        #expect(try await org.listFault("Role", "Nonsense") == "INVALID_TYPE: Unknown type:Nonsense")
        #expect(await org.org.simulation.state.orgs[0].metadata.listing.faults.count == 1)
    }

    @Test("The ErrorId has one number in brackets per cause, and other numbers that change")
    func errorID() async throws {
        let org = try await ConditionedOrg {
            $0.listing.faults = [TypeFault("Role"), TypeFault("Queue"), TypeFault("Layout", cause: -1_073_734_177)]
        }
        let form =
            /UNKNOWN_EXCEPTION: An unexpected error occurred\. Please include this ErrorId if you contact support: (\d+-\d+) \((-?\d+)\)/
        var ids: [(changing: String, cause: String)] = []
        for type in ["Role", "Role", "Queue", "Layout"] {
            let text = try #require(try await org.listFault(type))
            let match = try #require(text.wholeMatch(of: form), "\(text)")
            ids.append((String(match.1), String(match.2)))
        }
        #expect(ids[0].cause == ids[1].cause)
        #expect(ids[0].changing != ids[1].changing)
        #expect(ids[0].cause != ids[2].cause)
        #expect(ids[3].cause == "-1073734177")
    }

    @Test("An unlisted type or component has no rows, but is retrieved by name")
    func unlisted() async throws {
        let org = try await ConditionedOrg {
            $0.listing.rows = [
                RowCondition("Queue", nil, [.unlisted]), RowCondition("Role", "Boss", [.unlisted]),
                RowCondition("ValidationRule", nil, [.unlisted]),
            ]
        }
        #expect(try await org.rows("Queue", "ValidationRule").isEmpty)
        #expect(try await org.rows("Role").map { $0.value("fullName") } == ["Clerk"])
        let retrieved = try await org.session.retrieve([("Queue", ["Lost"]), ("Role", ["Boss"])])
        #expect(retrieved.paths == ["package.xml", "queues/Lost.queue", "roles/Boss.role"])
    }

    @Test("A row that comes twice has an older and the true date")
    func twice() async throws {
        let plain = try #require(try await ConditionedOrg().rows("Queue").first)
        let org = try await ConditionedOrg { $0.listing.rows = [RowCondition("Queue", "Lost", [.twice])] }
        let rows = try await org.rows("Queue")
        #expect(rows.count == 2)
        #expect(Set(rows.map { $0.value("fullName") }) == ["Lost"])
        let dates = rows.compactMap { $0.value("lastModifiedDate") }.sorted()
        #expect(dates.last == plain.value("lastModifiedDate"))
        #expect(dates.first != dates.last)
    }

    @Test(
        "An element of a row is nil or missing, and the others remain",
        arguments: [
            (RowCondition.Oddity.nilType, ["type"], true), (.nilFileName, ["fileName"], true),
            (.nilDates, ["createdDate", "lastModifiedDate"], true),
            (.withoutNamespacePrefix, ["namespacePrefix"], false),
        ])
    func missing(_ oddity: RowCondition.Oddity, _ elements: [String], _ isNil: Bool) async throws {
        let name = "acme__Thing__c-acme__Main"
        let org = try await ConditionedOrg { $0.listing.rows = [RowCondition("Layout", name, [oddity])] }
        let rows = try await org.rows("Layout")
        let odd = try #require(rows.first { $0.value("fullName") == name })
        for element in elements {
            #expect(odd.value(element) == nil)
            #expect(odd.child(element)?.attributes["xsi:nil"] == (isNil ? "true" : nil))
        }
        #expect(odd.value("id") != nil)
        let other = try #require(rows.first { $0.value("fullName") == "Bike__c-Shop" })
        #expect(other.value("type") == "Layout")
    }

    @Test("A component without a date has the epoch")
    func epoch() async throws {
        let org = try await ConditionedOrg { $0.listing.rows = [RowCondition("Role", "Boss", [.epochDates])] }
        let dates = try await org.rows("Role").map { $0.value("lastModifiedDate") }
        #expect(dates[0] == "1970-01-01T00:00:00.000Z")
        #expect(dates[1] != "1970-01-01T00:00:00.000Z")
    }

    @Test("A packaged layout is listed without the namespace of its name, and is not found by that name")
    func packagedLayout() async throws {
        let org = try await ConditionedOrg {
            $0.listing.rows = [
                RowCondition("Layout", nil, [.nameWithoutNamespace]),
                RowCondition("CustomObject", "acme__Thing__c", [.nameWithoutNamespace]),
            ]
        }
        let layouts = try await org.rows("Layout")
        #expect(Set(layouts.map { $0.value("fullName") }) == ["acme__Thing__c-Main", "Bike__c-Shop"])
        let files: Set = ["layouts/acme__Thing__c-Main.layout", "layouts/Bike__c-Shop.layout"]
        #expect(Set(layouts.compactMap { $0.value("fileName") }) == files)
        let object = try #require(try await org.rows("CustomObject").first { $0.value("fullName") == "Thing__c" })
        #expect(object.value("namespacePrefix") == "acme")
        let retrieved = try await org.session.retrieve([
            ("Layout", ["acme__Thing__c-Main", "acme__Thing__c-acme__Main"])
        ])
        #expect(retrieved.problems == ["Entity of type 'Layout' named 'acme__Thing__c-Main' cannot be found"])
        #expect(retrieved.paths.contains("layouts/acme__Thing__c-acme__Main.layout"))
    }

    @Test("With the condition, a change of a field dates the field and not its object", arguments: [false, true])
    func children(_ leavesParent: Bool) async throws {
        var dates: [[String?]] = []
        for label in ["Size", "Frame size"] {
            var files = ConditionedOrg.files
            files[ConditionedOrg.sizeField] = ConditionedOrg.size(label)
            let org = try await ConditionedOrg(files: files) { $0.listing.childrenLeaveParentDates = leavesParent }
            let object = try await org.rows("CustomObject").first { $0.value("fullName") == "Bike__c" }
            let field = try await org.rows("CustomField").first { $0.value("fullName") == "Bike__c.Size__c" }
            dates.append([object?.value("lastModifiedDate"), field?.value("lastModifiedDate")])
        }
        #expect((dates[0][0] == dates[1][0]) == leavesParent)
        #expect(dates[0][1] != dates[1][1])
    }

    @Test("Further types are described, and their lists are empty")
    func emptyTypes() async throws {
        let usual = try await ConditionedOrg().types()
        let org = try await ConditionedOrg { $0.listing.emptyTypes = ["Extra1", "Extra2"] }
        #expect(try await org.types() == usual + ["Extra1", "Extra2"])
        #expect(try await org.rows("Extra1", "Extra2").isEmpty)
        #expect(try await org.listFault("Extra3") == "INVALID_TYPE: Unknown type:Extra3")
    }

    @Test("Without conditions, no row is odd and no reply declares xsi")
    func none() async throws {
        let org = try await ConditionedOrg()
        let answer = try await org.session.call("listMetadata", "<queries><type>Layout</type></queries>").answer
        #expect(answer.status == 200)
        #expect(!String(decoding: answer.body, as: UTF8.self).contains("xsi"))
    }

    @Test(
        "A condition that cannot have an effect is rejected",
        arguments: [
            (
                #"{"listing":{"faults":[{"type":"Nonsense"}]}}"#,
                "listing.faults[0].type: Nonsense is not a metadata type"
            ),
            (#"{"listing":{"faults":[{"type":"Role","count":0}]}}"#, "listing.faults[0].count must be at least 1"),
            (#"{"listing":{"rows":[{"type":"Role","oddities":["odd"]}]}}"#, "oddities"),
            (
                #"{"listing":{"emptyTypes":["Extra","Role"]}}"#,
                "listing.emptyTypes[1]: Role is a metadata type of the embedded org"
            ),
            (#"{"listing":{"emptyTypes":["a b"]}}"#, "listing.emptyTypes[0]: a b is not a name"),
            (#"{"read":{"faults":[{"type":"Nonsense"}]}}"#, "read.faults[0].type"),
            (
                #"{"retrieve":{"rotten":[{"type":"CustomField","fullName":"A.b"}]}}"#,
                "retrieve.rotten[0].type: CustomField is not a top-level metadata type"
            ),
            (
                #"{"retrieve":{"rotten":[{"type":"Role","fullName":"A"},{"type":"Role","fullName":"A"}]}}"#,
                "retrieve.rotten[1]: the component A occurs twice"
            ),
            (#"{"retrieve":{"refusals":[{"type":"Nonsense"}]}}"#, "retrieve.refusals[0].type"),
            (#"{"retrieve":{"fileLimit":-1}}"#, "retrieve.fileLimit must not be negative"),
            (#"{"retrieve":{"limitSeconds":-1}}"#, "retrieve.limitSeconds must be from 0"),
        ])
    func rejected(_ conditions: String, _ problem: String) async throws {
        let org = try TestOrg(.harbourBikes)
        let error = await #expect(throws: StateProblem.self) {
            try await org.save(#"{"orgs":[{"name":"Harbour Bikes","metadata":\#(conditions)}]}"#)
        }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }
}
