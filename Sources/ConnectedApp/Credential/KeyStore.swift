internal import Crypto
internal import Foundation
internal import JWTBearer

/// Creates, stores and destroys private keys, and signs with them. A key store never returns a private key.
///
/// Requirements for every implementation:
/// - A reference remains valid across processes and restarts until `destroy`.
/// - If `create` or `adopt` throws, it leaves nothing behind.
/// - Many tasks may call it concurrently.
/// - A reference that was created for another purpose is rejected with `.recordAltered`; another key is never used instead.
/// - If the key does not exist, a call throws `.keyUnavailable`; if the store does not work, `.keyStoreFailed`.
package protocol KeyStore: Sendable {
    /// The kinds of store in which keys can be created with the present settings; the default first.
    var kinds: [KeyStoreKind] { get }
    /// Creates a key in the store of the default kind.
    func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference
    /// Creates a key in the store of this kind and in no other; `nil` for the default kind.
    ///
    /// Throws `.configurationMalformed` if the settings describe no store of this kind.
    func create(in kind: KeyStoreKind?, size: KeySize, purpose: KeyPurpose) async throws -> KeyReference
    /// Stores an existing key. A store that only creates keys itself throws `.keyUnsupported`.
    func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference
    func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey
    /// Returns a signature by RSASSA-PKCS1-v1_5 with SHA-256.
    ///
    /// - Parameter message: The message itself; the key store hashes it.
    func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8]
    /// Destroys the key. It is no error if the key no longer exists.
    func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws
    /// Destroys all keys of the same purpose except the one of `reference`. They were created before a crash, and their
    /// references were never saved.
    func destroyStrays(beside reference: KeyReference, purpose: KeyPurpose) async throws
    /// Removes the private keys of these apps from memory, which the store may keep decrypted for a while; `nil`: of all.
    func forgetOpenKeys(of appIDs: [String]?)
}

extension KeyStore {
    package func create(in kind: KeyStoreKind?, size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        if let kind, !kinds.contains(kind) { throw ConnectedAppError.notSetUp(kind) }
        return try await create(size: size, purpose: purpose)
    }

    /// Does nothing, for stores that never have a private key in memory.
    package func forgetOpenKeys(of appIDs: [String]?) {}

    /// Does nothing, for stores whose reference contains the key or whose keys cannot be listed.
    package func destroyStrays(beside reference: KeyReference, purpose: KeyPurpose) async throws {}
}

/// The app and credential that a key belongs to. A reference is bound to its purpose, so that it is useless in the record of
/// another credential.
package struct KeyPurpose: Sendable, Hashable {
    let appID: String
    package let credentialID: String

    /// Binds the parts of a reference to this purpose.
    ///
    /// The hash contains no secret. What prevents others from writing references is the authentication of the record.
    ///
    /// - Returns: SHA-256 over the purpose and the parts, in lower-case hex.
    func binding(over parts: [String]) -> String {
        var hash = SHA256()
        for part in ["key reference", appID, credentialID] + parts {
            hash.update(data: Data("\(part.utf8.count):".utf8))
            hash.update(data: Data(part.utf8))
        }
        return hash.finalize().hex
    }
}

/// Identifies a key in a key store. It is stored in the credential's record: the names of cases and properties must not
/// change.
package enum KeyReference: Sendable, Codable, Equatable {
    /// The private key itself, encrypted.
    case sealed(SealedBytes)
    /// A key that was created in a PKCS#11 token and never leaves it.
    case pkcs11(TokenKeyReference)
    /// A key with which the operator's own program signs.
    case command(CommandKeyReference)
}

/// Identifies a key in a PKCS#11 token. It does not contain the PIN. It is stored; the property names must not change.
package struct TokenKeyReference: Sendable, Codable, Equatable {
    /// The token's label without the padding blanks.
    package let token: String
    /// CKA_LABEL.
    package let label: String
    /// CKA_ID, lower-case hex.
    package let id: String
    /// The ``RSAPublicKey/fingerprint`` of the public key. It reveals that another key has the same label and id.
    package let publicKeySHA256: String
    private let binding: String

    package init(token: String, label: String, id: String, publicKeySHA256: String, purpose: KeyPurpose) {
        self.token = token
        self.label = label
        self.id = id
        self.publicKeySHA256 = publicKeySHA256
        binding = purpose.binding(over: ["pkcs11", token, label, id, publicKeySHA256])
    }

    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if the reference was created for another purpose.
    package func check(_ purpose: KeyPurpose) throws(ConnectedAppError) {
        guard binding == purpose.binding(over: ["pkcs11", token, label, id, publicKeySHA256]) else {
            throw ConnectedAppError(.recordAltered)
        }
    }
}

/// Identifies a key of a signer command. It is stored; the property names must not change.
package struct CommandKeyReference: Sendable, Codable, Equatable {
    /// The command's name for the key, such as an ARN.
    package let key: String
    /// The fingerprint of the public key that the command returned when it created the key.
    package let publicKeySHA256: String
    private let binding: String

    package init(key: String, publicKeySHA256: String, purpose: KeyPurpose) {
        self.key = key
        self.publicKeySHA256 = publicKeySHA256
        binding = purpose.binding(over: ["command", key, publicKeySHA256])
    }

    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if the reference was created for another purpose.
    package func check(_ purpose: KeyPurpose) throws(ConnectedAppError) {
        guard binding == purpose.binding(over: ["command", key, publicKeySHA256]) else {
            throw ConnectedAppError(.recordAltered)
        }
    }
}

/// Signs assertions and certificates with the key of a reference.
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
