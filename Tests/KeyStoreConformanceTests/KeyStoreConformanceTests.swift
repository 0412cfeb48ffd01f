import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// The requirements for every key store, in memory, in a token or behind a command.
@Suite("Key store conformance")
struct KeyStoreConformanceTests {
    private static let purpose = KeyPurpose(appID: "app", credentialID: "credential")

    @Test("A created key signs, and its public key verifies", arguments: TestedKind.all)
    func signs(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
        let publicKey = try await store.publicKey(of: reference, purpose: Self.purpose)
        #expect(publicKey.bits == 2048)
        for message in [[], [1, 2, 3], [UInt8](repeating: 7, count: 5000)] {
            let signature = try await store.sign(message, with: reference, purpose: Self.purpose)
            #expect(signature.count == 256)
            #expect(publicKey.verifies(signature, over: message))
            #expect(!publicKey.verifies(signature, over: message + [0]))
        }
    }

    @Test("Two created keys are different", arguments: TestedKind.all)
    func differ(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        let first = try await store.create(size: .bits2048, purpose: Self.purpose)
        let second = try await store.create(size: .bits2048, purpose: Self.purpose)
        #expect(
            try await store.publicKey(of: first, purpose: Self.purpose)
                != store.publicKey(of: second, purpose: Self.purpose))
    }

    @Test("A key is created in the requested kind of store or refused", arguments: TestedKind.all)
    func kinds(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        #expect(KeyStoreKind(try await store.create(size: .bits2048, purpose: Self.purpose)) == store.kinds.first)
        for asked in KeyStoreKind.allCases {
            guard store.kinds.contains(asked) else {
                let error = await thrownByAwaiting {
                    try await store.create(in: asked, size: .bits2048, purpose: Self.purpose)
                }
                #expect(error?.cause == .configurationMalformed)
                continue
            }
            let reference = try await store.create(in: asked, size: .bits2048, purpose: Self.purpose)
            #expect(KeyStoreKind(reference) == asked)
        }
    }

    @Test("Destroying stray keys keeps the named key and the keys of other purposes", arguments: TestedKind.all)
    func strays(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        let other = KeyPurpose(appID: "app", credentialID: "other")
        let kept = try await store.create(size: .bits2048, purpose: Self.purpose)
        let foreign = try await store.create(size: .bits2048, purpose: other)
        try await store.destroyStrays(beside: kept, purpose: Self.purpose)
        _ = try await store.sign([1], with: kept, purpose: Self.purpose)
        _ = try await store.sign([1], with: foreign, purpose: other)
    }

    @Test(
        "A larger key is created if requested",
        arguments: TestedKind.all.filter { $0.testDescription != "prepared" })
    func larger(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        let reference = try await store.create(size: .bits3072, purpose: Self.purpose)
        #expect(try await store.publicKey(of: reference, purpose: Self.purpose).bits == 3072)
    }

    @Test("An existing key is adopted completely or refused with a cause", arguments: TestedKind.all)
    func adopted(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        let key = try RSAKey(pem: TestKeys.first) { () throws(ConnectedAppError) in nil }
        guard kind.adopts else {
            #expect(
                await thrownByAwaiting { try await store.adopt(key, purpose: Self.purpose) }?.cause == .keyUnsupported)
            return
        }
        let reference = try await store.adopt(key, purpose: Self.purpose)
        #expect(try await store.publicKey(of: reference, purpose: Self.purpose) == key.publicKey)
        let signature = try await store.sign([1], with: reference, purpose: Self.purpose)
        #expect(key.publicKey.verifies(signature, over: [1]))
    }

    @Test("A reference is valid in another process", arguments: TestedKind.all)
    func restarted(_ kind: TestedKind) async throws {
        let open = try await kind.place()
        let store = try open()
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
        let publicKey = try await store.publicKey(of: reference, purpose: Self.purpose)
        let kept = try JSONDecoder().decode(KeyReference.self, from: JSONEncoder().encode(reference))
        let other = try open()
        #expect(try await other.publicKey(of: kept, purpose: Self.purpose) == publicKey)
        #expect(publicKey.verifies(try await other.sign([1], with: kept, purpose: Self.purpose), over: [1]))
    }

    @Test("A reference of another app or credential is refused", arguments: TestedKind.all)
    func moved(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
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
            guard !kind.keyIsInReference else { continue }
            #expect(
                await thrownByAwaiting { try await store.destroy(reference, purpose: other) }?.cause == .recordAltered)
        }
        _ = try await store.sign([1], with: reference, purpose: Self.purpose)
    }

    @Test("A destroyed key cannot sign, and can be destroyed again", arguments: TestedKind.all)
    func destroyed(_ kind: TestedKind) async throws {
        let open = try await kind.place()
        let store = try open()
        let reference = try await store.create(size: .bits2048, purpose: Self.purpose)
        let kept = try await store.create(size: .bits2048, purpose: Self.purpose)
        try await store.destroy(reference, purpose: Self.purpose)
        try await store.destroy(reference, purpose: Self.purpose)
        if !kind.keyIsInReference {
            for store in [store, try open()] {
                #expect(
                    await thrownByAwaiting { try await store.sign([1], with: reference, purpose: Self.purpose) }?.cause
                        == .keyUnavailable)
                #expect(
                    await thrownByAwaiting { try await store.publicKey(of: reference, purpose: Self.purpose) }?.cause
                        == .keyUnavailable)
            }
        }
        _ = try await store.sign([1], with: kept, purpose: Self.purpose)
    }

    @Test("Many tasks can create keys and sign concurrently", arguments: TestedKind.all)
    func concurrent(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask {
                    let purpose = KeyPurpose(appID: "app\(number)", credentialID: "c")
                    let reference = try await store.create(size: .bits2048, purpose: purpose)
                    let publicKey = try await store.publicKey(of: reference, purpose: purpose)
                    try await withThrowingTaskGroup(of: Bool.self) { group in
                        for letter in UInt8(0)..<8 {
                            group.addTask {
                                let signature = try await store.sign([letter], with: reference, purpose: purpose)
                                return publicKey.verifies(signature, over: [letter])
                            }
                        }
                        for try await isValid in group { #expect(isValid) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(
        "A reference to a key in a store of another kind is rejected",
        arguments: TestedKind.all.filter { $0.testDescription != "dispatched" })
    func foreign(_ kind: TestedKind) async throws {
        let store = try await kind.place()()
        let reference: KeyReference =
            kind.testDescription == "command"
            ? .pkcs11(TokenKeyReference(token: "t", label: "l", id: "00", publicKeySHA256: "", purpose: Self.purpose))
            : .command(CommandKeyReference(key: "k", publicKeySHA256: "", purpose: Self.purpose))
        #expect(
            await thrownByAwaiting { try await store.sign([1], with: reference, purpose: Self.purpose) }?.cause
                == .keyUnavailable)
    }
}

/// The choice of the key store by reference.
@Suite("Key stores of a home")
struct KeyStoresTests {
    private static let purpose = KeyPurpose(appID: "app", credentialID: "credential")

    @Test("A kind without a store is not listed, even if it is the default for new keys; the default is listed first")
    func kinds() throws {
        let sealed = SealedKeyStore(ring: try .test(), surroundings: TestedKind.surroundings())
        #expect(KeyStores([.sealed: sealed], newKeysIn: .pkcs11).kinds == [.sealed])
        #expect(KeyStores([.sealed: sealed, .command: sealed], newKeysIn: .command).kinds == [.command, .sealed])
        #expect(KeyStores([:], newKeysIn: .command).kinds == [])
    }

    @Test("Existing keys stay in their store when new keys are created in another")
    func mixed() async throws {
        let sealed = SealedKeyStore(ring: try .test(), surroundings: TestedKind.surroundings())
        let command = try SignerScript.openssl()
        let before = KeyStores([.sealed: sealed], newKeysIn: .sealed)
        let old = try await before.create(size: .bits2048, purpose: Self.purpose)
        let after = KeyStores([.sealed: sealed, .command: try command.store()], newKeysIn: .command)
        let new = try await after.create(size: .bits2048, purpose: Self.purpose)
        #expect(KeyStoreKind(old) == .sealed)
        #expect(KeyStoreKind(new) == .command)
        for reference in [old, new] {
            let publicKey = try await after.publicKey(of: reference, purpose: Self.purpose)
            #expect(publicKey.verifies(try await after.sign([1], with: reference, purpose: Self.purpose), over: [1]))
        }
        let error = await thrownByAwaiting { try await before.sign([1], with: new, purpose: Self.purpose) }
        #expect(error?.cause == .configurationMalformed)
        #expect(error?.subject == "APRITY_SIGNER_COMMAND")
    }

    @Test("A sealed reference of an older store can still be read")
    func older() throws {
        let json = #"{"sealed":{"_0":{"masterKeyID":"a","wrappedDataKey":"AA==","ciphertext":"AA=="}}}"#
        if case .sealed = try JSONDecoder().decode(KeyReference.self, from: Data(json.utf8)) { return }
        Issue.record("It is not a sealed reference.")
    }
}
