import Testing

@testable import MetadataAPI

/// An org with components that cannot be retrieved.
private struct HostileOrg {
    struct Component: Hashable {
        let type: String
        let name: String
    }

    /// A retrieve of one of these fails as a whole, and nothing says which one it was.
    var rotten: Set<Component> = []
    /// The same, but only this often.
    var passing: [Component: Int] = [:]
    /// These are reported as missing.
    var missing: Set<Component> = []
    /// The user may not read these.
    var refused: Set<Component> = []
    /// Types of which it is not known which components are refused.
    var opaque: Set<String> = []
    /// The largest number of members in a retrieve.
    var limit = Int.max
    private(set) var retrieves = 0
    /// The manifests of the retrieves that succeeded.
    private(set) var delivered: [Set<Component>] = []

    static let cause = "UNKNOWN_EXCEPTION: An unexpected error occurred. ErrorId: 1-2 (-3)"

    mutating func outcome(of manifest: PackageManifest) -> RetrieveSchedule.Outcome {
        retrieves += 1
        let all = Self.components(of: manifest)
        if all.count > limit { return .failed(code: "LIMIT_EXCEEDED", message: "LIMIT_EXCEEDED: Too many files") }
        if let first = all.intersection(refused).min(by: { ($0.type, $0.name) < ($1.type, $1.name) }) {
            let names = Set(all.intersection(refused).filter { $0.type == first.type }.map(\.name))
            return .accessMissing(
                type: first.type, names: opaque.contains(first.type) ? nil : names, message: "insufficient access")
        }
        let dataCloud = all.filter { $0.name.hasSuffix("__dlm") }
        if !dataCloud.isEmpty, dataCloud != all { return .failed(code: "UNKNOWN_EXCEPTION", message: Self.cause) }
        let bad = all.filter { passing[$0, default: 0] > 0 }
        for component in bad { passing[component, default: 0] -= 1 }
        if !bad.isEmpty || !all.isDisjoint(with: rotten) {
            return .failed(code: "UNKNOWN_EXCEPTION", message: Self.cause)
        }
        delivered.append(all.subtracting(missing))
        return .delivered(
            all.intersection(missing).map {
                .init(fileName: nil, problem: "Entity of type '\($0.type)' named '\($0.name)' cannot be found")
            })
    }

    static func components(of manifest: PackageManifest) -> Set<Component> {
        Set(manifest.types.flatMap { type in manifest.members(of: type).map { Component(type: type, name: $0) } })
    }
}

@Suite("Which retrieves deliver a manifest") struct RetrieveScheduleTests {
    private typealias Component = HostileOrg.Component

    private static func manifest(_ members: [String: [String]]) throws -> PackageManifest {
        var manifest = PackageManifest(version: APIVersion(number: 66)!)
        for (type, names) in members { for name in names { try manifest.insert(name, of: type) } }
        return manifest
    }

    private static func manifest(_ components: Set<Component>) throws -> PackageManifest {
        try manifest(Dictionary(grouping: components, by: \.type).mapValues { $0.map(\.name) })
    }

    private static func classes(_ count: Int) -> [String] { (0..<count).map { "C\($0)" } }

    private static func options(limit: Int = 8_000) -> RetrieveSchedule.Options {
        var options = RetrieveSchedule.Options(repeatsMissing: true)
        options.limit = limit
        return options
    }

    /// Runs all attempts. `pick` chooses which one is next.
    private static func run(
        _ schedule: inout RetrieveSchedule, _ org: inout HostileOrg, pick: (Int) -> Int = { _ in 0 }
    ) throws {
        while !schedule.outstanding.isEmpty {
            let attempts = schedule.outstanding
            let attempt = attempts[pick(attempts.count)]
            try schedule.record(org.outcome(of: attempt.manifest), of: attempt)
            try #require(org.retrieves < 20_000)
        }
    }

    @Test("A manifest that fits is one retrieve, and an empty one none")
    func one() throws {
        let whole = try Self.manifest(["ApexClass": Self.classes(100), "Profile": ["Admin"]])
        var (schedule, org) = (RetrieveSchedule(whole), HostileOrg())
        #expect(schedule.outstanding.map(\.manifest) == [whole])
        try Self.run(&schedule, &org)
        #expect(org.retrieves == 1)
        #expect(schedule.leftOut == [])
        #expect(RetrieveSchedule(try Self.manifest([String: [String]]())).outstanding == [])
    }

    @Test("Parts are as large as the archives of a former pull let expect")
    func sizes() throws {
        let whole = try Self.manifest(["ApexClass": Self.classes(100), "StaticResource": (0..<10).map { "R\($0)" }])
        var options = Self.options(limit: 9_000)
        options.sizes = SizeEstimate(
            [],
            learningFrom: [
                "ApexClass": DeliveredSize(components: 10, files: 20, archiveBytes: 20_000, bytes: 60_000),
                "StaticResource": DeliveredSize(components: 2, files: 4, archiveBytes: 14 << 20, bytes: 14 << 20),
            ])
        // 200 files of 9,000; each resource takes 7 of 35 MiB.
        let parts = RetrieveSchedule(whole, options).outstanding.map(\.manifest)
        #expect(parts.map { $0.members(of: "StaticResource").count } == [4, 5, 1])
        #expect(parts.map { $0.members(of: "ApexClass").count } == [100, 0, 0])
        options.sizes = SizeEstimate(
            [], learningFrom: ["ApexClass": DeliveredSize(components: 1, files: 100, archiveBytes: 100, bytes: 100)])
        #expect(RetrieveSchedule(whole, options).outstanding.count == 2)
        options.sizes = SizeEstimate(
            [], learningFrom: ["ApexClass": DeliveredSize(components: 1, files: 1, archiveBytes: 1, bytes: 9 << 20)])
        // 40 classes have 360 MiB.
        #expect(RetrieveSchedule(whole, options).outstanding.count == 3)
    }

    @Test(
        "Sizes that no pull writes neither end the process nor make a retrieve of each component",
        arguments: [Int.max, -1, 0])
    func absurdSizes(_ number: Int) throws {
        let whole = try Self.manifest(["ApexClass": Self.classes(100)])
        var options = Self.options(limit: 9_000)
        options.sizes = SizeEstimate(
            [],
            learningFrom: [
                "ApexClass": DeliveredSize(components: 1, files: number, archiveBytes: number, bytes: number)
            ])
        var schedule = RetrieveSchedule(whole, options)
        #expect(schedule.outstanding.count <= 25)
        try schedule.record(.failed(code: "LIMIT_EXCEEDED", message: ""), of: schedule.outstanding[0])
        #expect((1...9_000).contains(schedule.learntLimit ?? 0))
    }

    @Test("A part that exceeds a limit shows how large parts may be")
    func learntLimit() throws {
        let whole = try Self.manifest(["ApexClass": Self.classes(100)])
        var schedule = RetrieveSchedule(whole, Self.options())
        #expect(schedule.learntLimit == nil)
        let tooLarge = RetrieveSchedule.Outcome.failed(code: "LIMIT_EXCEEDED", message: "")
        try schedule.record(tooLarge, of: schedule.outstanding[0])
        #expect(schedule.learntLimit == 50)
        try schedule.record(tooLarge, of: schedule.outstanding[0])
        #expect(schedule.learntLimit == 25)
        try schedule.record(tooLarge, of: schedule.outstanding[0])
        #expect(schedule.learntLimit == 25)
    }

    @Test("The parts of a large manifest name every member once", arguments: [1, 7, 50, 101])
    func parts(_ limit: Int) throws {
        let whole = try Self.manifest(["ApexClass": Self.classes(100), "Flow": ["A", "B"]])
        var (schedule, org) = (RetrieveSchedule(whole, Self.options(limit: limit)), HostileOrg())
        try Self.run(&schedule, &org)
        #expect(org.retrieves == (102 + limit - 1) / limit)
        #expect(org.delivered.allSatisfy { $0.count <= limit })
        #expect(org.delivered.reduce(0) { $0 + $1.count } == 102)
        #expect(org.delivered.reduce(into: []) { $0.formUnion($1) } == HostileOrg.components(of: whole))
    }

    @Test("Components that share a file, and a wildcard and its children, stay in one part")
    func families() throws {
        let objects = (0..<20).map { "O\($0)__c" }
        var (schedule, org) = (
            RetrieveSchedule(
                try Self.manifest([
                    "CustomObject": objects, "CustomField": objects.flatMap { ["\($0).A__c", "\($0).B__c"] },
                    "CustomLabel": (0..<30).map { "L\($0)" },
                ]), Self.options(limit: 10)), HostileOrg()
        )
        try Self.run(&schedule, &org)
        for object in objects {
            let holders = org.delivered.filter { part in part.contains { $0.name.hasPrefix("\(object)") } }
            #expect(holders.count == 1, "\(object)")
        }
        #expect(org.delivered.filter { part in part.contains { $0.type == "CustomLabel" } }.count == 1)

        let fields = (0..<30).map { "O\($0)__c.A__c" }
        let wild = try Self.manifest(["CustomObject": ["*", "Account"], "CustomField": fields])
        let attempts = RetrieveSchedule(wild, Self.options(limit: 20)).outstanding
        #expect(attempts.map(\.manifest) == [wild])
    }

    @Test("Profiles and permission sets are retrieved alone first, and then with each part")
    func settings() throws {
        let settings: Set<Component> = [.init(type: "Profile", name: "Admin"), .init(type: "PermissionSet", name: "P")]
        var (schedule, org) = (
            RetrieveSchedule(
                try Self.manifest(["ApexClass": Self.classes(100), "Profile": ["Admin"], "PermissionSet": ["P"]]),
                Self.options(limit: 60)), HostileOrg()
        )
        #expect(schedule.outstanding.map { HostileOrg.components(of: $0.manifest) } == [settings])
        try Self.run(&schedule, &org)
        #expect(org.delivered.count == 3)
        #expect(org.delivered.allSatisfy { settings.isSubset(of: $0) })
        #expect(!schedule.hasPartialSettings)
    }

    @Test("Data Cloud objects are retrieved separately")
    func dataCloud() throws {
        let attempts = RetrieveSchedule(
            try Self.manifest(["CustomObject": ["A__c", "B__dlm", "C__dll"], "Profile": ["Admin"]])
        ).outstanding
        #expect(
            attempts.map { HostileOrg.components(of: $0.manifest).map(\.name).sorted() }
                == [["A__c", "Admin"], ["B__dlm", "C__dll"]])
    }

    @Test("A part that exceeds the org's limit is halved until it fits; one component that never fits is left out")
    func limit() throws {
        let whole = try Self.manifest(["ApexClass": Self.classes(100), "Profile": ["Admin"]])
        var (schedule, org) = (RetrieveSchedule(whole), HostileOrg(limit: 30))
        try Self.run(&schedule, &org)
        #expect(org.delivered.reduce(into: []) { $0.formUnion($1) } == HostileOrg.components(of: whole))
        #expect(schedule.leftOut == [])

        (schedule, org) = (RetrieveSchedule(try Self.manifest(["ApexClass": ["A"]])), HostileOrg(limit: 0))
        try Self.run(&schedule, &org)
        #expect(org.retrieves == 1)
        #expect(schedule.leftOut == [LeftOut("ApexClass", "A", .tooLarge(message: "LIMIT_EXCEEDED: Too many files"))])
    }

    @Test("A component that fits only without the profiles is retrieved without them")
    func withoutSettings() throws {
        let whole = try Self.manifest(["ApexClass": ["A"], "Profile": ["Admin"]])
        var (schedule, org) = (RetrieveSchedule(whole), HostileOrg(limit: 1))
        try Self.run(&schedule, &org)
        #expect(org.delivered.reduce(into: []) { $0.formUnion($1) } == HostileOrg.components(of: whole))
        #expect(schedule.hasPartialSettings)
    }

    @Test("A failure that passes costs one retrieve")
    func passing() throws {
        let whole = try Self.manifest(["ApexClass": Self.classes(100)])
        var (schedule, org) = (RetrieveSchedule(whole), HostileOrg(passing: [.init(type: "ApexClass", name: "C7"): 1]))
        try Self.run(&schedule, &org)
        #expect(org.retrieves == 2)
        #expect(schedule.leftOut == [])
    }

    @Test(
        "One rotten component among 4,096, wherever it is, costs at most 15 retrieves", arguments: [0, 1, 2047, 4095])
    func search(_ place: Int) throws {
        let names = Self.classes(4_096).sorted()
        var (schedule, org) = (
            RetrieveSchedule(try Self.manifest(["ApexClass": names])),
            HostileOrg(rotten: [.init(type: "ApexClass", name: names[place])])
        )
        try Self.run(&schedule, &org)
        #expect(
            schedule.leftOut == [
                LeftOut(
                    "ApexClass", names[place], .retrieveFailed(code: "UNKNOWN_EXCEPTION", message: HostileOrg.cause))
            ])
        #expect(org.retrieves <= 1 + 12 + 3)
        #expect(org.delivered.reduce(into: Set<Component>()) { $0.formUnion($1) }.count == 4_095)
    }

    @Test("Components that the org reports as missing are retrieved once more, together")
    func missing() throws {
        let gone: Set<Component> = [.init(type: "ApexClass", name: "C3"), .init(type: "ApexClass", name: "C5")]
        var (schedule, org) = (
            RetrieveSchedule(try Self.manifest(["ApexClass": Self.classes(10)]), Self.options()),
            HostileOrg(missing: gone)
        )
        try Self.run(&schedule, &org)
        #expect(org.retrieves == 2)
        #expect(schedule.leftOut.map(\.fullName).sorted { $0 ?? "" < $1 ?? "" } == ["C3", "C5"])
    }

    @Test("The text about a component that the org could not load names it")
    func unloaded() {
        let problem =
            "Metadata API received improper input. Please ensure file name and capitalization is correct. Load of "
            + "metadata from db failed for metadata of type:Report and file name:Folder/A. and B."
        #expect(
            RetrieveResult.Message(fileName: nil, problem: problem).undelivered
                == .member("Folder/A. and B", type: "Report"))
    }

    @Test("The text about missing access names the type")
    func refusedType() {
        let text = "UNKNOWN_EXCEPTION: INSUFFICIENT_ACCESS: insufficient access rights on entity: QueueRouting."
        #expect(RetrieveSchedule.refusedType(text) == "QueueRouting")
        #expect(RetrieveSchedule.refusedType(HostileOrg.cause) == nil)
    }

    @Test(
        "If the user may read nothing of a type and only retrieves show it, the type is left out after three searches")
    func opaqueType() throws {
        let (flows, classes) = ((0..<1_000).map { "F\($0)" }, Self.classes(1_000))
        var (schedule, org) = (
            RetrieveSchedule(try Self.manifest(["ApexClass": classes, "Flow": flows])),
            HostileOrg(refused: Set(flows.map { Component(type: "Flow", name: $0) }), opaque: ["Flow"])
        )
        try Self.run(&schedule, &org)
        #expect(Set(schedule.leftOut.compactMap(\.fullName)) == Set(flows))
        #expect(org.retrieves <= 3 * (10 + 3) + 1)
        #expect(org.delivered.reduce(into: Set<Component>()) { $0.formUnion($1) }.count == 1_000)
    }

    @Test("If all retrieves fail, the org is to blame, and no component is")
    func outage() throws {
        let names = Self.classes(4_096)
        var (schedule, org) = (
            RetrieveSchedule(try Self.manifest(["ApexClass": names])),
            HostileOrg(rotten: Set(names.map { Component(type: "ApexClass", name: $0) }))
        )
        try Self.run(&schedule, &org)
        #expect(schedule.failure?.code == "UNKNOWN_EXCEPTION")
        #expect(org.retrieves <= 3 * (12 + 3))
    }

    @Test("If an org fails for good in the middle, a component that was delivered before shows it")
    func outageLater() throws {
        let names = Self.classes(1_000).sorted()
        var (schedule, org) = (
            RetrieveSchedule(try Self.manifest(["ApexClass": names]), Self.options(limit: 500)), HostileOrg()
        )
        let first = schedule.outstanding[0]
        try schedule.record(org.outcome(of: first.manifest), of: first)
        org.rotten = Set(names.map { Component(type: "ApexClass", name: $0) })
        try Self.run(&schedule, &org)
        #expect(schedule.failure?.code == "UNKNOWN_EXCEPTION")
        #expect(org.retrieves <= 1 + 3 * (9 + 3) + 2)
    }

    @Test("An outcome of an attempt that is not outstanding is rejected")
    func stray() throws {
        var schedule = RetrieveSchedule(try Self.manifest(["ApexClass": ["A"]]))
        let attempt = schedule.outstanding[0]
        try schedule.record(.delivered([]), of: attempt)
        #expect(throws: RetrieveSchedule.UnexpectedOutcome.self) { try schedule.record(.delivered([]), of: attempt) }
    }

    @Test(
        "Of random orgs, exactly what cannot be retrieved is left out, with few retrieves, and all settings are whole")
    func random() throws {
        for seed in 0..<300 {
            var random = SeededRandom(seed: UInt64(seed))
            let all = Self.randomComponents(&random)
            var org = HostileOrg()
            org.rotten = Self.some(all, 0...3, &random)
            org.missing = Self.some(all.subtracting(org.rotten), 0...3, &random)
            org.refused = Self.some(all.subtracting(org.rotten).subtracting(org.missing), 0...3, &random)
            if Bool.random(using: &random) { org.opaque = ["ApexClass", "Flow"] }
            for component in Self.some(all.subtracting(org.rotten), 0...1, &random) { org.passing[component] = 1 }
            var schedule = RetrieveSchedule(
                try Self.manifest(all), Self.options(limit: Int.random(in: 20...400, using: &random)))
            let parts = schedule.outstanding.count + 8
            try Self.run(&schedule, &org) { Int.random(in: 0..<$0, using: &random) }

            let bad = org.rotten.union(org.missing).union(org.refused)
            let leftOut = schedule.leftOut.map { Component(type: $0.type, name: $0.fullName ?? "") }
            #expect(Set(leftOut) == bad, "seed \(seed)")
            #expect(leftOut.count == bad.count, "seed \(seed)")
            let delivered = org.delivered.reduce(into: Set<Component>()) { $0.formUnion($1) }
            #expect(delivered == all.subtracting(bad), "seed \(seed)")
            let settings = delivered.filter { ["Profile", "PermissionSet"].contains($0.type) }
            let lonely = delivered.subtracting(settings).filter { component in
                !component.name.hasSuffix("__dlm")
                    && !org.delivered.contains { $0.contains(component) && settings.isSubset(of: $0) }
            }
            #expect(lonely.isEmpty || schedule.hasPartialSettings, "seed \(seed): \(lonely)")
            let perCulprit = Int.bitWidth - all.count.leadingZeroBitCount + 3
            #expect(
                org.retrieves <= parts * 2 + (org.rotten.count + org.refused.count + 1) * perCulprit, "seed \(seed)")
        }
    }

    private static func randomComponents(_ random: inout SeededRandom) -> Set<Component> {
        var all: Set<Component> = []
        for (type, most) in [("ApexClass", 200), ("Flow", 40), ("Profile", 6), ("PermissionSet", 6)] {
            for number in 0..<Int.random(in: 0...most, using: &random) {
                all.insert(.init(type: type, name: "N\(number)"))
            }
        }
        for number in 0..<Int.random(in: 0...3, using: &random) {
            all.insert(.init(type: "CustomObject", name: "N\(number)__dlm"))
        }
        return all
    }

    private static func some(
        _ all: Set<Component>, _ counts: ClosedRange<Int>, _ random: inout SeededRandom
    ) -> Set<Component> {
        let sorted = all.sorted { ($0.type, $0.name) < ($1.type, $1.name) }
        return Set(sorted.shuffled(using: &random).prefix(Int.random(in: counts, using: &random)))
    }
}
