import ConnectedAppTesting
import FileSystem
import Foundation
import Glibc
import Testing

@testable import ConnectedApp

/// Tests which modes of a file with a secret are accepted.
@Suite("Secret exposure")
struct SecretExposureTests {
    private let user = ProcessUser(id: 1000, groups: [1000, 2000])

    private func entry(_ owner: UInt32, _ group: UInt32, _ permissions: UInt32) -> PathEntry {
        PathEntry(path: "/etc/aprity/secret", owner: owner, group: group, kind: .regularFile, permissions: permissions)
    }

    @Test(
        "A file counts as lent if root owns it and one of the user's groups may only read it",
        arguments: [
            (0, 2000, 0o440, true), (0, 1000, 0o640, true), (0, 3000, 0o440, false), (0, 2000, 0o460, false),
            (0, 2000, 0o450, false), (0, 2000, 0o444, false), (0, 2000, 0o441, false), (1000, 2000, 0o440, false),
            (1001, 2000, 0o440, false),
        ] as [(UInt32, UInt32, UInt32, Bool)])
    func lent(_ owner: UInt32, _ group: UInt32, _ permissions: UInt32, _ isLent: Bool) {
        #expect(entry(owner, group, permissions).isLentByRoot(to: user) == isLent)
    }

    @Test("For root, a file of root's group is not lent, and a file of another group is")
    func root() {
        let root = ProcessUser(id: 0, groups: [0, 2000])
        #expect(!entry(0, 0, 0o440).isLentByRoot(to: root))
        #expect(entry(0, 2000, 0o440).isLentByRoot(to: root))
    }

    @Test(
        "A secret is rejected if others can change its folder, whatever its own mode is, unless the folder is sticky",
        arguments: [(0o777, true), (0o1777, false), (0o775, true), (0o755, false)])
    func replaceable(_ mode: Int, _ isRefused: Bool) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("secret", "x")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path)
        let owner = ProcessUser(id: geteuid(), groups: [])
        let exposure = SecretExposure(of: path, try FileStatus(of: path), by: owner)
        #expect((exposure?.solution == .move) == isRefused)
        #expect(exposure?.detail(path).contains(folder.path) ?? false == isRefused)
    }

    @Test("A secret of another user is rejected, because that user can change it")
    func foreign() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("secret", "x")
        if geteuid() == 0 { try FileManager.default.setAttributes([.ownerAccountID: 4_000_000], ofItemAtPath: path) }
        let user = ProcessUser(id: geteuid() == 0 ? 0 : geteuid() + 1, groups: [])
        let exposure = SecretExposure(of: path, try FileStatus(of: path), by: user)
        #expect(exposure?.detail(path).contains("who can replace it") == true)
    }

    @Test("A file whose mode cannot be read is rejected")
    func unknown() {
        #expect(SecretExposure(of: "/none", nil, by: user)?.reason == .unknown)
    }

    @Test("If the user may change the mode, the remedy is chmod; otherwise, it says what root must do")
    func mending() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("secret", "x")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let status = try FileStatus(of: path)
        let owner = ProcessUser(id: status.owner, groups: [])
        #expect(SecretExposure(of: path, status, by: owner)?.solution == .changeMode)
        let another = ProcessUser(id: status.owner + 1, groups: [])
        #expect(SecretExposure(of: path, status, by: another)?.solution == .changeMount)
        try FileManager.default.setAttributes([.posixPermissions: 0o2775], ofItemAtPath: folder.path)
        let member = ProcessUser(id: status.owner, groups: [status.group])
        #expect(SecretExposure(of: path, status, by: member)?.solution == .changeModeOfVolume)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        #expect(SecretExposure(of: path, try FileStatus(of: path), by: owner) == nil)
    }
}
