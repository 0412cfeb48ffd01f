internal import Crypto

/// Stores each key, encrypted, inside the reference itself, which is in the credential's record. Each key is encrypted with its
/// own data key, and the master key encrypts the data key.
///
/// A key that has signed stays decrypted in memory and is used again within ten seconds; see ``OpenKeys``.
package struct SealedKeyStore: KeyStore {
    package var kinds: [KeyStoreKind] { [.sealed] }
    private let ring: MasterKeyRing
    private let surroundings: Surroundings
    let openKeys = OpenKeys()

    package init(ring: MasterKeyRing, surroundings: Surroundings) {
        self.ring = ring
        self.surroundings = surroundings
    }

    /// Creates a key in this process, which takes a tenth of a second to a second.
    package func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        try await adopt(RSAKey(size: size), purpose: purpose)
    }

    package func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference {
        .sealed(try ring.seal(key.pkcs8, binding: Self.binding(purpose), randomBytes: surroundings.randomBytes))
    }

    package func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey {
        try open(reference, purpose).publicKey
    }

    package func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8] {
        let key = try openKeys.key(of: sealed(reference), purpose, at: surroundings.uptime()) {
            try open(reference, purpose)
        }
        return try await key.signature(over: message)
    }

    /// Only removes it from memory: the key is destroyed together with the record that contains the reference.
    package func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws {
        openKeys.forget { $0 == purpose }
    }

    package func forgetOpenKeys(of appIDs: [String]?) {
        openKeys.forget { appIDs?.contains($0.appID) ?? true }
    }

    private func open(_ reference: KeyReference, _ purpose: KeyPurpose) throws -> RSAKey {
        try RSAKey(pkcs8: ring.open(sealed(reference), binding: Self.binding(purpose)))
    }

    private func sealed(_ reference: KeyReference) throws(ConnectedAppError) -> SealedBytes {
        switch reference {
        case .sealed(let sealed): return sealed
        case .pkcs11, .command: throw ConnectedAppError(.keyUnavailable)
        }
    }

    /// Returns the texts to which a sealed key is bound. They are authenticated with stored keys, so they must not change.
    static func binding(_ purpose: KeyPurpose) -> [String] {
        ["private key", purpose.appID, purpose.credentialID]
    }
}
