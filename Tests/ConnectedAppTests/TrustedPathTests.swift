import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp
@testable import FileSystem

/// Paths that lead to programs, keys and stores.
@Suite("Trusted path")
struct TrustedPathTests {
    /// `outer/inner/file`, closed to others, in the folder for temporary files, which is sticky and open to all.
    private final class Places {
        private let folder: TemporaryFolder
        let outer: String
        let inner: String
        let file: String

        init() throws {
            folder = try TemporaryFolder()
            (outer, inner) = (folder.path + "/outer", folder.path + "/outer/inner")
            try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
            file = inner + "/file"
            try Data("x".utf8).write(to: URL(filePath: file))
            for (path, mode) in [(folder.path, 0o700), (outer, 0o755), (inner, 0o700), (file, 0o600)] {
                try setMode(path, mode)
            }
        }

        var top: String { folder.path }

        func setMode(_ path: String, _ mode: Int) throws {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }

        func link(_ path: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        }
    }

    @Test("A file is trusted if only root and its user can write the file and its parent folders")
    func trusted() throws {
        let places = try Places()
        try TrustedPath.check(places.file)
        try TrustedPath.check(places.inner + "/")
        try TrustedPath.check(places.outer + "/./inner/../inner//file")
    }

    @Test(
        "If others can write the file or a folder on the path, the refusal names it",
        arguments: ["outer", "outer/inner", "outer/inner/file"], [0o777, 0o2777, 0o757])
    func writable(_ name: String, _ mode: Int) throws {
        let places = try Places()
        let path = places.top + "/" + name
        try places.setMode(path, mode)
        let error = thrown { try TrustedPath.check(places.file, cause: .masterKeyUnsafe, subject: "it") }
        #expect(error?.cause == .masterKeyUnsafe)
        #expect(error?.subject == "it")
        #expect(error?.detail?.contains("\(path) (mode 0\(String(mode, radix: 8)))") == true)
    }

    @Test("A sticky folder that everybody can write is accepted, a sticky file is not")
    func sticky() throws {
        let places = try Places()
        try places.setMode(places.outer, 0o1777)
        try TrustedPath.check(places.file)
        try places.setMode(places.file, 0o1777)
        #expect(thrown { try TrustedPath.check(places.file) }?.cause == .configurationMalformed)
    }

    @Test("Links are followed: both the folder of a link and its target are checked")
    func links() throws {
        let places = try Places()
        try places.link(places.top + "/absolute", to: places.inner)
        try places.link(places.outer + "/relative", to: "../absolute/file")
        try TrustedPath.check(places.outer + "/relative")
        try places.setMode(places.inner, 0o777)
        let error = thrown { try TrustedPath.check(places.outer + "/relative") }
        #expect(error?.detail?.contains(places.inner) == true)
        try places.setMode(places.inner, 0o700)
        try places.setMode(places.outer, 0o777)
        #expect(thrown { try TrustedPath.check(places.outer + "/relative") }?.detail?.contains(places.outer) == true)
    }

    @Test("`..` after a link leaves the folder that the link leads to")
    func aboveALink() throws {
        let places = try Places()
        try places.link(places.top + "/link", to: "outer/inner")
        try places.setMode(places.outer, 0o777)
        #expect(thrown { try TrustedPath.check(places.top + "/link/../none") }?.detail?.contains("/outer ") == true)
    }

    @Test("Links in a circle are rejected, and so is a file in place of a folder")
    func endless() throws {
        let places = try Places()
        try places.link(places.top + "/a", to: "b")
        try places.link(places.top + "/b", to: "a")
        #expect(thrown { try TrustedPath.check(places.top + "/a") }?.detail?.contains("cannot be checked") == true)
        #expect(
            thrown { try TrustedPath.check(places.file + "/x") }?.detail
                == "\(places.file) is not a folder, so \(places.file)/x cannot exist.")
    }

    @Test("A path that does not exist yet is judged by its existing folders")
    func missing() throws {
        let places = try Places()
        try TrustedPath.check(places.inner + "/none/file")
        try places.setMode(places.outer, 0o777)
        #expect(thrown { try TrustedPath.check(places.inner + "/none/file") }?.cause == .configurationMalformed)
    }

    @Test("A relative path begins at the working folder")
    func relative() {
        let user = ProcessUser(id: 4_000_000, groups: [])
        let byName = TrustedPath.distrust(of: "none", by: user)
        #expect(byName == TrustedPath.distrust(of: FileManager.default.currentDirectoryPath + "/none", by: user))
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let (owner, group, mode): (UInt32, UInt32, UInt32)
        let isTrusted: Bool

        init(_ description: String, _ owner: UInt32, _ group: UInt32, _ mode: UInt32, _ isTrusted: Bool) {
            testDescription = description
            (self.owner, self.group, self.mode) = (owner, group, mode)
            self.isTrusted = isTrusted
        }
    }

    @Test(
        "Entries that the user 1000 with the groups 1000 and 2000 trusts",
        arguments: [
            Case("root's folder", 0, 0, 0o40755, true),
            Case("its own folder", 1000, 1000, 0o40700, true),
            Case("somebody else's folder", 1001, 1000, 0o40755, false),
            Case("somebody else's sticky folder", 1001, 1001, 0o41777, false),
            Case("somebody else's file", 1001, 1001, 0o100644, false),
            Case("somebody else's link", 1001, 1001, 0o120777, false),
            Case("root's link", 0, 0, 0o120777, true),
            Case("root's /tmp", 0, 0, 0o41777, true),
            Case("a Kubernetes volume with fsGroup", 0, 2000, 0o42775, true),
            Case("the same volume of another pod's group", 0, 3000, 0o42775, false),
            Case("a file in it that the group can write", 0, 2000, 0o100664, false),
            Case("root's folder for one of its groups, without the set-group-id bit", 0, 2000, 0o40775, false),
            Case("an emptyDir without fsGroup", 0, 0, 0o40777, false),
            Case("an emptyDir with fsGroup", 0, 2000, 0o42777, false),
            Case("an emptyDir in memory, or a mounted secret", 0, 0, 0o41777, true),
            Case("its own folder that its group can write", 1000, 1000, 0o40775, false),
            Case("its own file that its group can write", 1000, 2000, 0o100660, false),
            Case("its own file that everybody can write", 1000, 1000, 0o100606, false),
            Case("its own sticky file that everybody can write", 1000, 1000, 0o101606, false),
        ])
    func rule(_ given: Case) {
        let user = ProcessUser(id: 1000, groups: [1000, 2000])
        let entry = PathEntry(
            path: "/x", owner: given.owner, group: given.group, kind: FileStatus.Kind(mode: given.mode),
            permissions: given.mode & 0o7777)
        #expect((entry.distrust(by: user) == nil) == given.isTrusted)
    }

    @Test(
        "On a volume of the group, only folders and a store may be open to that group",
        arguments: [
            ("/volume/home", 1000, 2000, 0o42770, true, true),
            ("/volume/home/aprity.sqlite", 1000, 2000, 0o100660, false, true),
            ("/volume/program", 0, 2000, 0o100775, false, true), ("/volume/store", 1001, 2000, 0o100660, false, false),
            ("/volume/home", 1000, 1000, 0o40770, false, false), ("/volume/home", 1000, 2000, 0o42777, false, false),
            ("/volumes/home", 1000, 2000, 0o42770, false, false), ("/home", 1000, 2000, 0o42770, false, false),
        ] as [(String, UInt32, UInt32, UInt32, Bool, Bool)])
    func volume(
        _ path: String, _ owner: UInt32, _ group: UInt32, _ mode: UInt32, _ holdsPrograms: Bool, _ holdsStore: Bool
    ) {
        let user = ProcessUser(id: 1000, groups: [1000, 2000])
        func entry(_ path: String, _ owner: UInt32, _ group: UInt32, _ mode: UInt32) -> PathEntry {
            PathEntry(
                path: path, owner: owner, group: group, kind: FileStatus.Kind(mode: mode), permissions: mode & 0o7777)
        }
        let volume = entry("/volume", 0, 2000, 0o42775)
        #expect(volume.isVolume(of: user))
        for (content, isTrusted) in [(TrustedPath.Content.programOrSecret, holdsPrograms), (.store, holdsStore)] {
            let distrust = entry(path, owner, group, mode).distrust(by: user, on: volume, holding: content)
            #expect((distrust == nil) == isTrusted, "\(content)")
        }
    }
}
