import Glibc
import Testing

@testable import MetadataAPI

/// An archive that is refused, and a twin that differs only in this point and is read.
struct HostileZip: Sendable, CustomTestStringConvertible {
    let title: String
    let hostile: [UInt8]
    let twin: [UInt8]
    let refusal: ZipError
    var testDescription: String { title }

    init(
        _ title: String, _ refusal: ZipError, twin: (inout TestZip) -> Void = { _ in },
        hostile change: (inout TestZip) -> Void
    ) {
        var archive = HostileZip.plain
        twin(&archive)
        self.twin = archive.bytes()
        change(&archive)
        hostile = archive.bytes()
        self.title = title
        self.refusal = refusal
    }

    static let plain = TestZip([.init("a.txt", "alpha alpha alpha"), .init("b/c.txt", "gamma", deflates: false)])

    static let cases: [HostileZip] = names + structure + headers + data

    private static let names = [
        HostileZip(
            "parent", .name(.relative("../a")), twin: { $0.entries[0].name = Array("a..".utf8) },
            hostile: {
                $0.entries[0].name = Array("../a".utf8)
            }),
        HostileZip("absolute", .name(.absolute("/a"))) { $0.entries[0].name = Array("/a".utf8) },
        HostileZip("backslash", .name(.backslash("..\\a"))) { $0.entries[0].name = Array("..\\a".utf8) },
        HostileZip(
            "not UTF-8", .name(.notUTF8), twin: { $0.entries[0].name = [0xC3, 0xA4] },
            hostile: {
                $0.entries[0].name = [0x84]
            }),
        HostileZip("empty name", .name(.empty)) { $0.entries[0].name = [] },
        HostileZip(
            "same name twice", .duplicateName("a.txt"), twin: { $0.entries[1].name = Array("A.txt".utf8) },
            hostile: { $0.entries[1].name = Array("a.txt".utf8) }),
        HostileZip(
            "file under a file", .fileAndDirectory("a.txt"), twin: { $0.entries[1].name = Array("a.txt2/x".utf8) },
            hostile: { $0.entries[1].name = Array("a.txt/x".utf8) }),
        HostileZip(
            "file and directory of one name", .fileAndDirectory("a.txt"),
            twin: { $0.entries.append(directory("d/")) }, hostile: { $0.entries.append(directory("a.txt/")) }),
        HostileZip(
            "directory twice", .duplicateName("d"), twin: { $0.entries.append(directory("d/")) },
            hostile: {
                $0.entries.append(directory("d/"))
            }),
        HostileZip(
            "symbolic link", .notFileOrDirectory("a.txt"), twin: { $0.entries[0].attributes = 0o100777 << 16 },
            hostile: { $0.entries[0].attributes = 0o120777 << 16 }),
        HostileZip(
            "device", .notFileOrDirectory("a.txt"), twin: { $0.entries[0].attributes = 0 },
            hostile: {
                $0.entries[0].attributes = 0o020666 << 16
            }),
        HostileZip(
            "pipe", .notFileOrDirectory("a.txt"), twin: { $0.entries[0].attributes = 0x20 },
            hostile: {
                $0.entries[0].attributes = 0o010666 << 16
            }),
        HostileZip("file said to be a directory", .notFileOrDirectory("a.txt")) {
            $0.entries[0].attributes = 0o040755 << 16
        },
        HostileZip("DOS directory without slash", .notFileOrDirectory("a.txt")) { $0.entries[0].attributes = 0x10 },
        HostileZip("volume label", .notFileOrDirectory("a.txt")) { $0.entries[0].attributes = 0x08 },
        HostileZip(
            "directory with contents", .directoryWithContents("d"), twin: { $0.entries.append(directory("d/")) },
            hostile: { $0.entries[2].data = [1] }),
        HostileZip(
            "second name", .secondName("a.txt"), twin: { $0.entries[0].centralExtra = [0x55, 0x54, 1, 0, 0] },
            hostile: { $0.entries[0].centralExtra = [0x75, 0x70, 1, 0, 0] }),
        HostileZip(
            "second name in the local header", .secondName("a.txt"),
            twin: { $0.entries[0].localExtra = [0x55, 0x54, 1, 0, 0] },
            hostile: { $0.entries[0].localExtra = [0x75, 0x70, 1, 0, 0] }),
    ]

    private static let structure = [
        HostileZip(
            "trailing bytes", .noEndRecord, twin: { $0.comment = Array("PK comment".utf8) },
            hostile: { $0.suffix = [0] }),
        HostileZip("leading bytes", .leadingBytes) { $0.prefix = Array("#!/bin/sh\n".utf8) },
        HostileZip("leading bytes with shifted offsets", .centralDirectoryMalformed) {
            $0.directoryOffset = $0.bytes().count
        },
        HostileZip("bytes between entries", .unclaimedBytes) { $0.entries[0].gap = [1, 2, 3] },
        HostileZip("bytes after the last entry", .unclaimedBytes) { $0.entries[1].gap = [1] },
        HostileZip("bytes before the end record", .unclaimedBytes) { $0.beforeEnd = [1, 2, 3, 4] },
        HostileZip(
            "bytes between data and descriptor", .unclaimedBytes, twin: { $0.entries[0].descriptor = .signed },
            hostile: {
                $0.entries[0].gap = [1]
            }),
        HostileZip(
            "two end records", .ambiguousEndRecord, twin: { $0.comment = [UInt8](repeating: 0, count: 30) },
            hostile: {
                $0.comment = Array(TestZip([]).bytes())
            }),
        HostileZip("disk number", .multipleDisks) { $0.diskNumber = 1 },
        HostileZip("entry on another disk", .multipleDisks) { $0.entries[0].diskStart = 1 },
        HostileZip("fewer entries counted", .centralDirectoryMalformed) { $0.entryCount = 1 },
        HostileZip("more entries counted", .centralDirectoryMalformed) { $0.entryCount = 3 },
        HostileZip("Zip64 count", .zip64) { $0.entryCount = 0xFFFF },
        HostileZip("Zip64 offset", .zip64) { $0.directoryOffset = 0xFFFF_FFFF },
        HostileZip("Zip64 locator", .zip64) { $0.beforeEnd = [0x50, 0x4B, 6, 7] + [UInt8](repeating: 0, count: 16) },
        HostileZip("Zip64 extra field", .zip64) {
            $0.entries[0].centralExtra = [1, 0, 8, 0] + [UInt8](repeating: 0, count: 8)
        },
        HostileZip("Zip64 extra field in the local header", .zip64) {
            $0.entries[0].localExtra = [1, 0, 8, 0] + [UInt8](repeating: 0, count: 8)
        },
        HostileZip("Zip64 size", .zip64) { $0.entries[0].size = 0xFFFF_FFFF },
        HostileZip("broken extra field", .centralDirectoryMalformed) {
            $0.entries[0].centralExtra = [1, 2, 200, 0, 0]
        },
        HostileZip("broken local extra field", .localHeaderMalformed("a.txt")) {
            $0.entries[0].localExtra = [1, 2, 3]
        },
        HostileZip("one entry's data is another entry", .overlappingEntries) {
            $0.entries[1].offsetShift = -10
        },
        HostileZip(
            "two entries at one place", .overlappingEntries, twin: { $0.entries[1].name = Array("b.txt".utf8) },
            hostile: {
                $0.entries[1].offsetShift = -(30 + 5 + TestZip.deflated($0.entries[0].data).count)
            }),
        HostileZip("offset past the directory", .centralDirectoryMalformed) { $0.entries[1].offsetShift = 100_000 },
        HostileZip(
            "data reaches into the next entry", .overlappingEntries, twin: { $0.entries[0].deflates = false },
            hostile: {
                $0.entries[0].size = 40
                $0.entries[0].packedSize = 40
            }),
    ]

    private static let headers = [
        HostileZip("other local name", .localHeaderDiffers("a.txt")) { $0.entries[0].localName = Array("x.txt".utf8) },
        HostileZip("longer local name", .localHeaderDiffers("a.txt")) {
            $0.entries[0].localName = Array("a.txtx".utf8)
        },
        HostileZip("other local method", .localHeaderDiffers("a.txt")) { $0.entries[0].localMethod = 0 },
        HostileZip(
            "other local flags", .localHeaderDiffers("a.txt"), twin: { $0.entries[0].flags = 0x800 },
            hostile: {
                $0.entries[0].localFlags = 0
            }),
        HostileZip("other local checksum", .localHeaderDiffers("a.txt")) { $0.entries[0].localChecksum = 1 },
        HostileZip("other local size", .localHeaderDiffers("a.txt")) { $0.entries[0].localSize = 1 },
        HostileZip("other local packed size", .localHeaderDiffers("a.txt")) { $0.entries[0].localPackedSize = 1 },
        HostileZip(
            "local sizes neither zero nor right", .localHeaderDiffers("a.txt"),
            twin: { $0.entries[0].descriptor = .short },
            hostile: { $0.entries[0].localSize = 1 }),
        HostileZip(
            "other descriptor", .dataDescriptorDiffers("a.txt"), twin: { $0.entries[0].descriptor = .signed },
            hostile: { $0.entries[0].descriptorChecksum = 1 }),
        HostileZip(
            "other short descriptor", .dataDescriptorDiffers("b/c.txt"), twin: { $0.entries[1].descriptor = .short },
            hostile: { $0.entries[1].descriptorChecksum = 1 }),
        HostileZip("encrypted", .encrypted("a.txt")) { $0.entries[0].flags = 1 },
        HostileZip("strongly encrypted", .encrypted("a.txt")) { $0.entries[0].flags = 1 << 6 },
        HostileZip("masked headers", .encrypted("a.txt")) { $0.entries[0].flags = 1 << 13 },
        HostileZip(
            "patch data", .unknownFlags("a.txt"), twin: { $0.entries[0].flags = 6 },
            hostile: {
                $0.entries[0].flags = 1 << 5
            }),
        HostileZip("bzip2", .unknownMethod("a.txt", method: 12)) { $0.entries[0].method = 12 },
        HostileZip("deflate64", .unknownMethod("a.txt", method: 9)) { $0.entries[0].method = 9 },
        HostileZip("stored with two sizes", .sizeDiffers("b/c.txt")) { $0.entries[1].size = 3 },
        HostileZip("ratio", .ratioTooHigh("a.txt", limit: 1_100)) { $0.entries[0].size = 1_100 * 100 },
        HostileZip("something out of nothing", .ratioTooHigh("a.txt", limit: 1_100)) { $0.entries[0].packed = [] },
        HostileZip("too large", .entryTooLarge("a.txt", limit: 256 << 20)) { $0.entries[0].size = (256 << 20) + 1 },
    ]

    private static let data = [
        HostileZip("more data than said", .sizeDiffers("a.txt")) { $0.entries[0].size = 16 },
        HostileZip("less data than said", .sizeDiffers("a.txt")) { $0.entries[0].size = 18 },
        HostileZip("other checksum", .checksumDiffers("a.txt")) { $0.entries[0].checksum = 1 },
        HostileZip("other checksum, stored", .checksumDiffers("b/c.txt")) { $0.entries[1].checksum = 1 },
        HostileZip("data that is not deflate", .dataMalformed("a.txt")) {
            $0.entries[0].packed = [0xFF, 0xFF, 0xFF, 0xFF]
        },
        HostileZip("half of the data", .dataMalformed("a.txt")) {
            $0.entries[0].packed = Array(TestZip.deflated($0.entries[0].data).dropLast(3))
        },
        HostileZip("data after the data", .dataMalformed("a.txt")) {
            $0.entries[0].packed = TestZip.deflated($0.entries[0].data) + [1, 2]
        },
        HostileZip(
            "bomb with a small size", .sizeDiffers("a.txt"),
            twin: { $0.entries[0].data = [UInt8](repeating: 0, count: 1_000_000) },
            hostile: { $0.entries[0].size = 100 }),
    ]

    private static func directory(_ name: String) -> TestZip.Entry {
        var entry = TestZip.Entry(name, "", deflates: false)
        entry.attributes = 0o040755 << 16 | 0x10
        return entry
    }
}

@Suite struct ZipArchiveTests {
    @Test("A hostile archive is rejected with the reason, and its twin is read", arguments: HostileZip.cases)
    func hostile(_ zip: HostileZip) throws {
        _ = try OpenedArchive(zip.twin).contents()
        #expect(throws: zip.refusal) { try OpenedArchive(zip.hostile).contents() }
        #expect(zip.refusal.description.hasSuffix("."))
    }

    @Test("Stored and deflated entries, with and without descriptors, are unpacked")
    func contents() throws {
        var random = SeededRandom(seed: 2)
        let large = random.bytes(300_000) + [UInt8](repeating: 7, count: 300_000)
        var archive = TestZip([
            .init("stored", bytes: large, deflates: false), .init("deflated", bytes: large), .init("empty", ""),
            .init("empty stored", "", deflates: false), .init("ü/%28x%29 y", "z"),
        ])
        archive.entries[0].descriptor = .signed
        archive.entries[1].descriptor = .signed
        archive.entries[4].descriptor = .short
        let contents = try OpenedArchive(archive.bytes()).contents()
        #expect(
            contents == ["stored": large, "deflated": large, "empty": [], "empty stored": [], "ü/%28x%29 y": [0x7A]])
    }

    @Test("An archive without entries is read, unless it has extra bytes")
    func empty() throws {
        #expect(try OpenedArchive(TestZip([]).bytes()).archive.entries.isEmpty)
        #expect(throws: ZipError.leadingBytes) {
            var empty = TestZip([])
            empty.prefix = [1]
            _ = try OpenedArchive(empty.bytes())
        }
    }

    @Test("The size of the pieces is bounded")
    func pieces() throws {
        let opened = try OpenedArchive(
            TestZip([.init("zeros", bytes: [UInt8](repeating: 0, count: 5_000_000))]).bytes())
        var largest = 0
        try opened.archive.read(opened.archive.entries[0]) { largest = max(largest, $0.count) }
        #expect(largest == 64 << 10)
    }

    @Test("The limits for entries, unpacked bytes and packed bytes are enforced")
    func bounds() throws {
        let archive = HostileZip.plain.bytes()
        var bounds = ZipBounds()
        bounds.entries = 2
        bounds.totalBytes = 22
        bounds.entryBytes = 17
        bounds.archiveBytes = archive.count
        _ = try OpenedArchive(archive, bounds: bounds)
        let tighter: [(WritableKeyPath<ZipBounds, Int>, ZipError)] = [
            (\.entries, .tooManyEntries(limit: 1)), (\.totalBytes, .totalTooLarge(limit: 21)),
            (\.entryBytes, .entryTooLarge("a.txt", limit: 16)),
            (\.archiveBytes, .archiveTooLarge(limit: archive.count - 1)),
        ]
        for (path, refusal) in tighter {
            var tight = bounds
            tight[keyPath: path] -= 1
            #expect(throws: refusal) { try OpenedArchive(archive, bounds: tight) }
        }
    }

    @Test("Every truncated archive is rejected")
    func truncated() throws {
        let archive = HostileZip.plain.bytes()
        for count in 0..<archive.count {
            #expect(throws: ZipError.self) { try OpenedArchive(Array(archive.prefix(count))) }
        }
    }

    @Test("A pipe is rejected, and a closed descriptor is an error")
    func notAFile() throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(throws: ZipError.notRegularFile) { try ZipArchive(fileDescriptor: ends[0]) }
        #expect(throws: ZipError.io(errno: EBADF)) { try ZipArchive(fileDescriptor: -1) }
    }

    @Test("An archive written by Python is read correctly")
    func python() throws {
        let directory = try TemporaryDirectory()
        let script = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], "w") as z:
                z.writestr(zipfile.ZipInfo("d/"), b"")
                z.writestr("d/stored.txt", b"abc" * 1000, zipfile.ZIP_STORED)
                z.writestr("d/\\u00e4 %28.txt", bytes(range(256)) * 2000, zipfile.ZIP_DEFLATED)
                z.comment = b"made by python"
            """
        try run("python3", ["-c", script, directory.path + "/a.zip"])
        let contents = try OpenedArchive(try directory.read("a.zip")).contents()
        let stored: [UInt8] = (0..<3_000).map { 0x61 + UInt8($0 % 3) }
        let deflated: [UInt8] = (0..<512_000).map { UInt8($0 % 256) }
        #expect(contents == ["d/stored.txt": stored, "d/ä %28.txt": deflated])
    }

    @Test("A delivered archive can be spooled to a file and opened")
    func spool() throws {
        let file = try TemporaryFile()
        let spool = ZipSpool(fileDescriptor: file.descriptor)
        let reader = ReplyReader.checkRetrieveStatus(sink: spool.write)
        let bytes = HostileZip.plain.bytes()
        _ = try reader.read(Replies.status("<zipFile>\(Replies.base64(bytes))</zipFile>"), pieceSize: 10)
        #expect(
            try ZipArchive(fileDescriptor: file.descriptor).entries.map(\.path.description) == ["a.txt", "b/c.txt"])
    }
}

/// Runs a program from the search path and waits for it.
func run(_ program: String, _ arguments: [String]) throws {
    var process: pid_t = 0
    var strings: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    defer { for string in strings { free(string) } }
    strings.append(nil)
    try #require(posix_spawnp(&process, program, nil, nil, strings, environ) == 0)
    var status: CInt = 0
    try #require(waitpid(process, &status, 0) == process)
    try #require(status == 0)
}
