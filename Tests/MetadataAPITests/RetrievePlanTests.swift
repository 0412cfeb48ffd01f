import Testing

@testable import MetadataAPI

@Suite struct RetrievePlanTests {
    private func manifest(_ members: [String: [String]]) throws -> PackageManifest {
        var manifest = PackageManifest(version: APIVersion(number: 66)!)
        for (type, names) in members { for name in names { try manifest.insert(name, of: type) } }
        return manifest
    }

    private func merged(_ plan: RetrievePlan) -> PackageManifest {
        plan.parts.reduce(into: PackageManifest(version: APIVersion(number: 66)!)) { $0.merge($1) }
    }

    private let classes = (0..<100).map { "C\($0)" }

    @Test("A manifest that fits is one part without findings")
    func onePart() throws {
        let whole = try manifest(["ApexClass": classes, "Profile": ["Admin"]])
        let plan = RetrievePlan(whole, limit: 101)
        #expect(plan.parts == [whole])
        #expect(plan.findings.isEmpty)
        #expect(RetrievePlan(try manifest([:])).parts.isEmpty)
    }

    @Test("The parts name every member once and respect the limit", arguments: [1, 7, 50, 100])
    func parts(_ limit: Int) throws {
        let whole = try manifest(["ApexClass": classes, "Flow": ["A", "B"]])
        let plan = RetrievePlan(whole, limit: limit)
        #expect(plan.parts.count == (102 + limit - 1) / limit)
        #expect(plan.parts.allSatisfy { $0.memberCount <= limit })
        #expect(merged(plan) == whole)
        #expect(plan.parts.reduce(0) { $0 + $1.memberCount } == 102)
        #expect(RetrievePlan(whole, limit: limit) == plan)
    }

    @Test("Profiles and permission sets in a plan with several parts are findings")
    func findings() throws {
        let plan = RetrievePlan(
            try manifest(["ApexClass": classes, "Profile": ["Admin"], "PermissionSet": ["P"]]), limit: 60)
        #expect(plan.findings == [.profilesArePartial(partCount: 2), .permissionSetsArePartial(partCount: 2)])
        #expect(plan.parts[0].contains("Admin", of: "Profile"))
        #expect(plan.parts[0].types.contains("ApexClass"))
        #expect(RetrievePlan(try manifest(["ApexClass": classes]), limit: 60).findings.isEmpty)
    }

    @Test("Components that share a file stay in one part")
    func families() throws {
        let objects = (0..<20).map { "O\($0)__c" }
        let whole = try manifest([
            "CustomObject": objects, "CustomField": objects.flatMap { ["\($0).A__c", "\($0).B__c"] },
            "ListView": objects.map { "\($0).All" }, "CustomLabel": (0..<30).map { "L\($0)" },
        ])
        let plan = RetrievePlan(whole, limit: 10)
        #expect(merged(plan) == whole)
        for object in objects {
            let holders = plan.parts.filter { part in
                part.contains(object, of: "CustomObject") || part.contains("\(object).A__c", of: "CustomField")
                    || part.contains("\(object).B__c", of: "CustomField")
                    || part.contains("\(object).All", of: "ListView")
            }
            #expect(holders.count == 1)
        }
        #expect(plan.parts.filter { $0.types.contains("CustomLabel") }.count == 1)
    }

    @Test("A wildcard stays in one part with its child types")
    func wildcard() throws {
        let fields = (0..<30).map { "O\($0)__c.A__c" }
        let plan = RetrievePlan(
            try manifest(["CustomObject": ["*", "Account"], "CustomField": fields, "ApexClass": classes]), limit: 20)
        #expect(plan.parts.filter { !Set($0.types).isDisjoint(with: ["CustomObject", "CustomField"]) }.count == 1)
        #expect(RetrievePlan(try manifest(["ApexClass": ["*"] + classes]), limit: 20).parts.count == 6)
    }

    @Test("A part can be halved until it cannot be split")
    func halve() throws {
        let whole = try manifest(["ApexClass": classes])
        var plan = RetrievePlan(whole)
        let first = plan.halve(0)
        #expect(first)
        #expect(plan.parts.map(\.memberCount) == [50, 50])
        let second = plan.halve(1)
        #expect(second)
        #expect(plan.parts.map(\.memberCount) == [50, 25, 25])
        #expect(merged(plan) == whole)
        var index = 0
        while index < plan.parts.count { if !plan.halve(index) { index += 1 } }
        #expect(plan.parts.count == 100)
        #expect(merged(plan) == whole)
        let single = plan
        let refused = [0, 100, -1].map { plan.halve($0) }
        #expect(refused == [false, false, false])
        #expect(plan == single)
    }
}
