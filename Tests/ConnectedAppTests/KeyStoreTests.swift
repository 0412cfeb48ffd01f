import ConnectedAppTesting
import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import ConnectedApp

/// What must hold for every key store.
@Suite("Key store conformance")
struct KeyStoreTests {
    /// Makes stores that share what lies at rest, as two processes do.
    struct Kind: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable () throws -> any KeyStore
    }

    static let kinds = [
        Kind(testDescription: "sealed") { try sealed(seed: UInt64.random(in: 1...1_000_000)) },
        Kind(testDescription: "prepared") { PreparedKeyStore(try sealed(seed: UInt64.random(in: 1...1_000_000))) },
    ]

    private static func sealed(seed: UInt64) throws -> SealedKeyStore {
        let ring = try MasterKeyRing(
            fileContent: MasterKeyRing.newFileContent(randomBytes: SeededRandom(seed: 7).bytes))
        return SealedKeyStore(ring: ring, surroundings: .test(TestTime(), seed: seed))
    }

    private static let purpose = KeyPurpose(appID: "app", credentialID: "credential")

    private static func key(_ pem: String = TestKeys.first) throws -> RSAKey {
        try RSAKey(pem: pem) { () throws(ConnectedAppError) in nil }
    }

    private static func verifies(_ signature: [UInt8], _ message: [UInt8], _ key: RSAPublicKey) throws -> Bool {
        try _RSA.Signing.PublicKey(derRepresentation: key.der).isValidSignature(
            .init(rawRepresentation: signature), for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
    }

    @Test("A key that was taken over signs, and its public half is the one it came with", arguments: kinds)
    func adopted(_ kind: Kind) async throws {
        let store = try kind.make()
        let key = try Self.key()
        let reference = try await store.adopt(key, purpose: Self.purpose)
        let publicKey = try await store.publicKey(of: reference, purpose: Self.purpose)
        #expect(publicKey == key.publicKey)
        let signature = try await store.sign([1, 2, 3], with: reference, purpose: Self.purpose)
        #expect(signature.count == 256)
        #expect(try Self.verifies(signature, [1, 2, 3], publicKey))
        #expect(try !Self.verifies(signature, [1, 2, 4], publicKey))
    }

    @Test("Two keys that a store makes are different ones of the size asked for", arguments: kinds)
    func created(_ kind: Kind) async throws {
        let store = try kind.make()
        let first = try await store.create(size: .bits2048, purpose: Self.purpose)
        let second = try await store.create(size: .bits2048, purpose: Self.purpose)
        let keys = try await [
            store.publicKey(of: first, purpose: Self.purpose), store.publicKey(of: second, purpose: Self.purpose),
        ]
        #expect(keys[0] != keys[1] && keys.allSatisfy { $0.bits == 2048 })
    }

    @Test("A reference stays good in another process", arguments: kinds)
    func restarted(_ kind: Kind) async throws {
        let reference = try await kind.make().adopt(Self.key(), purpose: Self.purpose)
        let kept = try JSONDecoder().decode(KeyReference.self, from: JSONEncoder().encode(reference))
        #expect(try await kind.make().publicKey(of: kept, purpose: Self.purpose) == Self.key().publicKey)
    }

    @Test("A reference that was moved to another app or credential is refused", arguments: kinds)
    func moved(_ kind: Kind) async throws {
        let store = try kind.make()
        let reference = try await store.adopt(Self.key(), purpose: Self.purpose)
        for other in [
            KeyPurpose(appID: "app", credentialID: "other"), KeyPurpose(appID: "other", credentialID: "credential"),
            KeyPurpose(appID: "credential", credentialID: "app"),
        ] {
            #expect(
                await thrownByAwaiting { try await store.sign([1], with: reference, purpose: other) }?.cause
                    == .recordAltered)
            #expect(
                await thrownByAwaiting { try await store.publicKey(of: reference, purpose: other) }?.cause
                    == .recordAltered)
        }
    }

    @Test("Many tasks may sign at once, each with its own key", arguments: kinds)
    func concurrent(_ kind: Kind) async throws {
        let store = try kind.make()
        var references: [(KeyReference, KeyPurpose, RSAPublicKey)] = []
        for (index, pem) in TestKeys.all.enumerated() {
            let purpose = KeyPurpose(appID: "app\(index)", credentialID: "c")
            let key = try Self.key(pem)
            references.append((try await store.adopt(key, purpose: purpose), purpose, key.publicKey))
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<24 {
                let (reference, purpose, publicKey) = references[number % references.count]
                group.addTask {
                    let message = [UInt8(number)]
                    let signature = try await store.sign(message, with: reference, purpose: purpose)
                    return try Self.verifies(signature, message, publicKey)
                }
            }
            for try await isValid in group { #expect(isValid) }
        }
    }

    @Test("A key can be destroyed, once and again", arguments: kinds)
    func destroyed(_ kind: Kind) async throws {
        let store = try kind.make()
        let reference = try await store.adopt(Self.key(), purpose: Self.purpose)
        try await store.destroy(reference, purpose: Self.purpose)
        try await store.destroy(reference, purpose: Self.purpose)
    }

    @Test("A reference holds nothing of the key in clear")
    func encrypted() async throws {
        let key = try Self.key()
        let reference = try await Self.sealed(seed: 1).adopt(key, purpose: Self.purpose)
        guard case .sealed(let sealed) = reference else { return }
        let secret = Data(key.pkcs8)
        for window in stride(from: 0, to: secret.count - 16, by: 16) {
            #expect(sealed.ciphertext.range(of: secret[window..<window + 16]) == nil)
        }
    }

    @Test("A master key that is not the one that sealed a key is told, not taken for tampering")
    func otherMasterKey() async throws {
        let reference = try await Self.sealed(seed: 1).adopt(Self.key(), purpose: Self.purpose)
        let ring = try MasterKeyRing(
            fileContent: MasterKeyRing.newFileContent(randomBytes: SeededRandom(seed: 8).bytes))
        let other = SealedKeyStore(ring: ring, surroundings: .test(TestTime()))
        #expect(
            await thrownByAwaiting { try await other.sign([1], with: reference, purpose: Self.purpose) }?.cause
                == .masterKeyWrong)
    }
}
