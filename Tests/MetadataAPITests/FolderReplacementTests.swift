import CFileSystem
import FileSystem
import Glibc
import Testing

@testable import MetadataAPI

/// Foreign entries in a folder that a pull replaces.
@Suite struct FolderReplacementTests {
    private let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    private func identity(_ name: String) throws -> FileStatus.Identity {
        try FileStatus(of: home.path + "/" + name, followsLinks: false).identity
    }

    private func refusal(_ files: [String: String]) -> MetadataFolderError? {
        do {
            try home.pull(files, replace: true, suffix: "2222222222222222")
            return nil
        } catch {
            return error as? MetadataFolderError
        }
    }

    @Test("Files of the former pull are removed, and entries that no pull wrote are kept")
    func foreignStays() throws {
        try home.write("outside", "kept")
        try home.pull(["classes/A.cls": "1", "gone/B.cls": "2", "gone/C.cls": "3"])
        try home.makeDirectory("out/.git")
        try home.write("out/.git/HEAD", "ref")
        try home.write("out/README", "mine")
        try home.write("out/gone/notes", "mine too")
        try home.makeDirectory("out/classes/empty")
        try #require(symlink("../outside", home.path + "/out/classes/link") == 0)
        let foreign = [".git", ".git/HEAD", "README", "gone/notes", "classes/empty", "classes/link"].map { "out/" + $0 }
        let before = try foreign.map(identity)
        let outcome = try home.pull(["classes/A.cls": "new"], replace: true, suffix: "2222222222222222")
        #expect(outcome.change == .updated)
        #expect(outcome.leftovers.isEmpty)
        #expect(try foreign.map(identity) == before)
        #expect(try home.read("out/classes/A.cls") == Array("new".utf8))
        #expect(
            try home.tree() == [
                "out/", "out/.git/", "out/.git/HEAD", "out/README", "out/aprity-pull.json", "out/classes/",
                "out/classes/A.cls", "out/classes/empty/", "out/classes/link", "out/gone/", "out/gone/notes",
                "out/package.xml", "outside",
            ])
    }

    @Test("A folder without foreign entries is replaced, and directories without files are removed")
    func replaced() throws {
        try home.pull(["a/b/c": "1"])
        #expect(try home.pull(["d": "2"], replace: true, suffix: "2222222222222222").change == .replaced)
        #expect(try home.tree() == ["out/", "out/aprity-pull.json", "out/d", "out/package.xml"])
    }

    @Test("An entry whose name is not UTF-8 is kept", arguments: ["", "classes/"])
    func notUTF8(_ folder: String) throws {
        try home.pull(["classes/A.cls": "1"])
        let name = Array((home.path + "/out/" + folder).utf8CString.dropLast()) + [-1, -2, 0]
        let file = open(name, O_WRONLY | O_CREAT, 0o600)
        try #require(file >= 0)
        close(file)
        try home.pull(["classes/A.cls": "2"], replace: true, suffix: "2222222222222222")
        #expect(access(name, F_OK) == 0)
    }

    @Test("A changed file that the pull would replace is named, and nothing is changed")
    func changedFile() throws {
        try home.pull(["classes/A.cls": "1", "classes/B.cls": "1"])
        try home.write("out/classes/A.cls", "edited")
        try home.write("out/extra", "")
        let before = try home.tree()
        let error = refusal(["classes/A.cls": "2", "classes/B.cls": "2"])
        #expect(error == .foreignEntries(home.path + "/out", ["classes/A.cls"]))
        #expect(error?.description.contains("classes/A.cls") == true)
        #expect(try home.read("out/classes/A.cls") == Array("edited".utf8))
        #expect(try home.read("out/classes/B.cls") == Array("1".utf8))
        #expect(try home.tree() == before)
    }

    @Test("A changed file that the org no longer has is kept")
    func changedFileOfGoneComponent() throws {
        try home.pull(["classes/A.cls": "1", "classes/B.cls": "1"])
        try home.write("out/classes/A.cls", "edited")
        try home.pull(["classes/B.cls": "2"], replace: true, suffix: "2222222222222222")
        #expect(try home.read("out/classes/A.cls") == Array("edited".utf8))
    }

    @Test("A file that was changed to the org's content does not prevent a pull")
    func changedFileWithSameBytes() throws {
        try home.pull(["classes/A.cls": "1"])
        try home.write("out/classes/A.cls", "deployed")
        try home.pull(["classes/A.cls": "deployed"], replace: true, suffix: "2222222222222222")
        #expect(try home.tree().count == 5)
    }

    @Test("Foreign entries of any kind at paths that the pull needs are named")
    func inTheWay() throws {
        try home.pull(["classes/A.cls": "1"])
        try home.write("out/flows", "a file")
        try home.makeDirectory("out/classes/B.cls")
        try #require(symlink("A.cls", home.path + "/out/classes/C.cls") == 0)
        let error = refusal(["classes/B.cls": "", "classes/C.cls": "", "flows/F": ""])
        #expect(error == .foreignEntries(home.path + "/out", ["classes/B.cls", "classes/C.cls", "flows"]))
    }

    @Test("Files in a folder without a record are not replaced")
    func withoutRecord() throws {
        try home.makeDirectory("out")
        try home.write("out/package.xml", "by hand")
        try home.write("out/sfdx-project.json", "{}")
        #expect(refusal(["classes/A.cls": ""]) == .foreignEntries(home.path + "/out", ["package.xml"]))
        #expect(try home.tree() == ["out/", "out/package.xml", "out/sfdx-project.json"])
    }

    @Test(
        "An invalid record is rejected before anything is changed",
        arguments: ["", "[]", "{}", #"{"files":{"../x":"00"}}"#, #"{"files":{"/x":"00"}}"#, #"{"files":{"x":1}}"#])
    func badRecord(_ text: String) throws {
        try home.pull(["a": "1"])
        try home.write("out/aprity-pull.json", text)
        let error = MetadataFolderError.recordUnreadable(home.path + "/out/aprity-pull.json")
        #expect(refusal(["a": "2"]) == error)
        #expect(try home.read("out/a") == Array("1".utf8))
    }

    @Test("The record contains every file with its SHA-256, and can be read back")
    func record() throws {
        let names = ["classes/A.cls", "q\"uote", "e\u{301}", "\u{e9}", "100% (1)"]
        try home.pull(Dictionary(uniqueKeysWithValues: names.dropLast(2).map { ($0, "abc") } + [("x", "abc")]))
        let record = try PullRecord.read(in: Directory.open(home.path + "/out"))
        #expect(record.files.count == 5)
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(record.files[Array("classes/A.cls".utf8)] == hash)
        #expect(record.files[Array("q\"uote".utf8)] == hash)
        #expect(record.files[Array("package.xml".utf8)] != nil)
        #expect(record.directories == [Array("classes".utf8)])
        #expect(try home.read("out/aprity-pull.json") == (try record.serialized()))
    }

    @Test("Mode, owner, group and access control lists of the folder and its directories are kept")
    func accessStays() throws {
        try home.pull(["classes/A.cls": "1"])
        for name in ["out", "out/classes"] {
            try #require(chown(home.path + "/" + name, geteuid(), geteuid() == 0 ? 4321 : getegid()) == 0)
            try #require(chmod(home.path + "/" + name, 0o2775) == 0)
        }
        // Version 2, with the tags of acl(5) for owner, group and others.
        let list: [UInt8] =
            [2, 0, 0, 0] + [1, 0, 7, 0, 255, 255, 255, 255] + [4, 0, 7, 0, 255, 255, 255, 255]
            + [32, 0, 0, 0, 255, 255, 255, 255]
        let hasLists = setxattr(home.path + "/out", "system.posix_acl_default", list, list.count, 0) == 0
        try home.pull(["classes/A.cls": "2", "flows/F": ""], replace: true, suffix: "2222222222222222")
        for name in ["out", "out/classes"] {
            let status = try FileStatus(of: home.path + "/" + name)
            #expect(status.permissions == 0o2775)
            if geteuid() == 0 { #expect(status.group == 4321) }
        }
        #expect(try home.mode("out/flows") & S_ISGID != 0, "new folders are the group's too")
        if hasLists {
            #expect(getxattr(home.path + "/out", "system.posix_acl_default", nil, 0) == list.count)
        }
    }

    @Test("An empty folder is filled, and keeps its mode")
    func emptyFolder() throws {
        try home.makeDirectory("out")
        try #require(chmod(home.path + "/out", 0o750) == 0)
        #expect(try home.pull(["a": "1"]).change == .created)
        #expect(try home.mode("out") == 0o750)
        #expect(try home.tree() == ["out/", "out/a", "out/aprity-pull.json", "out/package.xml"])
    }

    @Test("Entries whose paths are used in the meantime stay aside and are reported")
    func leftover() throws {
        try home.pull(["a": "1"])
        try home.makeDirectory(".out.replaced-deadbeef00000000")
        try home.makeDirectory(".out.replaced-deadbeef00000000/.git")
        try home.write(".out.replaced-deadbeef00000000/.git/HEAD", "old")
        try home.write(".out.replaced-deadbeef00000000/free", "moves")
        try home.makeDirectory("out/.git")
        let outcome = try home.pull(["a": "2"], replace: true, suffix: "2222222222222222")
        #expect(outcome.leftovers == [FolderLeftover(home.path + "/.out.replaced-deadbeef00000000")])
        #expect(try home.read(".out.replaced-deadbeef00000000/.git/HEAD") == Array("old".utf8))
        #expect(try home.read("out/free") == Array("moves".utf8))
    }

    @Test(
        "If another pull replaces the folder before it is locked, this pull is refused and the other's folder is kept")
    func replacedMeanwhile() throws {
        try home.pull(["a": "1"])
        try home.write("out/mine", "mine")
        let target = try FolderTarget(path: home.path + "/out")
        let former = try #require(try target.check(.any))
        let staging = try FolderStaging(for: target, suffix: "1111111111111111", former: former)
        try home.pull(["a": "2"], target: "other", suffix: "2222222222222222")
        let parent = try Directory.open(home.path)
        try parent.rename("out", to: "replaced")
        try parent.rename("other", to: "out")
        let before = try home.tree()
        #expect(throws: MetadataFolderError.targetInUse(home.path + "/out")) {
            try staging.replaceVersion(former, by: FolderVersion(staging.root, PullRecord()))
        }
        #expect(try home.tree() == before)
        #expect(try home.read("out/a") == Array("2".utf8))
        #expect(try home.read("replaced/mine") == Array("mine".utf8))
    }

    @Test("A file that was changed and has its old time and size again counts as changed")
    func timeSetBack() throws {
        try home.write("file", "one")
        let path = home.path + "/file"
        let time = timespec(tv_sec: 1_700_000_000, tv_nsec: 0)
        try #require(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
        let before = try FileStatus(of: path)
        // Longer than the resolution of the file system's clock.
        usleep(50_000)
        try home.write("file", "two")
        try #require(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
        let after = try FileStatus(of: path)
        #expect(before != after)
        #expect(before.size == after.size)
        #expect(before.identity == after.identity)
    }

    @Test("A two-step move never replaces a file, and moves files, links and directories")
    func moveInSteps() throws {
        for name in ["a", "b"] { try home.makeDirectory(name) }
        let (a, b) = (try Directory.open(home.path + "/a"), try Directory.open(home.path + "/b"))
        try home.write("a/file", "1")
        try home.write("b/file", "2")
        #expect(throws: MetadataFolderError.io(operation: "link", path: home.path + "/b/file", errno: EEXIST)) {
            try a.moveInSteps(FileName("file"), to: b, as: FileName("file"))
        }
        #expect(try home.read("a/file") == Array("1".utf8) && home.read("b/file") == Array("2".utf8))
        try home.makeDirectory("a/folder")
        try home.write("a/folder/inner")
        try #require(symlink("nowhere", home.path + "/a/link") == 0)
        for name in ["folder", "link"] { try a.moveInSteps(FileName(name), to: b, as: FileName(name)) }
        try a.moveInSteps(FileName("file"), to: b, as: FileName("other"))
        #expect(try home.tree() == ["a/", "b/", "b/file", "b/folder/", "b/folder/inner", "b/link", "b/other"])
    }

    @Test("After a crash between the steps of a two-step move, the next pull removes one of the two names")
    func halfMoved() throws {
        try home.pull(["a": "1"])
        try home.write("out/mine", "mine")
        try home.makeDirectory(".out.replaced-deadbeef00000000")
        try #require(link(home.path + "/out/mine", home.path + "/.out.replaced-deadbeef00000000/mine") == 0)
        #expect(try home.pull(["a": "2"], replace: true, suffix: "2222222222222222").leftovers.isEmpty)
        #expect(try home.tree() == ["out/", "out/a", "out/aprity-pull.json", "out/mine", "out/package.xml"])
        #expect(try home.read("out/mine") == Array("mine".utf8))
    }
}
