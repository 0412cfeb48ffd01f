import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("The open store is the one at its path")
struct StorePremisesTests {
    private let folder: TemporaryFolder
    private var home: String { folder.path + "/home" }
    private var store: String { home + "/aprity.sqlite" }
    private var key: String { folder.path + "/master.key" }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        for file in [store, key] {
            try Data("x".utf8).write(to: URL(filePath: file))
            try setMode(0o600, file)
        }
    }

    private func setMode(_ mode: Int, _ file: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    private func premises() -> OpenedStoreCheck {
        OpenedStoreCheck(storePath: store, masterKey: MasterKeyFile(path: key, source: "test"))
    }

    @Test("The check passes while both files are in place")
    func fine() throws {
        let premises = premises()
        try premises.check()
        // Writing to it changes its content; it is still the same file.
        try FileHandle(forWritingTo: URL(filePath: store)).close()
        try premises.check()
    }

    @Test("A moved home, and one that was replaced by a copy, are detected")
    func moved() throws {
        let premises = premises()
        try FileManager.default.moveItem(atPath: home, toPath: home + ".old")
        #expect(thrown { try premises.check() }?.cause == .storeMoved)
        try FileManager.default.copyItem(atPath: home + ".old", toPath: home)
        #expect(thrown { try premises.check() }?.cause == .storeMoved)
        try FileManager.default.removeItem(atPath: home)
        try FileManager.default.moveItem(atPath: home + ".old", toPath: home)
        try premises.check()
    }

    @Test("A missing master key is detected")
    func masterKey() throws {
        let premises = premises()
        try FileManager.default.removeItem(atPath: key)
        #expect(thrown { try premises.check() }?.cause == .masterKeyMissing)
    }

    @Test(
        "A master key that others can read is detected, unless it is used for blocking",
        arguments: [0o644, 0o640, 0o440, 0o602])
    func exposed(_ mode: Int) throws {
        let premises = premises()
        try setMode(mode, key)
        let error = thrown { try premises.check() }
        #expect(error?.cause == .masterKeyUnsafe)
        #expect(error?.subject == key)
        let blocking = MasterKeyFile(path: key, source: "test").forBlocking
        try OpenedStoreCheck(storePath: store, masterKey: blocking).check()
        try setMode(0o400, key)
        try premises.check()
    }

    @Test("A systemd credential with mode 0440 is not exposed, because its folder excludes others")
    func credential() throws {
        let name = folder.path + "/aprity-master-key"
        try FileManager.default.moveItem(atPath: key, toPath: name)
        try setMode(0o440, name)
        let file = MasterKeyFile.located(nil, environment: ["CREDENTIALS_DIRECTORY": folder.path])
        #expect(file.path == name)
        try OpenedStoreCheck(storePath: store, masterKey: file).check()
    }

    @Test(
        "The error says why the store file cannot be used",
        arguments: [
            (ENOENT, .storeMoved, "no store file"), (EACCES, .storeMoved, "no longer read"),
            (EROFS, .inputOutput, "read-only"), (EIO, .inputOutput, "cannot be checked"),
        ] as [(Int32, Cause, String)])
    func reasons(_ code: Int32, _ cause: Cause, _ words: String) {
        let error = OpenedStoreCheck.unusable("/home/x", code)
        #expect(error.cause == cause)
        #expect(error.description.contains(words))
        #expect(error.evidence["errno"] == String(cString: strerror(code)))
    }

    @Test("If the store was replaced, the process grants no leases, and earlier leases are invalid")
    func gate() async throws {
        let time = TestTime()
        let world = try await TestWorld.connected(time: time)
        let gate = LeasedGate(
            records: world.records, orders: world.orders, surroundings: world.surroundings, name: "test",
            storeIdentity: premises())
        let appID = try await world.records.read { try $0.all(AppRecord.self)[0].value.id }
        let admission = try await gate.lease(for: appID, alias: "prod")
        #expect(gate.isValid(admission))
        try FileManager.default.moveItem(atPath: home, toPath: home + ".old")
        #expect(!gate.isValid(admission))
        #expect(await thrownByAwaiting { try await gate.confirm(admission, alias: "prod") }?.cause == .storeMoved)
        #expect(await thrownByAwaiting { try await gate.checkSigningConditions() }?.cause == .storeMoved)
    }
}
