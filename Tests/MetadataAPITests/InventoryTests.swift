import Testing

@testable import MetadataAPI

@Suite struct InventoryTests {
    private static let version = APIVersion(number: 66)!

    private static let description = MetadataDescription(types: [
        .init(name: "ApexClass", directoryName: "classes"),
        .init(name: "Report", directoryName: "reports", isInFolder: true),
        .init(name: "EmailTemplate", directoryName: "email", isInFolder: true),
        .init(name: "CustomObject", directoryName: "objects", childTypes: ["CustomField", "ListView"]),
        .init(name: "Flow", directoryName: "flows"), .init(name: "Layout", directoryName: "layouts"),
        .init(name: "StandardValueSet", directoryName: "standardValueSets"),
        .init(name: "Dashboard", directoryName: "dashboards", isInFolder: true),
    ])

    private static let invalidType = SOAPFault(code: "INVALID_TYPE", string: "INVALID_TYPE: Unknown type:X")

    private static let rows: [ListQuery: [FileProperties]] = [
        ListQuery(type: "ApexClass"): [
            .init(fullName: "Zed", type: "ApexClass", manageableState: "unmanaged"),
            .init(fullName: "n__Alpha", type: "ApexClass", namespacePrefix: "n", manageableState: "installed"),
            .init(fullName: "Alpha", type: "ApexClass"),
        ],
        ListQuery(type: "CustomObject"): [.init(fullName: "Account", type: "CustomObject")],
        ListQuery(type: "Layout"): [.init(fullName: "Account-Account %28M%29 Layout", type: "Layout")],
        ListQuery(type: "ReportFolder"): [
            .init(fullName: "Sales", type: "Folder"), .init(fullName: "Sales/North", type: "Report"),
            .init(fullName: "n__F", manageableState: "installed"),
        ],
        ListQuery(type: "EmailFolder"): [.init(fullName: "unfiled$public", type: "EmailFolder")],
        ListQuery(type: "EmailTemplateFolder"): [.init(fullName: "Light", type: "EmailTemplateFolder")],
        ListQuery(type: "Report", folder: "Sales/North"): [.init(fullName: "Sales/North/Pipeline", type: "Report")],
        ListQuery(type: "Report", folder: "n__F"): [.init(fullName: "n__F/Own", type: "Report")],
        ListQuery(type: "Report", folder: "unfiled$public"): [.init(fullName: "unfiled$public/R", type: "Report")],
        ListQuery(type: "EmailTemplate", folder: "Light"): [.init(fullName: "Light/T", type: "EmailTemplate")],
    ]

    /// Answers all calls from ``rows``. `pick` chooses which outstanding call is next.
    private func complete(
        _ inventory: inout Inventory, refusing refused: Set<String> = [], pick: (Int) -> Int = { _ in 0 }
    ) throws -> [ListBatch] {
        var sent: [ListBatch] = []
        while !inventory.outstanding.isEmpty {
            let batch = inventory.outstanding[pick(inventory.outstanding.count)]
            sent.append(batch)
            if batch.queries.contains(where: { refused.contains($0.type) }) {
                try inventory.record(.typeRefused(InventoryTests.invalidType), of: batch)
            } else {
                try inventory.record(
                    .listed(batch.queries.flatMap { InventoryTests.rows[$0] ?? [] }.reversed()), of: batch)
            }
        }
        return sent
    }

    @Test("A full pull names folders and their contents, and omits installed components")
    func full() throws {
        var inventory = Inventory(of: InventoryTests.description, version: InventoryTests.version)
        #expect(inventory.manifest == nil)
        let sent = try complete(&inventory)
        let manifest = try #require(inventory.manifest)
        #expect(
            manifest.types == ["ApexClass", "CustomObject", "EmailTemplate", "Layout", "Report", "StandardValueSet"])
        #expect(manifest.members(of: "ApexClass") == ["Alpha", "Zed"])
        #expect(
            manifest.members(of: "Report") == [
                "Sales", "Sales/North", "Sales/North/Pipeline", "n__F/Own", "unfiled$public/R",
            ])
        #expect(manifest.members(of: "EmailTemplate") == ["Light", "Light/T"])
        #expect(manifest.members(of: "StandardValueSet").count == StandardValueSetNames.all.count)
        #expect(inventory.findings.isEmpty)
        #expect(
            sent.map { $0.queries.map { "\($0.type)\($0.folder.map { ":" + $0 } ?? "")" } } == [
                ["DashboardFolder"], ["EmailFolder"], ["EmailTemplateFolder"], ["ReportFolder"],
                ["ApexClass", "CustomObject", "Flow"], ["Layout"],
                ["EmailTemplate:Light", "EmailTemplate:unfiled$public", "Report:Sales"],
                ["Report:Sales/North", "Report:n__F", "Report:unfiled$public"],
            ])
    }

    @Test("The order of the answers does not affect the manifest")
    func order() throws {
        var expected = Inventory(of: InventoryTests.description, version: InventoryTests.version)
        _ = try complete(&expected, refusing: ["Flow"])
        for seed in 0..<20 {
            var random = SeededRandom(seed: UInt64(seed))
            var inventory = Inventory(of: InventoryTests.description, version: InventoryTests.version)
            _ = try complete(&inventory, refusing: ["Flow"], pick: { Int.random(in: 0..<$0, using: &random) })
            #expect(inventory.manifest?.serialized() == expected.manifest?.serialized())
            #expect(inventory.findings == expected.findings)
        }
    }

    @Test("Installed components are included if requested")
    func installed() throws {
        var inventory = Inventory(
            of: InventoryTests.description, version: InventoryTests.version, options: .init(includesInstalled: true))
        _ = try complete(&inventory)
        #expect(inventory.manifest?.members(of: "ApexClass") == ["Alpha", "Zed", "n__Alpha"])
        #expect(inventory.manifest?.contains("n__F", of: "Report") == true)
    }

    @Test("A refused type is omitted and reported, and the other types of its call are queried again")
    func refusedType() throws {
        var inventory = Inventory(of: InventoryTests.description, version: InventoryTests.version)
        let sent = try complete(&inventory, refusing: ["CustomObject", "EmailTemplateFolder"])
        #expect(inventory.manifest?.members(of: "ApexClass") == ["Alpha", "Zed"])
        #expect(inventory.manifest?.types.contains("CustomObject") == false)
        #expect(
            inventory.findings == [
                .typeRefused(type: "CustomObject", message: "INVALID_TYPE: Unknown type:X"),
                .typeRefused(type: "EmailTemplateFolder", message: "INVALID_TYPE: Unknown type:X"),
            ])
        #expect(sent.filter { $0.queries.contains(ListQuery(type: "CustomObject")) }.count == 2)
    }

    @Test("Only requested types are listed, child types only if requested, and unknown types are reported")
    func types() throws {
        var inventory = Inventory(
            of: InventoryTests.description, version: InventoryTests.version,
            options: .init(types: ["ApexClass", "CustomField", "Nonsense", "Report"]))
        let sent = try complete(&inventory)
        #expect(inventory.manifest?.types == ["ApexClass", "Report"])
        #expect(inventory.findings == [.typeUnknown("Nonsense")])
        #expect(sent[1].queries == [ListQuery(type: "ApexClass"), ListQuery(type: "CustomField")])

        var valueSets = Inventory(
            of: InventoryTests.description, version: InventoryTests.version, options: .init(types: ["StandardValueSet"])
        )
        #expect(try complete(&valueSets).isEmpty)
        #expect(valueSets.manifest?.types == ["StandardValueSet"])
    }

    @Test("The type of a row without one follows from its directory, otherwise the row is reported")
    func rowWithoutType() throws {
        var inventory = Inventory(
            of: InventoryTests.description, version: InventoryTests.version,
            options: .init(types: ["ApexClass", "Flow", "Layout"]))
        try inventory.record(
            .listed([
                .init(fullName: "A", fileName: "classes/A.cls"), .init(fullName: "B", fileName: "x/B"),
                .init(fullName: "C", fileName: "flows/C.flow", type: "FlowDefinition"),
            ]), of: inventory.outstanding[0])
        #expect(inventory.manifest?.members(of: "ApexClass") == ["A"])
        #expect(inventory.manifest?.members(of: "Flow") == ["C"])
        #expect(inventory.findings == [.rowWithoutType(fullName: "B")])
    }

    @Test("An answer to a call that is not outstanding and a fault of another kind are rejected and change nothing")
    func refusedAnswers() throws {
        var inventory = Inventory(of: InventoryTests.description, version: InventoryTests.version)
        let before = inventory.outstanding
        let stray = ListBatch(ListQuery(type: "Stray"))
        #expect(throws: Inventory.UnexpectedOutcome(batch: stray)) { try inventory.record(.listed([]), of: stray) }
        #expect(throws: Inventory.UnexpectedOutcome(batch: before[0])) {
            try inventory.record(.typeRefused(SOAPFault(code: "UNKNOWN_EXCEPTION", string: "")), of: before[0])
        }
        #expect(inventory.outstanding == before)
    }

    @Test("The names of the standard value sets are sorted and unique")
    func standardValueSets() {
        #expect(StandardValueSetNames.all == Set(StandardValueSetNames.all).sorted())
    }
}
