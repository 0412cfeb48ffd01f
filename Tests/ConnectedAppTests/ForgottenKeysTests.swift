import ConnectedAppTesting
import Synchronization
import Testing

@testable import ConnectedApp

/// When private keys that stay decrypted in memory are removed.
@Suite("Forgotten keys")
struct ForgottenKeysTests {
    private static let me = Principal(.commandLine, name: "me")

    private static func world(_ keys: WatchedKeys, _ time: TestTime = TestTime()) async throws -> TestWorld {
        try await TestWorld.connected(
            .test(), time: time, transport: ScriptedOrg { time.now }.transport,
            keys: try keys.store())
    }

    @Test("A block removes the keys of its app at once")
    func block() async throws {
        let keys = WatchedKeys()
        let world = try await Self.world(keys)
        let app = try await world.records.read { try $0.all(AppRecord.self).map(\.value.id) }
        #expect(keys.forgotten.withLock { $0 } == [])
        _ = try await world.service.blocks.block("prod", reason: "drill", as: Self.me)
        #expect(keys.forgotten.withLock { $0 } == [app])
    }

    @Test("The watch of a server removes all keys in each round")
    func watch() async throws {
        let (keys, time) = (WatchedKeys(), TestTime())
        let world = try await Self.world(keys, time)
        let watch = Task { await world.service.blocks.runWatch() }
        defer { watch.cancel() }
        await time.sleepers(atLeast: 1)
        #expect(keys.forgotten.withLock { $0 } == [nil])
        time.advance(by: .seconds(1))
        await time.sleepers(atLeast: 1)
        #expect(keys.forgotten.withLock { $0 } == [nil, nil])
    }
}

/// Prepared keys, and which of them were to be forgotten: the apps of each call, in order; `nil` for all apps.
private final class WatchedKeys: Sendable {
    let forgotten = Mutex<[[String]?]>([])

    func store() throws -> PreparedKeyStore {
        PreparedKeyStore(SealedKeyStore(ring: try MasterKeyRing.test(), surroundings: .test(TestTime()))) {
            [self] ids in
            forgotten.withLock { $0.append(ids) }
        }
    }
}
