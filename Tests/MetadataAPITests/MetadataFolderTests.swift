import Dispatch
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import MetadataAPI

@Suite struct MetadataFolderTests {
    private static let suffix = "0123456789abcdef"
    private let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    private func manifest(_ members: [String]) throws -> String {
        var manifest = PackageManifest(version: APIVersion(number: 66)!)
        for member in members { try manifest.insert(member, of: "ApexClass") }
        return String(decoding: manifest.serialized(), as: UTF8.self)
    }

    private func archive(_ entries: [TestZip.Entry], members: [String] = ["A"], root: String = "") throws
        -> OpenedArchive
    {
        try OpenedArchive(TestZip(entries + [.init(root + "package.xml", try manifest(members))]).bytes())
    }

    private func folder(
        _ name: String = "out", replace: Bool = false, suffix: String = suffix, syncsFiles: Bool = false,
        write: @escaping FileWrite = systemWrite
    ) throws -> MetadataFolder {
        try MetadataFolder(
            target: home.path + "/" + name, replacing: replace ? .any : .none, suffix: suffix, syncsFiles: syncsFiles,
            write: write)
    }

    @Test("The folder appears at the end, and nothing is left beside it", arguments: [false, true])
    func complete(_ syncsFiles: Bool) throws {
        let folder = try folder(syncsFiles: syncsFiles)
        try folder.add(archive([.init("classes/A.cls", "alpha"), .init("d/e/f", "")]).archive)
        #expect(try home.tree().first == ".out.partial-0123456789abcdef/")
        #expect(try !home.tree().contains("out/"))
        let outcome = try folder.commit()
        #expect(
            try home.tree() == [
                "out/", "out/aprity-pull.json", "out/classes/", "out/classes/A.cls", "out/d/", "out/d/e/", "out/d/e/f",
                "out/package.xml",
            ])
        #expect(try home.read("out/classes/A.cls") == Array("alpha".utf8))
        #expect(outcome.fileCount == 2)
        #expect(outcome.byteCount == 5)
        #expect(outcome.leftovers.isEmpty)
        #expect(outcome.change == .created)
        #expect(throws: MetadataFolderError.ended) { try folder.commit() }
        #expect(try home.tree().count == 8)
    }

    @Test("A file whose name is too long to be stored is skipped with its companion, and all others are unpacked")
    func longNames() throws {
        let long = String(repeating: "x", count: 250)
        let archive = try archive(
            [
                .init("classes/A.cls", "alpha"), .init("classes/\(long).cls", "beta"),
                .init("classes/\(long).cls-meta.xml", "gamma"),
            ], members: ["A", long])
        let file = RetrieveResult.File(
            type: "ApexClass", fullName: long, fileName: "unpackaged/classes/\(long).cls")
        let result = RetrieveResult(
            id: nil, isDone: true, status: .succeeded, isSuccess: true, errorStatusCode: nil, errorMessage: nil,
            messages: [], files: [file], archiveByteCount: 1)
        let leftOut = result.unstorable(in: archive.archive)
        #expect(leftOut == [LeftOut("ApexClass", long, .pathTooLong)])
        let folder = try folder()
        try folder.add(archive.archive, without: leftOut.compactMap(\.undelivered))
        let outcome = try folder.commit()
        #expect(
            try home.tree() == ["out/", "out/aprity-pull.json", "out/classes/", "out/classes/A.cls", "out/package.xml"])
        #expect(outcome.manifest.members(of: "ApexClass") == ["A"])
    }

    @Test(
        "An archive with files that git or other programs execute is rejected completely",
        arguments: [
            (".git/config", EntryPathError.repository(".git/config")), (".envrc", .hidden(".envrc")),
            ("unpackaged/.git/HEAD", .repository("unpackaged/.git/HEAD")),
            ("classes/HEAD", .repository("classes/HEAD")),
        ])
    func hostile(_ name: String, _ refusal: EntryPathError) throws {
        let root = name.hasPrefix("unpackaged/") ? "unpackaged/" : ""
        #expect(throws: ZipError.name(refusal)) {
            try archive([.init(root + "classes/A.cls", "alpha"), .init(name, "[core]")], root: root)
        }
    }

    @Test("Only the owner can access the working folder, and the new folder and its files follow the umask")
    func modes() throws {
        let mask = umask(0)
        umask(mask)
        let folder = try folder()
        try folder.add(archive([.init("classes/A.cls", "alpha")]).archive)
        #expect(try home.mode(".out.partial-" + Self.suffix) == 0o700)
        _ = try folder.commit()
        #expect(try home.mode("out") == 0o777 & ~mask)
        #expect(try home.mode("out/classes") == 0o777 & ~mask)
        #expect(try home.mode("out/classes/A.cls") == 0o666 & ~mask)
    }

    @Test("A root folder unpackaged is dropped only if it contains all files")
    func unpackaged() throws {
        let folder = try folder()
        try folder.add(archive([.init("unpackaged/classes/A.cls", "a")], root: "unpackaged/").archive)
        try folder.add(archive([.init("unpackaged/x", "b")]).archive)
        _ = try folder.commit()
        #expect(
            try home.tree() == [
                "out/", "out/aprity-pull.json", "out/classes/", "out/classes/A.cls", "out/package.xml",
                "out/unpackaged/", "out/unpackaged/x",
            ])
    }

    @Test("Parts are combined: equal files are accepted, and the manifests are merged")
    func parts() throws {
        let folder = try folder()
        try folder.add(archive([.init("a", "same"), .init("b", "1")], members: ["A", "B"]).archive)
        try folder.add(archive([.init("a", "same"), .init("c", "2")], members: ["B", "C"]).archive)
        let outcome = try folder.commit()
        #expect(outcome.fileCount == 3)
        #expect(outcome.manifest.members(of: "ApexClass") == ["A", "B", "C"])
        #expect(try PackageManifest(parsing: home.read("out/package.xml")) == outcome.manifest)
    }

    /// Like the archive in SFDO-Tooling/CumulusCI cumulusci/tasks/salesforce/tests/test_Deploy.py.
    @Test("Components that an archive's manifest names but the org did not deliver are not in package.xml")
    func undelivered() throws {
        let folder = try folder()
        let messages = [
            "'ApexClass' named 'B'", "'ApexClass' named 'Bob's'", "'Nonsense' is unknown", "'ApexClass' 'Z'",
        ]
        try folder.add(
            archive([.init("a", "1")], members: ["A", "B", "Bob's"]).archive,
            without: messages.compactMap { RetrieveResult.Message(fileName: nil, problem: $0).undelivered })
        try folder.add(
            archive([.init("a", "1")], members: ["Gone"]).archive, without: [.member("Gone", type: "ApexClass")])
        let outcome = try folder.commit()
        #expect(outcome.manifest.members(of: "ApexClass") == ["A"])
        #expect(try PackageManifest(parsing: home.read("out/package.xml")) == outcome.manifest)
    }

    @Test(
        "A file with different bytes in two parts is rejected",
        arguments: ["sama", "sam", "samex", "", String(repeating: "same", count: 30_000)])
    func differentParts(_ other: String) throws {
        let folder = try folder()
        try folder.add(archive([.init("a", "same")]).archive)
        #expect(throws: MetadataFolderError.differentContents("a")) {
            try folder.add(archive([.init("a", other)]).archive)
        }
        #expect(try home.tree().isEmpty)
        #expect(throws: MetadataFolderError.ended) { try folder.add(archive([]).archive) }
    }

    @Test("A path that is a file in one part and a directory in another is rejected", arguments: [true, false])
    func clash(_ fileFirst: Bool) throws {
        let parts = [try archive([.init("a/b", "")]), try archive([.init("a/b/c", "")])]
        let folder = try folder()
        try folder.add(parts[fileFirst ? 0 : 1].archive)
        #expect(throws: MetadataFolderError.fileAndDirectory("a/b")) {
            try folder.add(parts[fileFirst ? 1 : 0].archive)
        }
        #expect(try home.tree().isEmpty)
    }

    @Test("An archive without a manifest or with a broken one is rejected and leaves nothing")
    func manifests() throws {
        let first = try folder()
        #expect(throws: MetadataFolderError.archiveWithoutManifest) {
            try first.add(OpenedArchive(TestZip([.init("a")]).bytes()).archive)
        }
        let second = try folder()
        #expect(throws: MetadataFolderError.manifest(.root("html"))) {
            try second.add(OpenedArchive(TestZip([.init("a"), .init("package.xml", "<html/>")]).bytes()).archive)
        }
        let third = try folder()
        #expect(throws: MetadataFolderError.archiveWithoutManifest) { try third.commit() }
        #expect(try home.tree().isEmpty)
    }

    @Test("An archive with broken data leaves nothing")
    func brokenData() throws {
        var entry = TestZip.Entry("a", "text")
        entry.checksum = 1
        let folder = try folder()
        #expect(throws: ZipError.checksumDiffers("a")) { try folder.add(archive([.init("x"), entry]).archive) }
        #expect(try home.tree().isEmpty)
    }

    @Test("Consumer secrets are not written to disk, nor is a file that cannot be searched for them")
    func secrets() throws {
        let folder1 = try folder()
        let app = "<ConnectedApp><consumerSecret>canary</consumerSecret></ConnectedApp>"
        try folder1.add(archive([.init("connectedApps/A.connectedApp", app)]).archive)
        try folder1.add(archive([.init("connectedApps/A.connectedApp", app)]).archive)
        #expect(try folder1.commit().blankedSecrets == 2)
        #expect(
            try home.read("out/connectedApps/A.connectedApp")
                == Array("<ConnectedApp><consumerSecret></consumerSecret></ConnectedApp>".utf8))
        let folder2 = try folder("other")
        #expect(throws: MetadataFolderError.secretFile("B.ecaGlblOauth", .xml(.documentType))) {
            try folder2.add(archive([.init("B.ecaGlblOauth", "<!DOCTYPE a><a/>")]).archive)
        }
        #expect(try !home.tree().contains { $0.contains("other") })
    }

    @Test("An existing target of any kind is refused without replace")
    func exists() throws {
        try home.makeDirectory("out")
        try home.write("out/mine")
        #expect(throws: MetadataFolderError.targetIsNotMetadata(home.path + "/out")) { try folder() }
        try home.makeDirectory("pulled")
        try home.write("pulled/package.xml")
        #expect(throws: MetadataFolderError.targetExists(home.path + "/pulled")) { try folder("pulled") }
        try home.write("file")
        #expect(throws: MetadataFolderError.targetIsNotFolder(home.path + "/file")) {
            try folder("file", replace: true)
        }
        try #require(symlink(home.path + "/out", home.path + "/link") == 0)
        #expect(throws: MetadataFolderError.targetIsSymbolicLink(home.path + "/link")) {
            try folder("link", replace: true)
        }
        #expect(try home.tree() == ["file", "link", "out/", "out/mine", "pulled/", "pulled/package.xml"])
    }

    @Test("A target that is created in the meantime is not changed")
    func appears() throws {
        let folder = try folder()
        try folder.add(archive([.init("a")]).archive)
        try home.makeDirectory("out")
        try home.write("out/mine")
        #expect(throws: MetadataFolderError.targetIsNotMetadata(home.path + "/out")) { try folder.commit() }
        #expect(try home.tree() == ["out/", "out/mine"])
    }

    @Test("Only a folder with a package.xml is replaced")
    func replaceNotMetadata() throws {
        try home.makeDirectory("out")
        try home.write("out/precious")
        #expect(throws: MetadataFolderError.targetIsNotMetadata(home.path + "/out")) { try folder(replace: true) }
        try home.makeDirectory("out/package.xml")
        #expect(throws: MetadataFolderError.targetIsNotMetadata(home.path + "/out")) { try folder(replace: true) }
        try home.makeDirectory("linked")
        try #require(symlink("../out/precious", home.path + "/linked/package.xml") == 0)
        #expect(throws: MetadataFolderError.targetIsNotMetadata(home.path + "/linked")) {
            try folder("linked", replace: true)
        }
        #expect(try home.tree() == ["linked/", "linked/package.xml", "out/", "out/package.xml/", "out/precious"])
    }

    @Test("A failed replacement leaves the old folder")
    func replaceFails() throws {
        let first = try folder()
        try first.add(archive([.init("old", "1")]).archive)
        _ = try first.commit()
        let second = try folder(replace: true)
        #expect(throws: MetadataFolderError.archiveWithoutManifest) { try second.commit() }
        #expect(try home.tree() == ["out/", "out/aprity-pull.json", "out/old", "out/package.xml"])
    }

    @Test("If the working folder is removed, the old folder is kept")
    func putBack() throws {
        let first = try folder()
        try first.add(archive([.init("old", "1")]).archive)
        _ = try first.commit()
        let second = try folder(replace: true)
        try second.add(archive([.init("new", "1")]).archive)
        let parent = try Directory.open(home.path)
        try parent.rename(".out.partial-\(MetadataFolderTests.suffix)", to: "stolen")
        let aside = home.path + "/.out.replaced-" + Self.suffix
        #expect(throws: MetadataFolderError.io(operation: "rename", path: aside, errno: ENOENT)) {
            try second.commit()
        }
        #expect(
            try home.tree() == [
                "out/", "out/aprity-pull.json", "out/old", "out/package.xml", "stolen/", "stolen/aprity-pull.json",
                "stolen/new", "stolen/package.xml",
            ])
    }

    @Test("A folder that is dropped before its commit leaves nothing")
    func dropped() throws {
        do {
            let folder = try folder()
            try folder.add(archive([.init("a")]).archive)
        }
        #expect(try home.tree().isEmpty)
    }

    @Test("Leftovers of a crashed run are removed; folders of a running pull and with other names are kept")
    func leftovers() throws {
        for name in [
            ".out.partial-deadbeef00000000", ".out.partial-short", ".other.partial-deadbeef00000000",
            ".out.partial-dead_beef0000000",
            "partial",
        ] {
            try home.makeDirectory(name)
            try home.write(name + "/file")
        }
        try home.write(".out.partial-ffffffffffffffff")
        let living = try folder(suffix: "1111111111111111")
        #expect(throws: MetadataFolderError.targetInUse(home.path + "/out")) { try folder(suffix: "aaaaaaaaaaaaaaaa") }
        #expect(
            try home.tree().filter { !$0.hasSuffix("/file") } == [
                ".other.partial-deadbeef00000000/", ".out.partial-1111111111111111/",
                ".out.partial-dead_beef0000000/", ".out.partial-ffffffffffffffff", ".out.partial-short/", "partial/",
            ])
        living.discard()
        #expect(try !home.tree().contains { $0.contains("1111") })
        try folder(suffix: "aaaaaaaaaaaaaaaa").discard()
    }

    @Test("Of pulls into one folder that start at the same time, one runs")
    func simultaneous() throws {
        /// Only one thread uses it at a time.
        struct Started: @unchecked Sendable {
            let folder: MetadataFolder
        }
        let started = Mutex<[Started]>([])
        let refused = Mutex(0)
        let target = home.path + "/out"
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            do {
                let pull = Started(
                    folder: try MetadataFolder(
                        target: target, suffix: String(repeating: String(number), count: 16)))
                started.withLock { $0.append(pull) }
            } catch MetadataFolderError.targetInUse {
                refused.withLock { $0 += 1 }
            } catch {
                Issue.record(error)
            }
        }
        #expect(started.withLock { $0.count } == 1)
        #expect(refused.withLock { $0 } == 7)
        for pull in started.withLock({ $0 }) { pull.folder.discard() }
        #expect(try home.tree().isEmpty)
    }

    @Test("An old folder is restored if its successor is missing, and removed if it exists")
    func recovery() throws {
        try home.makeDirectory(".out.replaced-deadbeef00000000")
        try home.write(".out.replaced-deadbeef00000000/package.xml")
        #expect(throws: MetadataFolderError.targetExists(home.path + "/out")) { try folder() }
        #expect(try home.tree() == ["out/", "out/package.xml"])
        try home.makeDirectory(".out.replaced-deadbeef00000000")
        try folder(replace: true).discard()
        #expect(try home.tree() == ["out/", "out/package.xml"])
    }

    @Test("A refused pull moves and removes nothing", arguments: [true, false])
    func refusedFirst(_ replace: Bool) throws {
        for name in ["out", ".out.replaced-deadbeef00000000", ".out.partial-deadbeef00000000"] {
            try home.makeDirectory(name)
            try home.write(name + "/mine")
        }
        let before = try home.tree()
        #expect(throws: MetadataFolderError.targetIsNotMetadata(home.path + "/out")) { try folder(replace: replace) }
        #expect(try home.tree() == before)
    }

    @Test("Entries that were moved aside are not moved into an empty folder of unknown origin, and are reported")
    func emptyTarget() throws {
        for name in ["out", ".out.replaced-deadbeef00000000"] { try home.makeDirectory(name) }
        try home.write(".out.replaced-deadbeef00000000/mine")
        let pull = try folder()
        #expect(pull.leftovers == [FolderLeftover(home.path + "/.out.replaced-deadbeef00000000")])
        #expect(try home.read(".out.replaced-deadbeef00000000/mine") == [])
    }

    @Test(
        "Only folders with a pull's working names are cleaned up",
        arguments: ["backup2024", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg"])
    func namesOfOthers(_ suffix: String) throws {
        for prefix in [".out.partial-", ".out.replaced-", ".out.former-"] {
            try home.makeDirectory(prefix + suffix)
            try home.write(prefix + suffix + "/mine")
        }
        let before = try home.tree()
        try folder(suffix: "aaaaaaaaaaaaaaaa").discard()
        #expect(try home.tree() == before)
    }

    @Test("A full disk and a failing disk have different errors and leave nothing")
    func fullDisk() throws {
        for (number, error) in [
            (ENOSPC, MetadataFolderError.diskFull(path: "d/a")), (EDQUOT, .diskFull(path: "d/a")),
            (EIO, .io(operation: "write", path: "d/a", errno: EIO)),
        ] {
            let folder = try folder { (_, _) throws(Errno) in throw Errno(rawValue: number) }
            #expect(throws: error) { try folder.add(archive([.init("d/a")]).archive) }
            #expect(try home.tree().isEmpty)
        }
    }

    @Test("Short and interrupted writes are continued")
    func shortWrites() throws {
        let calls = Mutex(0)
        let folder = try folder { (file, bytes) throws(Errno) in
            let isInterrupted = calls.withLock { count in
                count += 1
                return count % 2 == 1
            }
            if isInterrupted { throw .interrupted }
            return try systemWrite(file, UnsafeRawBufferPointer(rebasing: bytes.prefix(3)))
        }
        try folder.add(archive([.init("a", "0123456789")]).archive)
        _ = try folder.commit()
        #expect(try home.read("out/a") == Array("0123456789".utf8))
    }

    @Test("A directory that was replaced by a link is not followed")
    func swappedDirectory() throws {
        let folder = try folder()
        try folder.add(archive([.init("d/a")]).archive)
        let staging = home.path + "/.out.partial-" + MetadataFolderTests.suffix
        try home.makeDirectory("outside")
        try Directory.open(staging).remove("d")
        try #require(symlink(home.path + "/outside", staging + "/d") == 0)
        #expect(throws: MetadataFolderError.self) { try folder.add(archive([.init("d/b")]).archive) }
        #expect(try home.tree() == ["outside/"])
    }

    @Test(
        "An invalid target name and an invalid suffix are rejected",
        arguments: ["", "/", ".", "..", "a/..", "a/."])
    func targetNames(_ target: String) {
        #expect(throws: MetadataFolderError.targetName(target)) {
            try MetadataFolder(target: target, suffix: MetadataFolderTests.suffix)
        }
        for suffix in ["", "short", "has/slash", "has.point", String(repeating: "a", count: 65)] {
            #expect(throws: MetadataFolderError.malformedSuffix) {
                try MetadataFolder(target: home.path + "/x", suffix: suffix)
            }
        }
    }

    @Test("A missing parent is an error, and a trailing slash is accepted")
    func parents() throws {
        #expect(throws: MetadataFolderError.io(operation: "open", path: home.path + "/none", errno: ENOENT)) {
            try MetadataFolder(target: home.path + "/none/out", suffix: MetadataFolderTests.suffix)
        }
        let folder = try folder("out///")
        try folder.add(archive([]).archive)
        _ = try folder.commit()
        #expect(try home.tree() == ["out/", "out/aprity-pull.json", "out/package.xml"])
    }
}
