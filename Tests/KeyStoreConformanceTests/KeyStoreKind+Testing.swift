import ConnectedApp
import ConnectedAppPKCS11
import ConnectedAppSignerCommand
import ConnectedAppTesting
import Foundation
import Testing

/// A kind of key store in the conformance suite.
struct TestedKind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let adopts: Bool
    /// Whether the reference contains the key, so that removing the record destroys the key.
    let keyIsInReference: Bool
    /// Creates a place for keys, and returns a function that opens it. Each call opens it like another process.
    let place: @Sendable () async throws -> @Sendable () throws -> any KeyStore

    static let all = [
        TestedKind(testDescription: "sealed", adopts: true, keyIsInReference: true) {
            { SealedKeyStore(ring: try .test(), surroundings: surroundings()) }
        },
        TestedKind(testDescription: "prepared", adopts: true, keyIsInReference: true) {
            { PreparedKeyStore(SealedKeyStore(ring: try .test(), surroundings: surroundings())) }
        },
        TestedKind(testDescription: "pkcs11", adopts: false, keyIsInReference: false) {
            let token = try await Token.made()
            return { token.store() }
        },
        TestedKind(testDescription: "pkcs11, digested here", adopts: false, keyIsInReference: false) {
            let token = try await Token.made()
            return { token.store(computesDigest: true) }
        },
        TestedKind(testDescription: "command", adopts: false, keyIsInReference: false) {
            let script = try SignerScript.openssl()
            return { try script.store() }
        },
        // The combination that the program uses.
        TestedKind(testDescription: "dispatched", adopts: false, keyIsInReference: false) {
            let script = try SignerScript.openssl()
            return {
                KeyStores(
                    [
                        .sealed: SealedKeyStore(ring: try .test(), surroundings: surroundings()),
                        .command: try script.store(),
                    ], newKeysIn: .command)
            }
        },
    ]

    /// Surroundings with different random numbers each time, so that a reopened store does not create the same keys
    /// again.
    static func surroundings(_ time: TestTime = TestTime()) -> Surroundings {
        .test(time, seed: UInt64.random(in: 1...UInt64.max))
    }
}

/// A token of SoftHSM in this process.
struct Token: Sendable {
    let softHSM: SoftHSM
    let label: String
    let pinFile: String

    static func made() async throws -> Token {
        let softHSM = try SoftHSM.inProcess.get()
        let label = "test-" + UUID().uuidString.prefix(8)
        try await softHSM.makeToken(label)
        return Token(softHSM: softHSM, label: label, pinFile: try softHSM.pinFile())
    }

    func store(pinFile other: String? = nil, computesDigest: Bool = false) -> PKCS11KeyStore {
        PKCS11KeyStore(
            modulePath: SoftHSM.modulePath, token: label,
            pinFile: SecretFile(path: other ?? pinFile, setting: "APRITY_PKCS11_PIN_FILE"),
            surroundings: TestedKind.surroundings(), computesDigest: computesDigest)
    }
}

extension SignerScript {
    /// A store that retains the script.
    func store(time: TestTime = TestTime(), limit: Int = 65_536) throws -> ScriptKeyStore {
        ScriptKeyStore(
            script: self,
            base: CommandKeyStore(
                program: try SignerProgram(setting: setting), environment: ProcessInfo.processInfo.environment,
                surroundings: TestedKind.surroundings(time), limit: limit))
    }
}

/// A key store behind a signer command that is a script. It keeps the script's file until it is released.
struct ScriptKeyStore: KeyStore {
    var kinds: [KeyStoreKind] { base.kinds }
    let script: SignerScript
    let base: CommandKeyStore

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
}
