import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// Rotations of keys outside aprity's own store.
@Suite("Rotation in key stores")
struct RotationInKeyStoreTests {
    private static let me = Principal(.commandLine, name: "ada")

    /// A home with sealed keys and an additional key store.
    private struct Home {
        let front: TestWorld
        var service: AppService { front.service }

        init(_ kind: KeyStoreKind, _ store: any KeyStore) async throws {
            let sealed = SealedKeyStore(ring: try .test(), surroundings: TestedKind.surroundings())
            front = try await TestWorld.connected(
                .test(consumerKey: nil, keyStore: kind),
                keys: KeyStores([.sealed: PreparedKeyStore(sealed), kind: store], newKeysIn: .sealed))
        }

        func rotation() async throws -> RotationView { try await service.rotations.view(of: "prod", as: me) }

        /// Abandons the next certificate. A day later the org refuses it often enough, and its key is destroyed.
        func abandonNext() async throws {
            _ = try await service.rotations.abort(of: "prod", as: me)
            front.time.advance(by: .seconds(Rotation.leastRetirement + 1))
            for _ in 0..<Rotation.counterRefusedNeeded {
                try await service.rotations.changes.change(of: "prod", as: me, act: nil) { record, _, now in
                    guard case .retiring(_, let old, _) = record.rotation.state else { return }
                    try record.apply(.refused(old), at: now, by: me)
                }
            }
            try await service.rotations.advance(of: "prod", as: me)
        }
    }

    private func privateKeys(_ token: Token) async throws -> Int {
        try await token.softHSM.tool([
            "--token-label", token.label, "--login", "--pin", SoftHSM.pin, "--list-objects", "--type", "privkey",
        ]).text.split(separator: "\n").count { $0.contains("Object;") }
    }

    @Test("The next key is created in the token of the current key, and is destroyed there")
    func token() async throws {
        let token = try await Token.made()
        let home = try await Home(.pkcs11, token.store())
        #expect(try await privateKeys(token) == 1)
        let begun = try await home.service.rotations.begin(of: "prod", as: Self.me)
        #expect(begun.state == .prepared)
        #expect(begun.keyStore == .pkcs11)
        #expect(begun.otherKeyStore == .pkcs11)
        #expect(try await privateKeys(token) == 2)
        try await home.abandonNext()
        #expect(try await home.rotation().state == .steady)
        #expect(try await privateKeys(token) == 1)
        #expect(try await home.service.connections.named("prod", as: Self.me).keyStore == .pkcs11)
        // The remaining key is the current one.
        _ = try await home.service.certificates.request(for: "prod", subject: nil, as: Self.me)
    }

    @Test("After a complete rotation in a token, it contains only the next key")
    func whole() async throws {
        let token = try await Token.made()
        let home = try await Home(.pkcs11, token.store())
        _ = try await home.service.rotations.begin(of: "prod", as: Self.me)
        let next = try await home.service.certificates.next(of: "prod", as: Self.me)
        func apply(_ count: Int, _ event: @escaping @Sendable (Rotation.State) -> Rotation.Event) async throws {
            for _ in 0..<count {
                try await home.service.rotations.changes.change(of: "prod", as: Self.me, act: nil) { record, _, now in
                    try record.apply(event(record.rotation.state), at: now, by: Self.me)
                }
            }
        }
        try await apply(1) { _ in .uploadReported }
        try await apply(Rotation.takenNeeded + 1) { .accepted($0.next ?? "") }
        home.front.time.advance(by: .seconds(Rotation.agreementSeconds + 1))
        try await apply(1) { .accepted($0.next ?? "") }
        try await apply(Rotation.counterRefusedNeeded) { .refused($0.active) }
        try await apply(1) { _ in .proven }
        #expect(try await home.rotation().state == .retiring)
        #expect(try await privateKeys(token) == 2)
        home.front.time.advance(by: .seconds(Rotation.leastRetirement + 1))
        try await apply(Rotation.counterRefusedNeeded) { .refused($0.other ?? "") }
        try await home.service.rotations.advance(of: "prod", as: Self.me)
        #expect(try await home.rotation().state == .steady)
        #expect(try await privateKeys(token) == 1)
        let request = try await home.service.certificates.request(for: "prod", subject: nil, as: Self.me)
        #expect(next.publicKeySHA256 == request.publicKeySHA256)
    }

    @Test("The next key is created and destroyed by the signer command of the current key")
    func command() async throws {
        let script = try SignerScript.openssl()
        let home = try await Home(.command, try script.store())
        func keys() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: script.keyFolder).count }
        let begun = try await home.service.rotations.begin(of: "prod", as: Self.me)
        #expect(begun.keyStore == .command)
        #expect(begun.otherKeyStore == .command)
        #expect(try keys() == 2)
        try await home.abandonNext()
        #expect(try await home.rotation().state == .steady)
        #expect(try keys() == 1)
    }

    @Test("A rotation moves a key into another key store if requested")
    func moved() async throws {
        let token = try await Token.made()
        let home = try await Home(.pkcs11, token.store())
        let begun = try await home.service.rotations.begin(.init(keyStore: .sealed), of: "prod", as: Self.me)
        #expect(begun.keyStore == .pkcs11)
        #expect(begun.otherKeyStore == .sealed)
        #expect(try await privateKeys(token) == 1)
        try await home.abandonNext()
        #expect(try await home.rotation().otherKeyStore == nil)
    }

    @Test("A key store that is not configured is reported before anything is saved")
    func notSetUp() async throws {
        let token = try await Token.made()
        let home = try await Home(.pkcs11, token.store())
        let error = await thrownByAwaiting {
            try await home.service.rotations.begin(.init(keyStore: .command), of: "prod", as: Self.me)
        }
        #expect(error?.cause == .configurationMalformed)
        #expect(error?.subject == "APRITY_SIGNER_COMMAND")
        #expect(try await home.rotation().state == .steady)
        let other = await thrownByAwaiting {
            try await home.service.connections.add(
                .test("other", consumerKey: nil, keyStore: .command), as: Self.me)
        }
        #expect(other?.cause == .configurationMalformed)
    }

    @Test("A process that dies between creating and saving a key leaves no key in the token")
    func interrupted() async throws {
        let token = try await Token.made()
        let dying = DyingKeyStore(token.store())
        let home = try await Home(.pkcs11, dying)
        dying.isDying = true
        _ = await thrownByAwaiting { try await home.service.rotations.begin(of: "prod", as: Self.me) }
        #expect(try await home.rotation().state == .generating)
        #expect(try await privateKeys(token) == 2)
        dying.isDying = false
        try await home.service.rotations.advance(of: "prod", as: Self.me)
        #expect(try await home.rotation().state == .prepared)
        #expect(try await privateKeys(token) == 2)
        _ = try await home.service.certificates.next(of: "prod", as: Self.me)
    }

    @Test("If a token is absent when its connection is removed, the key is destroyed when the token is back")
    func removed() async throws {
        let token = try await Token.made()
        let home = try await Home(.pkcs11, token.store())
        _ = try await home.service.rotations.begin(of: "prod", as: Self.me)
        #expect(try await !home.service.connections.finishRemoval(of: "prod", as: Self.me))
        try await token.softHSM.withoutTokens {
            for _ in 0..<2 {
                let error = await thrownByAwaiting {
                    if try await !home.service.connections.finishRemoval(of: "prod", as: Self.me) {
                        try await home.service.connections.remove("prod", as: Self.me)
                    }
                }
                #expect(error?.cause == .keyStoreFailed)
                #expect(error?.detail?.contains("not destroyed yet") == true)
            }
        }
        #expect(try await home.service.connections.all(as: Self.me).isEmpty)
        #expect(try await privateKeys(token) == 2)
        #expect(try await home.service.connections.finishRemoval(of: "prod", as: Self.me))
        #expect(try await privateKeys(token) == 0)
        #expect(try await !home.service.connections.finishRemoval(of: "prod", as: Self.me))
        let events = try await home.front.store.events(limit: 2)
        #expect(events.allSatisfy { $0.act == .keyDestroyed && $0.connection == "prod" })
    }

    @Test("After an import into the sealed store the old key is removed from the token, even if the token was absent")
    func takenOver() async throws {
        let token = try await Token.made()
        let home = try await Home(.pkcs11, token.store())
        let key = try RSAKey(pem: TestKeys.third) { () throws(ConnectedAppError) in nil }
        let certificate = try await AppCertificate.selfSigned(
            publicKey: key.publicKey, signer: key, commonName: "imported", now: home.front.time.now, days: 30,
            randomBytes: SeededRandom(seed: 3).bytes)
        try await token.softHSM.withoutTokens {
            let error = await thrownByAwaiting {
                try await home.service.certificates.importCredential(
                    for: "prod", key: CredentialFile(pem: TestKeys.third), passphrase: nil,
                    certificate: CredentialFile(Array(certificate.pem.utf8)),
                    as: Self.me)
            }
            #expect(error?.cause == .keyStoreFailed)
        }
        let view = try await home.service.connections.named("prod", as: Self.me)
        #expect(view.keyStore == .sealed)
        #expect(view.certificate.sha256 == certificate.sha256)
        #expect(try await home.service.connections.finishRemoval(of: "prod", as: Self.me))
        #expect(try await privateKeys(token) == 0)
    }

    @Test("The removal of the old key is retried until an absent token is back")
    func tokenAway() async throws {
        let token = try await Token.made()
        let home = try await Home(.pkcs11, token.store())
        _ = try await home.service.rotations.begin(of: "prod", as: Self.me)
        try await token.softHSM.withoutTokens {
            let error = await thrownByAwaiting { try await home.abandonNext() }
            #expect(error?.cause == .keyStoreFailed)
        }
        #expect(try await home.rotation().state == .destroying)
        #expect(try await privateKeys(token) == 2)
        try await home.service.rotations.advance(of: "prod", as: Self.me)
        #expect(try await home.rotation().state == .steady)
        #expect(try await privateKeys(token) == 1)
    }
}

/// A store that creates keys, and then fails as if its process had died.
private final class DyingKeyStore: KeyStore, @unchecked Sendable {
    private let base: any KeyStore
    /// Changed only between calls.
    var isDying = false

    init(_ base: any KeyStore) { self.base = base }

    var kinds: [KeyStoreKind] { base.kinds }

    func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        let reference = try await base.create(size: size, purpose: purpose)
        if isDying { throw ConnectedAppError(.keyStoreFailed) }
        return reference
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

    func destroyStrays(beside reference: KeyReference, purpose: KeyPurpose) async throws {
        try await base.destroyStrays(beside: reference, purpose: purpose)
    }
}
