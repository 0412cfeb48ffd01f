import ConnectedAppTesting
import Testing

@testable import ConnectedApp

/// Private keys that stay decrypted in memory.
@Suite("Open keys")
struct OpenKeysTests {
    private static let purpose = KeyPurpose(appID: "app", credentialID: "credential")

    private static func key() throws -> RSAKey {
        try RSAKey(pem: TestKeys.first) { () throws(ConnectedAppError) in nil }
    }

    private static func sealed(seed: UInt64) throws -> SealedBytes {
        try MasterKeyRing.test().seal([1, 2, 3], binding: ["a"], randomBytes: SeededRandom(seed: seed).bytes)
    }

    /// Counts how often a key is decrypted.
    private final class Opening {
        let keys = OpenKeys()
        private(set) var count = 0

        func use(
            _ sealed: SealedBytes, _ purpose: KeyPurpose = OpenKeysTests.purpose, at now: Duration
        ) throws {
            _ = try keys.key(of: sealed, purpose, at: now) {
                count += 1
                return try OpenKeysTests.key()
            }
        }
    }

    @Test("A key is decrypted once in ten seconds, counted from its decryption")
    func lifetime() throws {
        let (opening, sealed) = (Opening(), try Self.sealed(seed: 1))
        for second in [0, 5, 9] { try opening.use(sealed, at: .seconds(second)) }
        #expect(opening.count == 1)
        try opening.use(sealed, at: .seconds(10))
        #expect(opening.count == 2)
    }

    @Test("A key that was encrypted again, or belongs to another purpose, is decrypted again")
    func other() throws {
        let (opening, sealed) = (Opening(), try Self.sealed(seed: 1))
        try opening.use(sealed, at: .zero)
        try opening.use(try Self.sealed(seed: 2), at: .zero)
        #expect(opening.count == 2)
        try opening.use(sealed, KeyPurpose(appID: "other", credentialID: "credential"), at: .zero)
        #expect(opening.count == 3)
    }

    @Test("Keys can be forgotten")
    func forgotten() throws {
        let (opening, sealed) = (Opening(), try Self.sealed(seed: 1))
        try opening.use(sealed, at: .zero)
        opening.keys.forget { $0.appID == "other" }
        try opening.use(sealed, at: .zero)
        #expect(opening.count == 1)
        opening.keys.forget { $0 == Self.purpose }
        try opening.use(sealed, at: .zero)
        #expect(opening.count == 2)
    }

    @Test("A key under another master key is not answered from the open keys")
    func foreignMasterKey() async throws {
        let store = SealedKeyStore(ring: try MasterKeyRing.test(), surroundings: .test(TestTime()))
        let reference = try await store.adopt(Self.key(), purpose: Self.purpose)
        guard case .sealed(let sealed) = reference else {
            Issue.record("not sealed")
            return
        }
        _ = try await store.sign([1], with: reference, purpose: Self.purpose)
        let foreign = KeyReference.sealed(
            SealedBytes(
                masterKeyID: "0000000000000000", wrappedDataKey: sealed.wrappedDataKey, ciphertext: sealed.ciphertext))
        let error = await thrownByAwaiting { try await store.sign([1], with: foreign, purpose: Self.purpose) }
        #expect(error?.cause == .masterKeyWrong)
    }

    @Test("The sealed key store forgets the keys of an app, and a key that is destroyed", arguments: [false, true])
    func forgottenByStore(_ isDestroyed: Bool) async throws {
        let store = SealedKeyStore(ring: try MasterKeyRing.test(), surroundings: .test(TestTime()))
        let reference = try await store.adopt(Self.key(), purpose: Self.purpose)
        guard case .sealed(let sealed) = reference else {
            Issue.record("not sealed")
            return
        }
        func isOpen() throws -> Bool {
            var isOpen = true
            _ = try store.openKeys.key(of: sealed, Self.purpose, at: .zero) {
                isOpen = false
                return try Self.key()
            }
            return isOpen
        }
        _ = try await store.sign([1], with: reference, purpose: Self.purpose)
        store.forgetOpenKeys(of: ["other"])
        #expect(try isOpen())
        if isDestroyed {
            try await store.destroy(reference, purpose: Self.purpose)
        } else {
            store.forgetOpenKeys(of: ["app"])
        }
        #expect(try !isOpen())
    }
}
