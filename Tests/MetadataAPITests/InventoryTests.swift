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
                try inventory.record(.refused(InventoryTests.invalidType), of: batch)
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
        #expect(inventory.leftOut.isEmpty)
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
            #expect(inventory.leftOut == expected.leftOut)
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
            inventory.leftOut == [
                LeftOut("CustomObject", nil, .typeNotAvailable(message: "INVALID_TYPE: Unknown type:X")),
                LeftOut("EmailTemplateFolder", nil, .typeNotAvailable(message: "INVALID_TYPE: Unknown type:X")),
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
        #expect(inventory.unknownTypes == ["Nonsense"])
        #expect(sent[1].queries == [ListQuery(type: "ApexClass"), ListQuery(type: "CustomField")])

        var valueSets = Inventory(
            of: InventoryTests.description, version: InventoryTests.version, options: .init(types: ["StandardValueSet"])
        )
        #expect(try complete(&valueSets).isEmpty)
        #expect(valueSets.manifest?.types == ["StandardValueSet"])
    }

    @Test("The type of a row without one follows from its directory; otherwise its types are listed one by one")
    func rowWithoutType() throws {
        var inventory = Inventory(
            of: InventoryTests.description, version: InventoryTests.version,
            options: .init(types: ["ApexClass", "Flow", "Layout"]))
        let all = inventory.outstanding[0]
        try inventory.record(.listed([.init(fullName: "A", fileName: "classes/A.cls")]), of: all)
        #expect(inventory.manifest?.members(of: "ApexClass") == ["A"])

        inventory = Inventory(
            of: InventoryTests.description, version: InventoryTests.version,
            options: .init(types: ["ApexClass", "Flow", "Layout"]))
        try inventory.record(
            .listed([.init(fullName: "A", fileName: "classes/A.cls"), .init(fullName: "B", fileName: "x/B")]), of: all)
        #expect(inventory.outstanding == ["ApexClass", "Flow", "Layout"].map { ListBatch(ListQuery(type: $0)) })
        try inventory.record(.listed([]), of: ListBatch(ListQuery(type: "ApexClass")))
        try inventory.record(
            .listed([.init(fullName: "B"), .init(fullName: "C", type: "FlowDefinition")]),
            of: ListBatch(ListQuery(type: "Flow")))
        try inventory.record(.listed([]), of: ListBatch(ListQuery(type: "Layout")))
        #expect(inventory.manifest?.types == ["Flow"])
        #expect(inventory.manifest?.members(of: "Flow") == ["B", "C"])
    }

    @Test("Any fault of a call with several types lists each alone; only what then fails is left out")
    func faults() throws {
        var inventory = Inventory(
            of: InventoryTests.description, version: InventoryTests.version,
            options: .init(types: ["ApexClass", "Flow", "Layout"]))
        let fault = SOAPFault(code: "UNKNOWN_EXCEPTION", string: "UNKNOWN_EXCEPTION: words")
        try inventory.record(.refused(fault), of: inventory.outstanding[0])
        #expect(inventory.outstanding.map(\.isSingle) == [true, true, true])
        try inventory.record(.listed([.init(fullName: "A")]), of: ListBatch(ListQuery(type: "ApexClass")))
        try inventory.record(.refused(fault), of: ListBatch(ListQuery(type: "Flow")))
        try inventory.record(.listed([]), of: ListBatch(ListQuery(type: "Layout")))
        #expect(inventory.manifest?.types == ["ApexClass"])
        #expect(
            inventory.leftOut == [LeftOut("Flow", nil, .notListed(message: "UNKNOWN_EXCEPTION: words", folder: nil))])
    }

    @Test("The contents of one folder that cannot be listed are left out, and those of others are not")
    func folderFails() throws {
        var inventory = Inventory(
            of: InventoryTests.description, version: InventoryTests.version, options: .init(types: ["Dashboard"]))
        try inventory.record(
            .listed([.init(fullName: "A"), .init(fullName: "B")]), of: ListBatch(ListQuery(type: "DashboardFolder")))
        let fault = SOAPFault(code: "INVALID_TYPE", string: "words")
        try inventory.record(.refused(fault), of: inventory.outstanding[0])
        try inventory.record(.refused(fault), of: ListBatch(ListQuery(type: "Dashboard", folder: "A")))
        try inventory.record(
            .listed([.init(fullName: "B/One")]), of: ListBatch(ListQuery(type: "Dashboard", folder: "B")))
        #expect(inventory.manifest?.members(of: "Dashboard") == ["A", "B", "B/One"])
        #expect(inventory.leftOut == [LeftOut("Dashboard", nil, .notListed(message: "words", folder: "A"))])
    }

    @Test("Of two rows for one component, the one with the later date counts")
    func twice() throws {
        for isReversed in [false, true] {
            var inventory = Inventory(
                of: InventoryTests.description, version: InventoryTests.version, options: .init(types: ["Flow"]))
            let rows = ["2026-01-02T00:00:00.000Z", "2026-01-01T00:00:00.000Z"].map {
                FileProperties(fullName: "A", type: "Flow", lastModifiedDate: $0)
            }
            try inventory.record(.listed(isReversed ? rows.reversed() : rows), of: inventory.outstanding[0])
            #expect(inventory.components.map(\.row.lastModifiedDate) == ["2026-01-02T00:00:00.000Z"])
        }
    }

    @Test(
        "A name that lacks its namespace gets it where a retrieve wants it",
        arguments: [
            ("Layout", "acme__Thing__c-Main", "acme__Thing__c-acme__Main"),
            ("Layout", "Account-acme__Main", "Account-acme__Main"), ("CustomObject", "Thing__c", "acme__Thing__c"),
            ("CustomField", "Account.Tier__c", "Account.acme__Tier__c"), ("ApexClass", "acme__Fare", "acme__Fare"),
            ("InstalledPackage", "acme", "acme"), ("Report", "Folder/Name", "Folder/Name"),
        ])
    func namespaces(_ type: String, _ listed: String, _ wanted: String) {
        let row = FileProperties(fullName: listed, type: type, namespacePrefix: "acme")
        #expect(ListedComponent(row, type: type).fullName == wanted)
    }

    @Test("A component whose name a manifest cannot contain is left out")
    func unusableName() throws {
        var inventory = Inventory(
            of: InventoryTests.description, version: InventoryTests.version, options: .init(types: ["Flow"]))
        try inventory.record(.listed([.init(fullName: "A\u{1}"), .init(fullName: "B")]), of: inventory.outstanding[0])
        #expect(inventory.components.map(\.fullName) == ["B"])
        #expect(inventory.leftOut == [LeftOut("Flow", "A\u{1}", .nameUnusable)])
    }

    @Test("An answer to a call that is not outstanding is rejected and changes nothing")
    func refusedAnswers() throws {
        var inventory = Inventory(of: InventoryTests.description, version: InventoryTests.version)
        let before = inventory.outstanding
        let stray = ListBatch(ListQuery(type: "Stray"))
        #expect(throws: Inventory.UnexpectedOutcome(batch: stray)) { try inventory.record(.listed([]), of: stray) }
        #expect(inventory.outstanding == before)
    }

    @Test("The names of the standard value sets are sorted and unique")
    func standardValueSets() {
        #expect(StandardValueSetNames.all == Set(StandardValueSetNames.all).sorted())
    }
}
