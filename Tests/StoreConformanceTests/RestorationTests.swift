import ConnectedAppSQLite
import ConnectedAppTesting
import Foundation
import JWTBearer
import Testing

@testable import ConnectedApp

@Suite("Backup and restore of a store")
struct RestorationTests {
    private static let me = Principal(.commandLine, name: "me")
    private static let passphrase = Array("correct horse battery".utf8)

    struct Failed: Error {}

    /// A home with a store of two connections, and its keys beside it.
    private final class Home: Sendable {
        let folder: TemporaryFolder
        let name: String
        let surroundings = Surroundings.test(TestTime(), seed: 11)
        let custody: CustodyFiles
        var path: String { folder.path + "/" + name }
        var storePath: String { path + "/aprity.sqlite" }
        var orderPath: String { path + "/block-order" }

        /// - Parameter keys: The folder of the key files.
        init(_ folder: TemporaryFolder, _ name: String, keys: String) {
            (self.folder, self.name) = (folder, name)
            let keys = folder.path + "/" + keys
            custody = CustodyFiles(
                masterKey: MasterKeyFile(path: keys + "/master.key", source: "test"), auditKey: keys + "/audit.key",
                auditCheckpoints: keys + "/checkpoints")
        }

        /// - Parameter historyID: `nil` as in the stores of former versions.
        func make(seed: UInt64 = 7, historyID: String? = nil) async throws {
            try OutputFile.makeFolder(path)
            if !custody.masterKey.exists {
                _ = try custody.masterKey.create(randomBytes: SeededRandom(seed: seed).bytes)
            }
            let store = try SQLiteStore(path: storePath, mayCreate: true)
            _ = try await SealedRecords(store: store, ring: try custody.masterKey.read()).initialise(
                historyID: historyID)
            let service = try service(store)
            for alias in ["one", "two"] {
                _ = try await service.connections.add(.test(alias), as: me)
            }
            try store.close()
        }

        func service(_ store: SQLiteStore) throws -> AppService {
            let ring = try custody.masterKey.read()
            var builder = ServiceBuilder(store, ring: ring, surroundings: surroundings)
            builder.orders = orders(ring)
            builder.trail = AuditTrail(
                store: store, keyFile: custody.auditKey, exports: AuditExports(file: custody.auditCheckpoints),
                surroundings: surroundings)
            return builder.service()
        }

        func orders(_ ring: MasterKeyRing) -> BlockOrderFile {
            BlockOrderFile(path: orderPath, ring: ring, surroundings: surroundings)
        }

        /// Runs a body with the store open.
        func opened<T>(_ body: (SQLiteStore, AppService) async throws -> T) async throws -> T {
            let store = try SQLiteStore(path: storePath, mayCreate: false)
            let value = try await body(store, service(store))
            try store.close()
            return value
        }

        func backUp(_ file: String) async throws -> BackupView {
            try await opened { store, service in
                try await service.backups.make(
                    to: folder.path + "/" + file, passphrase: passphrase, store: files(store), custody: custody, as: me)
            }
        }

        func restore(
            _ file: String, force: Bool = false, isInUse: Bool = false,
            opening:
                @escaping @Sendable (String, @Sendable (any RecordStore) async throws -> Void) async throws -> Void = {
                    path, body in
                    let store = try SQLiteStore(path: path, mayCreate: false)
                    try await body(store)
                    try store.close()
                },
            whenVerified: @escaping @Sendable () async throws -> Void = {}
        ) async throws -> RestoreView {
            try await Restoration(
                home: path, storePath: storePath, blockOrderPath: orderPath, custody: custody,
                store: StoreFiles(bytes: { [] }, image: { try SQLiteImage($0) }, isInUse: { _ in isInUse }),
                mayDisplace: force, surroundings: surroundings, checkAcceptance: { _ in try await whenVerified() },
                opening: opening
            ).restore(folder.path + "/" + file, passphrases: [passphrase], as: me)
        }

        /// Every file in the folder, with its content.
        func everything() throws -> [String: Data] {
            var found: [String: Data] = [:]
            for case let name as String in FileManager.default.enumerator(atPath: folder.path) ?? .init() {
                found[name] = FileManager.default.contents(atPath: folder.path + "/" + name) ?? Data()
            }
            return found
        }
    }

    private static func files(_ store: SQLiteStore) -> StoreFiles {
        StoreFiles(bytes: { try store.image() }, image: { try SQLiteImage($0) }, isInUse: { _ in false })
    }

    @Test("After a restore, apps are blocked, tokens are to be revoked, no lease exists, and the audit record says so")
    func restored() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        let ring = try home.custody.masterKey.read()
        try await home.opened { store, service in
            let records = SealedRecords(store: store, ring: ring)
            _ = try await service.accounts.add(
                "alice", role: .admin, password: Password("correct horse battery"), as: Self.me)
            _ = try await service.apiTokens.add("script", scope: .read, connections: nil, days: 9, as: Self.me)
            let app = try #require(try await records.read { try $0.all(AppRecord.self).first?.value.id })
            let token = try OutstandingToken(
                AccessToken(
                    secret: "a token", scope: nil, instanceURL: "https://acme.my.salesforce.com", identityURL: nil,
                    tokenType: nil),
                appID: app, alias: "one", firstSeen: home.surroundings.now(), ring: ring,
                randomBytes: home.surroundings.randomBytes)
            try await records.write { writing in
                try writing.keep(token)
                try writing.writing.renew(Lease(process: "p", name: "n", revision: 1, renewedAt: Date()))
            }
        }
        let made = try await home.backUp("b")
        #expect(made.lastAuditRecord >= 3)
        #expect(FileManager.default.contents(atPath: made.file)?.count == made.bytes)
        let other = Home(folder, "elsewhere", keys: "other-keys")
        let view = try await other.restore("b")
        #expect(view.blockedApps == 2)
        #expect(view.tokensToRevoke == 1)
        #expect(view.accounts == ["alice"])
        #expect(view.apiTokens == ["script"])
        #expect(view.connections == ["one", "two"])
        #expect(view.madeMasterKey)
        #expect(view.keptAside.isEmpty)
        #expect(!view.checkpointsAreNewer)
        #expect(view.lastAuditRecord == made.lastAuditRecord)
        try await other.opened { store, service in
            #expect(try await service.connections.all(as: Self.me).allSatisfy(\.isBlocked))
            #expect(try await store.read { try $0.outstandingTokens(after: "", limit: 9).map(\.state) } == [.revoking])
            #expect(try await store.read { try $0.leases() }.isEmpty)
            let event = try #require(try await store.events(limit: 100).first { $0.act == .storeRestored })
            #expect(event.facts["restoredFrom"] == String(made.lastAuditRecord))
            #expect(await thrown { try await service.tokens.accessToken(for: "one", as: Self.me) } == .blocked)
        }
        for name in [
            "elsewhere/aprity.sqlite", "elsewhere/block-order", "other-keys/master.key", "other-keys/audit.key",
        ] {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)[.posixPermissions]
            #expect(mode as? Int == 0o600, "\(name)")
        }
    }

    @Test("If a restore fails, nothing has changed, with and without files that had to be moved")
    func fails() async throws {
        for (force, keys) in [(false, "new-keys"), (true, "keys"), (true, "other-keys")] {
            let folder = try TemporaryFolder()
            let home = Home(folder, "home", keys: "keys")
            try await home.make()
            _ = try await home.backUp("b")
            let other = Home(folder, force ? "home" : "new", keys: keys)
            if keys == "other-keys" { _ = try other.custody.masterKey.create(randomBytes: SeededRandom(seed: 9).bytes) }
            try OutputFile.makeFolder(other.path)
            try OutputFile.makeFolder(FolderPath.above(other.custody.auditKey))
            let before = try other.everything()
            await #expect(throws: Failed.self) {
                _ = try await other.restore("b", force: force) { _, _ in throw Failed() }
            }
            #expect(try other.everything() == before)
            // Fails later, because the path of the keys is a folder by then.
            let blocking = folder.path + "/" + keys + "/checkpoints"
            if force {
                try? FileManager.default.removeItem(atPath: blocking)
                try FileManager.default.createDirectory(atPath: blocking, withIntermediateDirectories: true)
                let before = try other.everything()
                await #expect(throws: ConnectedAppError.self) { _ = try await other.restore("b", force: force) }
                #expect(try other.everything() == before)
            }
        }
    }

    @Test(
        "Existing files stay without --force and are moved with it, but not while a process uses the store"
    )
    func force() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        _ = try await home.backUp("b")
        try await home.opened { _, service in _ = try await service.blocks.block("one", reason: "drill", as: Self.me) }
        let before = try home.everything()
        #expect(await thrown { try await home.restore("b") } == .restorePlaceTaken)
        #expect(await thrown { try await home.restore("b", force: true, isInUse: true) } == .storeBusy)
        #expect(try home.everything() == before)
        let view = try await home.restore("b", force: true)
        let aside = try #require(view.keptAside.first { $0.hasPrefix(home.path) })
        #expect(FileManager.default.contents(atPath: aside + "/aprity.sqlite") == before["home/aprity.sqlite"])
        #expect(!view.madeMasterKey)
        // What was moved aside does not get in the way.
        for name in ["aprity.sqlite", "block-order"] {
            try FileManager.default.removeItem(atPath: home.path + "/" + name)
        }
        _ = try await home.restore("b")
    }

    @Test("A home that gets a store while the backup is read is checked again, and keeps its store")
    func takenMeanwhile() async throws {
        for force in [false, true] {
            let folder = try TemporaryFolder()
            let home = Home(folder, "home", keys: "keys")
            try await home.make()
            _ = try await home.backUp("b")
            let other = Home(folder, "other", keys: "keys")
            let cause = await thrown {
                try await other.restore("b", force: force, isInUse: true, whenVerified: { try await other.make() })
            }
            #expect(cause == (force ? .storeBusy : .restorePlaceTaken))
            #expect(try await other.opened { _, service in try await service.connections.all(as: Self.me).count } == 2)
        }
    }

    @Test("Of two restores into one home at once, the second fails and takes nothing from the first")
    func twoAtOnce() async throws {
        for force in [false, true] {
            let folder = try TemporaryFolder()
            let home = Home(folder, "home", keys: "keys")
            try await home.make()
            _ = try await home.backUp("b")
            let other = Home(folder, "other", keys: "other-keys")
            _ = try await other.restore("b", force: force) { path, body in
                #expect(await thrown { try await other.restore("b", force: force) } == .storeBusy)
                let store = try SQLiteStore(path: path, mayCreate: false)
                try await body(store)
                try store.close()
            }
            #expect(try await other.opened { _, service in try await service.connections.all(as: Self.me).count } == 2)
            #expect(other.custody.masterKey.exists)
            let names = try FileManager.default.contentsOfDirectory(atPath: other.path)
            #expect(!names.contains { $0.contains("restor") || $0 == HomeLock.fileName })
        }
    }

    @Test("A failing restore removes only what it created itself")
    func foreignFiles() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        _ = try await home.backUp("b")
        let other = Home(folder, "other", keys: "other-keys")
        let cause = await thrown {
            try await other.restore("b") { path, body in
                let store = try SQLiteStore(path: path, mayCreate: false)
                try await body(store)
                try store.close()
                // Another process creates the master key and the store now.
                _ = try other.custody.masterKey.create(randomBytes: SeededRandom(seed: 9).bytes)
                try Data("theirs".utf8).write(to: URL(filePath: other.storePath))
            }
        }
        #expect(cause == .outputExists)
        #expect(try other.custody.masterKey.keys().count == 1)
        #expect(FileManager.default.contents(atPath: other.storePath) == Data("theirs".utf8))
    }

    @Test("What cannot be moved back, because another file has its name, is named")
    func notMovedBack() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        _ = try await home.backUp("b")
        let error = await #expect(throws: ConnectedAppError.self) {
            _ = try await home.restore("b", force: true) { _, _ in
                try Data("theirs".utf8).write(to: URL(filePath: home.storePath))
                throw ConnectedAppError(.diskFull)
            }
        }
        #expect(error?.cause == .diskFull)
        #expect(error?.description.contains("/before-restore-") == true)
        #expect(FileManager.default.contents(atPath: home.storePath) == Data("theirs".utf8))
    }

    @Test("After a killed restore, a missing store is explained, with the folder of the former one")
    func interrupted() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        #expect(ConnectedAppError.noStore(at: home.storePath).detail == nil)
        let former = home.path + "/before-restore-20261129T000000Z"
        try OutputFile.makeFolder(former)
        #expect(ConnectedAppError.noStore(at: home.storePath).detail == nil, "there is no store in the folder")
        try Data().write(to: URL(filePath: former + "/aprity.sqlite"))
        let error = #expect(throws: ConnectedAppError.self) {
            _ = try SQLiteStore(path: home.storePath, mayCreate: false)
        }
        #expect(error?.cause == .notInitialised)
        #expect(
            error?.detail == "There is no store here. An earlier restore moved a former store to \(former).",
            "a completed restore leaves the folder, too")
        #expect(error?.remedy.hasPrefix("If that restore was interrupted, run it again") == true)
        try Data().write(to: URL(filePath: Restoration.draft(of: home.storePath)))
        let killed = ConnectedAppError.noStore(at: home.storePath)
        #expect(
            killed.detail
                == "There is no store here: a restore was interrupted. Former stores were moved to \(former).")
        #expect(killed.remedy.hasPrefix("Run the restore again, with --force") == true)
    }

    @Test("Unfinished files of a killed init do not prevent a restore, and are removed")
    func initDrafts() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        _ = try await home.backUp("b")
        let other = Home(folder, "other", keys: "other-keys")
        try OutputFile.makeFolder(other.path)
        let drafts = ["", "-wal", "-shm"].map { other.storePath + ".new-4711-0" + $0 }
        for draft in drafts { try Data("half".utf8).write(to: URL(filePath: draft)) }
        _ = try await other.restore("b")
        for draft in drafts { #expect(!FileManager.default.fileExists(atPath: draft)) }
    }

    @Test("A trigger in the store of a backup is found")
    func triggerInBackup() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        _ = try await OutsideTool("sqlite3").output([
            home.storePath, "CREATE TRIGGER quiet AFTER INSERT ON auditRecord BEGIN DELETE FROM auditRecord; END",
        ])
        var store = [UInt8](try Data(contentsOf: URL(filePath: home.storePath)))
        // Without WAL mode, as in a backup.
        (store[18], store[19]) = (1, 1)
        let image = #expect(throws: ConnectedAppError.self) { _ = try SQLiteImage(store) }
        #expect(image?.cause == .storeDamaged)
        try BackupContent(
            madeAt: Date(), lastAuditRecord: 1, store: store,
            masterKey: Array(try home.custody.masterKey.content().utf8), auditKey: [], auditCheckpoints: []
        ).write(
            to: folder.path + "/b", passphrase: Self.passphrase, randomBytes: home.surroundings.randomBytes,
            costExponent: 10)
        let other = Home(folder, "new", keys: "new-keys")
        let error = await #expect(throws: ConnectedAppError.self) { _ = try await other.restore("b") }
        #expect(error?.cause == .backupDamaged)
        #expect(error?.description.contains("trigger quiet") == true)
    }

    @Test("A short passphrase is rejected by its characters, not by its bytes")
    func shortPassphrase() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        let cause = await thrown {
            try await home.opened { store, service in
                try await service.backups.make(
                    to: folder.path + "/b", passphrase: Array("äöüäöü".utf8), store: Self.files(store),
                    custody: home.custody, as: Self.me)
            }
        }
        #expect(cause == .usage)
    }

    @Test("An incomplete file of a killed restore does not prevent the next one, and is removed")
    func incompleteDraft() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        _ = try await home.backUp("b")
        let other = Home(folder, "other", keys: "other-keys")
        try FileManager.default.createDirectory(atPath: other.path, withIntermediateDirectories: false)
        let draft = other.path + "/aprity.sqlite.restoring.partial-4711-0"
        try Data("half".utf8).write(to: URL(filePath: draft))
        _ = try await other.restore("b")
        #expect(!FileManager.default.fileExists(atPath: draft))
    }

    @Test("A home that cannot be listed does not count as empty", arguments: [false, true])
    func unlistable(_ force: Bool) async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        _ = try await home.backUp("b")
        let other = Home(folder, "file", keys: "other-keys")
        try Data("mine".utf8).write(to: URL(filePath: other.path))
        #expect(await thrown { try await other.restore("b", force: force) } == .fileUnreadable)
        #expect(FileManager.default.contents(atPath: other.path) == Data("mine".utf8))
    }

    @Test("Files of another store beside the master key are not overwritten")
    func foreignKeys() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        _ = try await home.backUp("b")
        let other = Home(folder, "new", keys: "other-keys")
        let files = [other.custody.masterKey.path, other.custody.auditKey, other.custody.auditCheckpoints]
        try OutputFile.makeFolder(FolderPath.above(files[0]))
        for path in files {
            try Data("aprity-master-key-1:\(String(repeating: "ab", count: 32))\n".utf8).write(to: URL(filePath: path))
            chmod(path, 0o600)
            #expect(await thrown { try await other.restore("b") } == .restorePlaceTaken, "\(path)")
            try FileManager.default.removeItem(atPath: path)
        }
        for path in files { try Data("x\n".utf8).write(to: URL(filePath: path)) }
        let view = try await other.restore("b", force: true)
        #expect(view.keptAside.count == 3)
        #expect(view.madeMasterKey)
        for path in view.keptAside { #expect(try String(contentsOfFile: path, encoding: .utf8) == "x\n") }
        #expect(try await other.opened { _, service in try await service.connections.all(as: Self.me).count } == 2)
    }

    @Test("Backups are valid even if the store is written and its master key changes meanwhile")
    func whileWorking() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        let writers = Task {
            while !Task.isCancelled {
                try await home.opened { _, service in
                    var changes = ConnectionChanges()
                    changes.username = "u\(Int.random(in: 0..<1_000_000))@acme.example"
                    _ = try await service.connections.change("one", changes, as: Self.me)
                }
            }
        }
        let rotations = Task {
            for _ in 0..<4 {
                try await home.opened { store, service in
                    _ = try await service.masterKey.rotate(
                        in: home.custody.masterKey, resealing: true, keepingFormer: false,
                        clean: { await store.clean() }, as: Self.me)
                }
            }
        }
        var last: Int64 = 0
        for number in 0..<4 {
            let view = try await home.backUp("b\(number)")
            #expect(view.lastAuditRecord > last)
            last = view.lastAuditRecord
        }
        try await rotations.value
        writers.cancel()
        _ = try? await writers.value
        for number in 0..<4 {
            let view = try await BackupFile.verify(
                folder.path + "/b\(number)", passphrases: [Self.passphrase],
                store: StoreFiles(bytes: { [] }, image: { try SQLiteImage($0) }, isInUse: { _ in false }))
            #expect(view.isGood, "\(view.checks.filter { !$0.passes }.map(\.sentence))")
        }
    }

    @Test("A backup whose store was altered is detected, and not restored")
    func changedInside() async throws {
        let folder = try TemporaryFolder()
        let home = Home(folder, "home", keys: "keys")
        try await home.make()
        let masterKey = Array(try home.custody.masterKey.content().utf8)
        var bytes = try await home.opened { store, _ in try store.image() }
        let name = Data("acme.my.salesforce.com".utf8)
        let found = try #require(Data(bytes).range(of: name))
        bytes[found.lowerBound] = UInt8(ascii: "b")
        func write(_ name: String, _ store: [UInt8], _ key: [UInt8]) throws {
            try BackupContent(
                madeAt: Date(), lastAuditRecord: 1, store: store, masterKey: key, auditKey: [], auditCheckpoints: []
            ).write(
                to: folder.path + "/" + name, passphrase: Self.passphrase, randomBytes: home.surroundings.randomBytes,
                costExponent: 10)
        }
        try write("row", bytes, masterKey)
        try write("none", Array("no store".utf8), masterKey)
        try write("key", try await home.opened { store, _ in try store.image() }, Array("no key".utf8))
        let other = Home(folder, "new", keys: "new-keys")
        for name in ["row", "none", "key"] {
            #expect(await thrown { try await other.restore(name) } == .backupDamaged, "\(name)")
            #expect(!FileManager.default.fileExists(atPath: other.path))
        }
        let error = await #expect(throws: ConnectedAppError.self) { _ = try await other.restore("key") }
        #expect(error?.description.contains("no usable master key") == true)
    }

    private func thrown<T>(_ body: () async throws -> T) async -> Cause? {
        do { _ = try await body() } catch { return (error as? ConnectedAppError)?.cause }
        return nil
    }

    /// Makes a home, and a backup of it that has fewer checkpoints than the checkpoint file.
    private func homeWithNewerCheckpoints(_ folder: TemporaryFolder, historyID: String?) async throws -> Home {
        let home = Home(folder, "home", keys: "keys")
        try await home.make(historyID: historyID)
        try await home.opened { _, service in _ = try await service.audit.checkpoint() }
        _ = try await home.backUp("b")
        try await home.opened { _, service in
            _ = try await service.blocks.block("one", reason: "drill", as: Self.me)
            _ = try await service.audit.checkpoint()
        }
        return home
    }

    @Test(
        "A checkpoint file with more checkpoints than the backup stays where it is, with and without --force",
        arguments: [false, true])
    func newerCheckpoints(_ force: Bool) async throws {
        let folder = try TemporaryFolder()
        let home = try await homeWithNewerCheckpoints(folder, historyID: "first")
        let live = FileManager.default.contents(atPath: home.custody.auditCheckpoints)
        // Another home with the same key files, as in a drill in which the service's variables are set.
        let other = force ? home : Home(folder, "drill", keys: "keys")
        let view = try await other.restore("b", force: force)
        #expect(view.checkpointsAreNewer)
        #expect(view.keptAside.allSatisfy { $0.hasPrefix(home.path + "/") })
        #expect(FileManager.default.contents(atPath: home.custody.auditCheckpoints) == live)
        try await other.opened { _, service in
            _ = try await service.audit.checkpoint()
            let verified = try await service.audit.verify(as: Self.me)
            #expect(verified.isIntact, "\(verified.findings)")
        }
    }

    @Test("Newer checkpoints of a former version are moved aside, but only with --force")
    func newerCheckpointsOfFormerVersion() async throws {
        let folder = try TemporaryFolder()
        let home = try await homeWithNewerCheckpoints(folder, historyID: nil)
        let live = FileManager.default.contents(atPath: home.custody.auditCheckpoints)
        let drill = Home(folder, "drill", keys: "keys")
        #expect(await thrown { try await drill.restore("b") } == .restorePlaceTaken)
        #expect(FileManager.default.contents(atPath: home.custody.auditCheckpoints) == live)
        let view = try await home.restore("b", force: true)
        let aside = try #require(view.keptAside.first { $0.hasPrefix(home.custody.auditCheckpoints) })
        #expect(FileManager.default.contents(atPath: aside) == live)
        try await home.opened { _, service in
            _ = try await service.audit.checkpoint()
            #expect(try await service.audit.verify(as: Self.me).isIntact)
        }
    }
}
