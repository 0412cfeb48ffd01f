import ConnectedAppTesting
import Synchronization
import Testing

@testable import ConnectedApp

/// When private keys that stay decrypted in memory are removed.
@Suite("Forgotten keys")
struct ForgottenKeysTests {
    private static let me = Principal(.commandLine, name: "me")

    private static func world(_ keys: WatchedKeyStore, _ time: TestTime = TestTime()) async throws -> TestWorld {
        try await TestWorld.connected(.test(), time: time, transport: ScriptedOrg { time.now }.transport, keys: keys)
    }

    @Test("A block removes the keys of its app at once")
    func block() async throws {
        let keys = try WatchedKeyStore()
        let world = try await Self.world(keys)
        let app = try await world.records.read { try $0.all(AppRecord.self).map(\.value.id) }
        #expect(keys.forgotten == [])
        _ = try await world.service.blocks.block("prod", reason: "drill", as: Self.me)
        #expect(keys.forgotten == [app])
    }

    @Test("The watch of a server removes all keys if it has no lease or records have changed, and none otherwise")
    func watch() async throws {
        let (keys, time) = (try WatchedKeyStore(), TestTime())
        let world = try await Self.world(keys, time)
        let watch = Task { await world.service.blocks.runWatch() }
        defer { watch.cancel() }
        await time.sleepers(atLeast: 1)
        #expect(keys.forgotten == [nil], "no lease")
        _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        time.advance(by: .seconds(1))
        await time.sleepers(atLeast: 1)
        #expect(keys.forgotten == [nil, nil], "a sign-in changes records")
        // A hand-out grants a lease on the present records.
        _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        time.advance(by: .seconds(1))
        await time.sleepers(atLeast: 1)
        #expect(keys.forgotten == [nil, nil])
    }
}

/// A sealed key store that records which keys are to be forgotten.
private final class WatchedKeyStore: KeyStore {
    private let base: PreparedKeyStore
    private let calls = Mutex<[[String]?]>([])

    init() throws {
        base = PreparedKeyStore(SealedKeyStore(ring: try MasterKeyRing.test(), surroundings: .test(TestTime())))
    }

    /// The apps of each call, in order; `nil` for all apps.
    var forgotten: [[String]?] { calls.withLock { $0 } }

    var kinds: [KeyStoreKind] { base.kinds }

    func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        try await base.create(size: size, purpose: purpose)
    }

    func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference {
        try await base.adopt(key, purpose: purpose)
    }

    func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey {
        try await base.publicKey(of: reference, purpose: purpose)
    }

    func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8] {
        try await base.sign(message, with: reference, purpose: purpose)
    }

    func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws {
        try await base.destroy(reference, purpose: purpose)
    }

    func forgetOpenKeys(of appIDs: [String]?) { calls.withLock { $0.append(appIDs) } }
}
