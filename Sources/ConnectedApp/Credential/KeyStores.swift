/// The kinds of key store; which one new keys are made in is a setting.
public enum KeyStoreKind: String, Sendable, Codable, CaseIterable {
    /// Encrypted in aprity's own store.
    case sealed
    /// In a PKCS#11 token.
    case pkcs11
    /// With a signer command.
    case command

    package init(_ reference: KeyReference) {
        self =
            switch reference {
            case .sealed: .sealed
            case .pkcs11: .pkcs11
            case .command: .command
            }
    }
}

/// Every key store of a home as one: a new key is made in the chosen store, and a key that exists is asked for where its
/// reference says that it lies.
package struct KeyStores: KeyStore {
    private let stores: [KeyStoreKind: any KeyStore]
    private let kindOfNewKeys: KeyStoreKind

    /// - Parameter stores: Those that the settings describe.
    package init(_ stores: [KeyStoreKind: any KeyStore], newKeysIn kind: KeyStoreKind) {
        self.stores = stores
        kindOfNewKeys = kind
    }

    package func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        try await store(kindOfNewKeys).create(size: size, purpose: purpose)
    }

    package func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference {
        try await store(kindOfNewKeys).adopt(key, purpose: purpose)
    }

    package func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey {
        try await store(KeyStoreKind(reference)).publicKey(of: reference, purpose: purpose)
    }

    package func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8] {
        try await store(KeyStoreKind(reference)).sign(message, with: reference, purpose: purpose)
    }

    package func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws {
        try await store(KeyStoreKind(reference)).destroy(reference, purpose: purpose)
    }

    private func store(_ kind: KeyStoreKind) throws(ConnectedAppError) -> any KeyStore {
        if let store = stores[kind] { return store }
        switch kind {
        case .sealed: throw ConnectedAppError(.internalError)
        case .pkcs11:
            throw ConnectedAppError(
                .configurationMalformed, subject: "APRITY_PKCS11_MODULE",
                detail: "The key lies in a PKCS#11 token, and no module is set to reach it.")
        case .command:
            throw ConnectedAppError(
                .configurationMalformed, subject: "APRITY_SIGNER_COMMAND",
                detail: "The key is one of a signer command, and none is set.")
        }
    }
}

extension ConnectedAppError {
    /// A store whose keys are born inside it takes over none.
    package static let takesOverNoKeys = ConnectedAppError(
        .keyUnsupported,
        detail: "The key store of this home makes its keys itself and takes over none; APRITY_KEY_STORE=sealed does.")
}
