import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// Requirements for the sealed key store beyond the conformance suite.
@Suite("Sealed key store")
struct SealedKeyStoreTests {
    private static let purpose = KeyPurpose(appID: "app", credentialID: "credential")

    private static func sealed(seed: UInt64) throws -> SealedKeyStore {
        SealedKeyStore(ring: try MasterKeyRing.test(), surroundings: .test(TestTime(), seed: seed))
    }

    private static func key(_ pem: String = TestKeys.first) throws -> RSAKey {
        try RSAKey(pem: pem) { () throws(ConnectedAppError) in nil }
    }

    @Test("A reference contains no part of the key unencrypted")
    func encrypted() async throws {
        let key = try Self.key()
        let reference = try await Self.sealed(seed: 1).adopt(key, purpose: Self.purpose)
        guard case .sealed(let sealed) = reference else { return }
        let secret = Data(key.pkcs8)
        for window in stride(from: 0, to: secret.count - 16, by: 16) {
            #expect(sealed.ciphertext.range(of: secret[window..<window + 16]) == nil)
        }
    }

    @Test("A wrong master key is reported as such, not as tampering")
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
