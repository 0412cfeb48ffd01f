import ConnectedAppSQLite
import ConnectedAppTesting
import Foundation
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("Change of the master key")
struct MasterKeyRotationTests {
    private static let me = Principal(.commandLine, name: "me")

    struct Killed: Error {}

    /// A store with two connections and some tokens, and its key file.
    private struct World {
        let folder: TemporaryFolder
        private let storeFolder = try? TemporaryFolder()
        let store: any StoreKind.Store
        let file: MasterKeyFile
        let orders: BlockOrderFile

        init(_ kind: StoreKind, in folder: TemporaryFolder? = nil, name: String = "") async throws {
            self.folder = try folder ?? TemporaryFolder()
            store = try kind.make(try storeFolder ?? TemporaryFolder())
            file = MasterKeyFile(path: self.folder.path + "/master.key", source: "test")
            if !file.exists { _ = try file.create(randomBytes: SeededRandom(seed: 7).bytes) }
            orders = try Self.orderFile(file, self.folder.path + "/order" + name)
            let process = try Process(self)
            _ = try await process.records.initialise()
            for alias in ["one", "two"] {
                _ = try await process.service.connections.add(.test(alias), as: me)
            }
            for number in 0..<5 { try await process.keepToken("token \(number)") }
        }

        /// The order file, as another process opens it.
        func orderFile() throws -> BlockOrderFile { try Self.orderFile(file, folder.path + "/order") }

        private static func orderFile(_ file: MasterKeyFile, _ path: String) throws -> BlockOrderFile {
            BlockOrderFile(
                path: path, ring: try file.read(), surroundings: .test(TestTime(), seed: 5))
        }
    }

    /// A process that uses the store, with the keys that the file had when it started.
    private struct Process {
        let records: SealedRecords
        let keys: SealedKeyStore
        let service: AppService
        let surroundings = Surroundings.test(TestTime(), seed: UInt64.random(in: 2...9_999_999))

        init(_ world: World) throws {
            let ring = try world.file.read()
            var builder = ServiceBuilder(world.store, ring: ring, surroundings: surroundings)
            keys = SealedKeyStore(ring: ring, surroundings: surroundings)
            builder.orders = try world.orderFile()
            builder.keys = PreparedKeyStore(keys)
            records = builder.records
            service = builder.service()
        }

        func token(_ secret: String) throws -> OutstandingToken {
            try OutstandingToken(
                AccessToken(
                    secret: secret, scope: nil, instanceURL: "https://acme.my.salesforce.com", identityURL: nil,
                    tokenType: nil),
                appID: "app", alias: "one", firstSeen: surroundings.now(), ring: records.ring,
                randomBytes: surroundings.randomBytes)
        }

        func keepToken(_ secret: String) async throws {
            let token = try token(secret)
            try await records.write { try $0.keep(token) }
        }

        func credentials() async throws -> [CredentialRecord] {
            try await records.read { try $0.all(CredentialRecord.self).map(\.value) }
        }

        /// Opens everything, signs with every key, and saves something.
        func worksWithAll() async throws {
            #expect(try await service.connections.all(as: me).count >= 2)
            for credential in try await credentials() {
                let signature = try await keys.sign([1, 2, 3], with: credential.key, purpose: credential.purpose)
                #expect(
                    try await keys.publicKey(of: credential.key, purpose: credential.purpose)
                        .verifies(signature, over: [1, 2, 3]))
            }
            let ring = records.ring
            let secrets = try await records.read { reading in
                try reading.reading.outstandingTokens(after: "", limit: 100).map { try $0.secret(ring) }
            }
            #expect(secrets.count >= 5)
            #expect(secrets.allSatisfy { $0.hasPrefix("token ") })
            var changes = ConnectionChanges()
            changes.username = "j@acme.example"
            _ = try await service.connections.change("one", changes, as: me)
        }
    }

    private static func rotation(
        _ world: World, _ process: Process? = nil,
        onStep: @escaping @Sendable (MasterKeyRotation.Step) async throws -> Void = { _ in }
    ) throws -> MasterKeyRotation {
        let process = try process ?? Process(world)
        let store = world.store
        return MasterKeyRotation(
            file: world.file, records: process.records, orders: world.orders, surroundings: process.surroundings,
            principal: me, clean: { await (store as? SQLiteStore)?.clean() ?? true }, onStep: onStep)
    }

    private static func sealed(_ credential: CredentialRecord) throws -> SealedBytes {
        guard case .sealed(let sealed) = credential.key else { throw Killed() }
        return sealed
    }

    @Test("Everything is under the new key, and a running process follows automatically", arguments: StoreKind.all)
    func rotates(_ kind: StoreKind) async throws {
        let world = try await World(kind)
        let running = try Process(world)
        let before = try await running.credentials()
        let former = try world.file.keys()[0].id
        let view = try await Self.rotation(world).run(resealing: false, keepingFormer: false)
        #expect(view.formerKeyID == former)
        #expect(view.masterKeyID != former)
        #expect(!view.wasResumed)
        #expect(view.records == 6)
        #expect(view.tokens == 5)
        #expect(view.isFormerKeyDropped)
        #expect(view.isStoreCleaned)
        #expect(try world.file.keys().map(\.id) == [view.masterKeyID])
        for process in [running, try Process(world)] { try await process.worksWithAll() }
        let fresh = try Process(world)
        #expect(try await fresh.records.masterKeyIDsInUse() == [view.masterKeyID])
        for (old, new) in zip(before, try await fresh.credentials()) {
            let (old, new) = (try Self.sealed(old), try Self.sealed(new))
            #expect(old.ciphertext == new.ciphertext)
            #expect(old.wrappedDataKey != new.wrappedDataKey)
        }
        let acts = try await world.store.events(limit: 100).map(\.act)
        #expect(acts.count { $0 == .masterKeyRotated } == 1)
        #expect(acts.count { $0 == .masterKeyDropped } == 1)
    }

    @Test("Accounts and API tokens are accepted under the new key", arguments: StoreKind.all)
    func accountsAndTokens(_ kind: StoreKind) async throws {
        let world = try await World(kind)
        let running = try Process(world)
        let password = Password("correct horse battery")
        _ = try await running.service.accounts.add("alice", role: .admin, password: password, as: Self.me)
        let token = try await running.service.apiTokens.add(
            "script", scope: .read, connections: nil, days: 1, as: Self.me
        ).token
        // Writes the last use, which is a record too.
        _ = try await running.service.apiTokens.check(token)
        let view = try await Self.rotation(world).run(resealing: false, keepingFormer: false)
        for process in [running, try Process(world)] {
            #expect(try await process.service.accounts.signIn("alice", password: password) != nil)
            let shown = try await process.service.apiTokens.all(as: Self.me).shown
            #expect(shown.map { $0.lastUsedAt != nil } == [true])
            guard case .granted = try await process.service.apiTokens.check(token) else {
                Issue.record("the token was not accepted")
                return
            }
        }
        #expect(try await Process(world).records.masterKeyIDsInUse() == [view.masterKeyID])
    }

    @Test("With reseal, every private key and token is encrypted again", arguments: StoreKind.all)
    func reseals(_ kind: StoreKind) async throws {
        let world = try await World(kind)
        let running = try Process(world)
        let before = try await running.credentials()
        let view = try await Self.rotation(world).run(resealing: true, keepingFormer: false)
        #expect(view.isResealed)
        #expect(view.tokens == 5)
        #expect(view.signingKeysToRotate == ["one", "two"])
        for (old, new) in zip(before, try await running.credentials()) {
            #expect(try Self.sealed(old).ciphertext != Self.sealed(new).ciphertext)
        }
        try await running.worksWithAll()
    }

    /// Every combination of store, step, and with or without new data keys.
    static let interruptions = StoreKind.all.flatMap { kind in
        MasterKeyRotation.Step.allCases.flatMap { step in [false, true].map { Interruption(kind, step, $0) } }
    }

    struct Interruption: Sendable, CustomTestStringConvertible {
        let kind: StoreKind
        let step: MasterKeyRotation.Step
        let resealing: Bool
        var testDescription: String {
            "\(kind.testDescription), after \(step.rawValue)\(resealing ? ", with reseal" : "")"
        }

        init(_ kind: StoreKind, _ step: MasterKeyRotation.Step, _ resealing: Bool) {
            (self.kind, self.step, self.resealing) = (kind, step, resealing)
        }
    }

    @Test(
        "If it is interrupted at any step, everything stays readable, and the same command completes it",
        arguments: interruptions)
    func interrupted(_ interruption: Interruption) async throws {
        let world = try await World(interruption.kind)
        let (running, resealing) = (try Process(world), interruption.resealing)
        let before = try await running.credentials()
        let former = try world.file.keys()[0].id
        await #expect(throws: Killed.self) {
            try await Self.rotation(world) { if $0 == interruption.step { throw Killed() } }
                .run(resealing: resealing, keepingFormer: false)
        }
        for process in [try Process(world), running] { try await process.worksWithAll() }
        let wasOver = interruption.step == .formerKeyDropped
        if !wasOver {
            let view = try await Self.rotation(world).run(resealing: resealing, keepingFormer: false)
            #expect(view.wasResumed == (interruption.step != .begun))
        }
        let ids = try world.file.keys().map(\.id)
        #expect(ids.count == 1)
        #expect(ids != [former])
        #expect(try await Process(world).records.masterKeyIDsInUse() == Set(ids))
        for process in [try Process(world), running] { try await process.worksWithAll() }
        for (old, new) in zip(before, try await running.credentials()) where resealing {
            #expect(try Self.sealed(old).ciphertext != Self.sealed(new).ciphertext)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: world.folder.path).sorted() == ["master.key"])
    }

    @Test(
        "What older processes seal and save at each step is under the new key in the end", arguments: StoreKind.all)
    func meanwhile(_ kind: StoreKind) async throws {
        let world = try await World(kind)
        // Each process knows only the former key when its step comes.
        let running = Mutex(try MasterKeyRotation.Step.allCases.map { _ in try Process(world) })
        // This process seals before the change and saves after it.
        let late = try Process(world)
        let purpose = KeyPurpose(appID: "late", credentialID: "late")
        let reference = try await PreparedKeyStore(late.keys).create(size: .bits2048, purpose: purpose)
        let lateToken = try late.token("token late")
        _ = try await Self.rotation(world) { step in
            let process = running.withLock { $0.removeLast() }
            _ = try await process.service.connections.add(.test("at-\(step.rawValue)"), as: Self.me)
            try await process.keepToken("token \(step.rawValue)")
        }.run(resealing: true, keepingFormer: false)
        let certificate = try await late.credentials()[0].certificateDER
        try await late.records.write { writing in
            try writing.save(
                CredentialRecord(
                    id: "late", appID: "late", state: .next, origin: .generated, certificateDER: certificate,
                    key: reference, createdAt: Date(timeIntervalSince1970: 0)))
            try writing.keep(lateToken)
        }
        let fresh = try Process(world)
        #expect(try await fresh.records.masterKeyIDsInUse() == [try world.file.keys()[0].id])
        #expect(try await fresh.service.connections.all(as: Self.me).count == 2 + MasterKeyRotation.Step.allCases.count)
        try await fresh.worksWithAll()
    }

    @Test("A second store with the same key file keeps working if the former key is kept", arguments: StoreKind.all)
    func twoStores(_ kind: StoreKind) async throws {
        let first = try await World(kind)
        let second = try await World(kind, in: first.folder, name: "2")
        var view = try await Self.rotation(first).run(resealing: false, keepingFormer: true)
        #expect(!view.isFormerKeyDropped)
        try await Process(second).worksWithAll()
        view = try await Self.rotation(second).run(resealing: false, keepingFormer: false)
        #expect(view.wasResumed)
        #expect(view.isFormerKeyDropped)
        #expect(view.records == 6)
        for world in [first, second] { try await Process(world).worksWithAll() }
        #expect(try first.file.keys().count == 1)
    }

    @Test("If two run at once, one fails with the message that another process is changing the key")
    func alone() async throws {
        let world = try await World(StoreKind.all[0])
        let cause = Mutex<Cause?>(nil)
        _ = try await Self.rotation(world) { step in
            guard step == .keyAdded else { return }
            do { _ = try await Self.rotation(world).run(resealing: false, keepingFormer: false) } catch {
                cause.withLock { $0 = (error as? ConnectedAppError)?.cause }
            }
        }.run(resealing: false, keepingFormer: false)
        #expect(cause.withLock { $0 } == .storeBusy)
        #expect(try world.file.keys().count == 1)
    }

    @Test(
        "A block that was ordered before or meanwhile is in force afterwards",
        arguments: [MasterKeyRotation.Step.begun, .keyAdded, .recordsMoved, .recorded, .cleaned])
    func order(_ step: MasterKeyRotation.Step) async throws {
        let world = try await World(StoreKind.all[1])
        let order = BlockOrder(
            appIDs: nil, reason: "stolen", principal: Self.me, orderedAt: Date(timeIntervalSince1970: 1_795_435_200))
        let running = try world.orderFile()
        let rotation = try Self.rotation(world) {
            if $0 == step { _ = try await running.give(order, pendingAccordingTo: .unmarked) }
        }
        _ = try await rotation.run(resealing: false, keepingFormer: false)
        #expect(try await world.orderFile().state()?.orders == [order])
        #expect(try await running.state()?.orders == [order])
    }

    @Test(
        "An altered record is not moved to the new key, and the error names it; both keys stay",
        arguments: StoreKind.all
    )
    func altered(_ kind: StoreKind) async throws {
        let world = try await World(kind)
        let key = RecordKey(.connection, "one")
        try await world.store.write { writing in
            let stored = try #require(try writing.record(key))
            let body = String(decoding: stored.body, as: UTF8.self).replacing("integration@acme", with: "x@acme")
            try #require(Data(body.utf8) != stored.body)
            try writing.put(
                StoredRecord(
                    key: key, revision: stored.revision, body: Data(body.utf8), masterKeyID: stored.masterKeyID,
                    tag: stored.tag))
        }
        do {
            _ = try await Self.rotation(world).run(resealing: false, keepingFormer: false)
            Issue.record("The change of the master key succeeded.")
        } catch let error as ConnectedAppError {
            #expect(error.cause == .recordAltered)
            #expect(error.subject == "connection one")
        }
        #expect(try world.file.keys().count == 2)
        #expect(try await Process(world).service.connections.named("two", as: Self.me).alias == "two")
    }

    @Test("The key file keeps its mode and group, and a link stays a link")
    func file() async throws {
        let world = try await World(StoreKind.all[0])
        let real = world.folder.path + "/real.key"
        try FileManager.default.moveItem(atPath: world.file.path, toPath: real)
        try FileManager.default.createSymbolicLink(atPath: world.file.path, withDestinationPath: "real.key")
        #expect(chmod(real, 0o400) == 0)
        if getuid() == 0 { #expect(chown(real, 0, 65_534) == 0) }
        _ = try await Self.rotation(world).run(resealing: false, keepingFormer: false)
        let attributes = try FileManager.default.attributesOfItem(atPath: real)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o400)
        #expect(getuid() != 0 || (attributes[.groupOwnerAccountID] as? NSNumber)?.intValue == 65_534)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: world.file.path) == "real.key")
        try await Process(world).worksWithAll()
    }

    @Test("Afterwards, neither SQLite's file nor its log contains a data key wrapped by the former key")
    func freePages() async throws {
        let home = try TemporaryFolder()
        let kind = StoreKind(testDescription: "SQLite") { _ in
            try SQLiteStore(path: home.path + "/store.sqlite", mayCreate: true)
        }
        let world = try await World(kind)
        let wrapped = try await Process(world).credentials().map {
            Data(try Self.sealed($0).wrappedDataKey.base64EncodedString().utf8)
        }
        func found() throws -> Bool {
            try ["", "-wal"].contains { suffix in
                let path = home.path + "/store.sqlite" + suffix
                guard FileManager.default.fileExists(atPath: path) else { return false }
                let bytes = try Data(contentsOf: URL(filePath: path))
                return wrapped.contains { bytes.range(of: $0) != nil }
            }
        }
        #expect(try found())
        let view = try await Self.rotation(world).run(resealing: false, keepingFormer: false)
        #expect(view.isStoreCleaned)
        #expect(try !found())
    }
}
