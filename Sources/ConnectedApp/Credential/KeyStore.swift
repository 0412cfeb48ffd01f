internal import Crypto
internal import Foundation
internal import JWTBearer

/// Where private keys live. A key store signs; it does not hand out private keys.
///
/// What must hold for every implementation: a reference stays good across processes and restarts until `destroy`;
/// `create` and `adopt` leave nothing behind where they throw; all calls are safe at once from many tasks; a reference
/// used for another purpose than it was made for is refused with `.recordAltered`, never answered with another key; a
/// reference whose key is not there is `.keyUnavailable`, and a store that does not work is `.keyStoreFailed`.
package protocol KeyStore: Sendable {
    /// The kinds in which it can make keys, as it is set up; the usual one first.
    var kinds: [KeyStoreKind] { get }
    /// Makes a key of the usual kind.
    func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference
    /// Makes a key of this kind, and never of another one; `nil` for the usual kind.
    func create(in kind: KeyStoreKind?, size: KeySize, purpose: KeyPurpose) async throws -> KeyReference
    /// Takes over a key that exists already. A store whose keys are born inside it refuses with `.keyUnsupported`.
    func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference
    func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8]
    /// Destroying what is gone already is no error.
    func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws
    /// Destroys what a `create` for the same purpose left that was interrupted before anybody kept its reference.
    func destroyStrays(beside reference: KeyReference, purpose: KeyPurpose) async throws
}

extension KeyStore {
    package func create(in kind: KeyStoreKind?, size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        if let kind, !kinds.contains(kind) { throw ConnectedAppError.notSetUp(kind) }
        return try await create(size: size, purpose: purpose)
    }

    /// Nothing, where the reference is the key or keys cannot be listed.
    package func destroyStrays(beside reference: KeyReference, purpose: KeyPurpose) async throws {}
}

/// What a key is for. Bound to it, so that a reference that was moved to another record does not open.
package struct KeyPurpose: Sendable, Hashable {
    package let appID: String
    package let credentialID: String

    package init(appID: String, credentialID: String) {
        self.appID = appID
        self.credentialID = credentialID
    }

    /// What ties parts of a reference to this purpose: SHA-256 over all of them, lower-case hex. No secret is in it: that
    /// nobody else writes references is the record's own authentication.
    package func binding(over parts: [String]) -> String {
        var hash = SHA256()
        for part in ["key reference", appID, credentialID] + parts {
            hash.update(data: Data("\(part.utf8.count):".utf8))
            hash.update(data: Data(part.utf8))
        }
        return hash.finalize().hex
    }
}

/// How a key store finds a key again. Belongs into the credential's record.
package enum KeyReference: Sendable, Codable, Equatable {
    /// The private key itself, encrypted.
    case sealed(SealedBytes)
    /// A key that was made in a PKCS#11 token and never leaves it.
    case pkcs11(TokenKeyReference)
    /// A key that a program of the operator's signs with.
    case command(CommandKeyReference)
}

/// How a key is found in a PKCS#11 token. No PIN.
package struct TokenKeyReference: Sendable, Codable, Equatable {
    /// The token's label, without the blanks that fill it up.
    package let token: String
    /// CKA_LABEL.
    package let label: String
    /// CKA_ID, lower-case hex.
    package let id: String
    /// Of the public half, as ``RSAPublicKey/fingerprint``: another key under the same name is noticed.
    package let publicKeySHA256: String
    private let binding: String

    package init(token: String, label: String, id: String, publicKeySHA256: String, purpose: KeyPurpose) {
        self.token = token
        self.label = label
        self.id = id
        self.publicKeySHA256 = publicKeySHA256
        binding = purpose.binding(over: ["pkcs11", token, label, id, publicKeySHA256])
    }

    /// - Throws: ``ConnectedAppError`` with `.recordAltered` where it was made for another purpose.
    package func check(_ purpose: KeyPurpose) throws(ConnectedAppError) {
        guard binding == purpose.binding(over: ["pkcs11", token, label, id, publicKeySHA256]) else {
            throw ConnectedAppError(.recordAltered)
        }
    }
}

/// What a signer command calls its key.
package struct CommandKeyReference: Sendable, Codable, Equatable {
    /// The command's own word for it, such as an ARN.
    package let key: String
    /// Of the public half that the command told when it made the key.
    package let publicKeySHA256: String
    private let binding: String

    package init(key: String, publicKeySHA256: String, purpose: KeyPurpose) {
        self.key = key
        self.publicKeySHA256 = publicKeySHA256
        binding = purpose.binding(over: ["command", key, publicKeySHA256])
    }

    /// - Throws: ``ConnectedAppError`` with `.recordAltered` where it was made for another purpose.
    package func check(_ purpose: KeyPurpose) throws(ConnectedAppError) {
        guard binding == purpose.binding(over: ["command", key, publicKeySHA256]) else {
            throw ConnectedAppError(.recordAltered)
        }
    }
}

/// The key behind a reference, as the signer of assertions and certificates.
package struct StoredKeySigner: AssertionSigner {
    let store: any KeyStore
    let reference: KeyReference
    let purpose: KeyPurpose

    package init(store: any KeyStore, reference: KeyReference, purpose: KeyPurpose) {
        self.store = store
        self.reference = reference
        self.purpose = purpose
    }

    package func signature(over message: [UInt8]) async throws -> [UInt8] {
        try await store.sign(message, with: reference, purpose: purpose)
    }
}
