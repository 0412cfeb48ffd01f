import Testing

@testable import MetadataAPI

@Suite("The journal of a pull") struct PullJournalTests {
    private let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    private static func archive(files count: Int) -> PullJournal.Archive {
        PullJournal.Archive(
            number: 1, members: ["ApexClass": ["A"]],
            files: (0..<count).map {
                .init(path: "classes/C\($0).cls", sha256: "00", size: $0, owner: ComponentID("ApexClass", "C\($0)"))
            }, settings: [])
    }

    private func write(_ archive: PullJournal.Archive) throws -> Directory {
        let folder = try Directory.open(home.path)
        let listing = PullListing(
            scope: .init(types: nil, includesInstalled: false), organizationID: "00D", components: [])
        let writer = try PullJournal.Writer(
            in: folder, .init(apiVersion: "67.0", startedAt: "2026-11-30T12:00:00Z", listing: listing), [],
            write: systemWrite)
        try writer.add(archive)
        try writer.add(limit: 4_000)
        return folder
    }

    @Test("An archive with many files is read back whole", arguments: [0, 1, 500, 501, 1_203])
    func wholeArchive(_ count: Int) throws {
        let journal = try #require(PullJournal.read(in: try write(Self.archive(files: count))))
        #expect(journal.archives.count == 1)
        let paths = Set(journal.archives.first?.files.map(\.path) ?? [])
        #expect(paths == Set(Self.archive(files: count).files.map(\.path)))
        #expect(journal.archives.first?.members == ["ApexClass": ["A"]])
        #expect(journal.limit == 4_000)
    }

    @Test("If the process ended while it wrote about an archive, nothing of the archive counts")
    func cutOff() throws {
        let folder = try write(Self.archive(files: 1_203))
        let path = StagedFiles.reserved + "/" + PullJournal.name.text
        let lines = try home.read(path).split(separator: UInt8(ascii: "\n"))
        // The beginning, three lines for the archive, and the limit.
        #expect(lines.count == 5)
        for kept in 1...3 {
            let text = Array(lines.prefix(kept).joined(separator: [UInt8(ascii: "\n")]))
            try home.write(path, String(decoding: text, as: UTF8.self))
            #expect(try #require(PullJournal.read(in: folder)).archives.isEmpty)
        }
    }

    @Test(
        "An archive with numbers that no pull writes does not count",
        arguments: [(Int.max, 1), (0, 1), (1, -1), (1, Int.max)])
    func absurdNumbers(_ number: Int, _ size: Int) throws {
        let file = PullJournal.Archive.File(path: "classes/A.cls", sha256: "00", size: size, owner: nil)
        let archive = PullJournal.Archive(number: number, members: [:], files: [file], settings: [])
        #expect(try #require(PullJournal.read(in: try write(archive))).archives.isEmpty)
    }

    @Test("A limit that no pull writes does not count", arguments: [0, -1, Int.min])
    func absurdLimit(_ limit: Int) throws {
        let folder = try write(Self.archive(files: 1))
        let path = StagedFiles.reserved + "/" + PullJournal.name.text
        let text = String(decoding: try home.read(path), as: UTF8.self)
        try home.write(path, text.replacing("4000", with: "\(limit)"))
        #expect(try #require(PullJournal.read(in: folder)).limit == nil)
    }
}
