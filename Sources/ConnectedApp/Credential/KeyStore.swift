internal import JWTBearer

/// Where private keys live. A key store signs; it does not hand out private keys.
///
/// What must hold for every implementation: a reference stays good across processes and restarts until `destroy`;
/// `create` and `adopt` leave nothing behind where they throw; all calls are safe at once from many tasks; a reference
/// used for another purpose than it was made for is refused, never answered with another key.
package protocol KeyStore: Sendable {
    func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference
    /// Takes over a key that exists already. A store whose keys are born inside it refuses with `.keyUnsupported`.
    func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference
    func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8]
    func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws
}

/// What a key is for. Bound to it, so that a reference that was moved to another record does not open.
package struct KeyPurpose: Sendable, Hashable {
    package let appID: String
    package let credentialID: String
}

/// How a key store finds a key again. Belongs into the credential's record.
package enum KeyReference: Sendable, Codable, Equatable {
    /// The private key itself, encrypted.
    case sealed(SealedBytes)
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
