/// The kinds of key store; which one new keys are made in is a setting. A rotation stays in its kind.
public enum KeyStoreKind: String, Sendable, Codable, CaseIterable {
    /// Encrypted in aprity's own store.
    case sealed
    /// In a PKCS#11 token.
    case pkcs11
    /// With a signer command.
    case command

    /// For people.
    public var label: String {
        switch self {
        case .sealed: "sealed in aprity's store"
        case .pkcs11: "in a PKCS#11 token"
        case .command: "with the signer command"
        }
    }

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

    package var kinds: [KeyStoreKind] {
        [kindOfNewKeys] + KeyStoreKind.allCases.filter { $0 != kindOfNewKeys && stores[$0] != nil }
    }

    package func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        try await create(in: nil, size: size, purpose: purpose)
    }

    package func create(in kind: KeyStoreKind?, size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        try await store(kind ?? kindOfNewKeys).create(size: size, purpose: purpose)
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

    package func destroyStrays(beside reference: KeyReference, purpose: KeyPurpose) async throws {
        try await store(KeyStoreKind(reference)).destroyStrays(beside: reference, purpose: purpose)
    }

    private func store(_ kind: KeyStoreKind) throws(ConnectedAppError) -> any KeyStore {
        guard let store = stores[kind] else { throw ConnectedAppError.notSetUp(kind) }
        return store
    }
}

extension ConnectedAppError {
    /// The key lies, or is to be made, where the settings lead to nothing.
    package static func notSetUp(_ kind: KeyStoreKind) -> ConnectedAppError {
        switch kind {
        case .sealed: ConnectedAppError(.configurationMalformed, detail: "This key store holds no sealed keys.")
        case .pkcs11:
            ConnectedAppError(
                .configurationMalformed, subject: "APRITY_PKCS11_MODULE",
                detail: "The key belongs into a PKCS#11 token, and no module is set to reach it.")
        case .command:
            ConnectedAppError(
                .configurationMalformed, subject: "APRITY_SIGNER_COMMAND",
                detail: "The key is one of a signer command, and none is set.")
        }
    }

    /// A store whose keys are born inside it takes over none.
    package static let takesOverNoKeys = ConnectedAppError(
        .keyUnsupported,
        detail: "The key store of this home makes its keys itself and takes over none; APRITY_KEY_STORE=sealed does.")
}
