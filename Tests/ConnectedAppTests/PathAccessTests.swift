import ConnectedAppTesting
import FileSystem
import Glibc
import Testing

@testable import ConnectedApp

/// Access to homes of other users.
@Suite("Access to a place")
struct PathAccessTests {
    private func entry(owner: UInt32, _ kind: FileStatus.Kind, _ permissions: UInt32) -> PathEntry {
        PathEntry(path: "/srv/home", owner: owner, group: owner, kind: kind, permissions: permissions)
    }

    @Test("The refusal names the folder, its owner and this user, and says to run the command as the owner")
    func ofAnother() {
        let error = PathAccess.refusal(of: entry(owner: 1, .directory, 0o700), right: X_OK, by: 65_534)
        #expect(error.cause == .homeClosed)
        #expect(error.subject == "/srv/home")
        #expect(error.detail == "It belongs to daemon (1) with the mode 0700, and nobody (65534) may not search it.")
        #expect(
            error.remedy.hasPrefix(
                "If a person uses this store, run the command as that user: `sudo -u daemon aprity …`."))
    }

    @Test("A user without a name is shown by number")
    func nameless() {
        let error = PathAccess.refusal(of: entry(owner: 4_000_001, .regularFile, 0o600), right: R_OK, by: 4_000_002)
        #expect(error.detail == "It belongs to user 4000001 with the mode 0600, and user 4000002 may not read it.")
        #expect(
            error.remedy.hasPrefix(
                "If a person uses this store, run the command as that user: `sudo -u '#4000001' aprity …`."))
    }

    @Test("For one's own folder, the remedy is chmod", arguments: [(X_OK, "u+rwx"), (R_OK, "u+rw")])
    func own(_ right: Int32, _ mode: String) {
        let kind: FileStatus.Kind = right == X_OK ? .directory : .regularFile
        let error = PathAccess.refusal(of: entry(owner: 1, kind, 0), right: right, by: 1)
        #expect(error.cause == .homeClosed)
        #expect(error.remedy == "Run `chmod \(mode)` on it.")
    }

    @Test("A missing path passes the check, and so does a path below a file", arguments: ["none/here", "file/below"])
    func missing(_ name: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("file", "x")
        try PathAccess.check(file: folder.path + "/" + name)
    }
}
