/// The kinds of key store. The setting `APRITY_KEY_STORE` selects the kind for new keys; a rotation keeps the kind of the
/// present key unless another is requested.
///
/// The raw values are setting values and appear in JSON; they must not change.
package enum KeyStoreKind: String, Sendable, Codable, CaseIterable {
    /// Keys are encrypted in aprity's own store.
    case sealed
    /// Keys are in a PKCS#11 token.
    case pkcs11
    /// Keys are managed by a signer command.
    case command

    /// A description for users.
    package var label: String {
        switch self {
        case .sealed: "sealed in aprity's store"
        case .pkcs11: "in a PKCS#11 token"
        case .command: "with the signer command"
        }
    }

    init(_ reference: KeyReference) {
        self =
            switch reference {
            case .sealed: .sealed
            case .pkcs11: .pkcs11
            case .command: .command
            }
    }
}

/// All key stores that the settings describe. Creates and adopts keys in the store of the selected kind. Finds an existing
/// key in the store that its reference names.
package struct KeyStores: KeyStore {
    private let stores: [KeyStoreKind: any KeyStore]
    private let kindOfNewKeys: KeyStoreKind

    /// - Parameters:
    ///   - stores: The stores that the settings describe.
    ///   - kind: The kind for new keys. If `stores` has none of it, creating a key throws `.configurationMalformed`.
    package init(_ stores: [KeyStoreKind: any KeyStore], newKeysIn kind: KeyStoreKind) {
        self.stores = stores
        kindOfNewKeys = kind
    }

    package var kinds: [KeyStoreKind] {
        ([kindOfNewKeys] + KeyStoreKind.allCases.filter { $0 != kindOfNewKeys }).filter { stores[$0] != nil }
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

    package func forgetOpenKeys(of appIDs: [String]?) {
        for store in stores.values { store.forgetOpenKeys(of: appIDs) }
    }

    private func store(_ kind: KeyStoreKind) throws(ConnectedAppError) -> any KeyStore {
        guard let store = stores[kind] else { throw ConnectedAppError.notSetUp(kind) }
        return store
    }
}

extension ConnectedAppError {
    /// The error if the settings describe no store of the kind that an existing or a new key needs.
    static func notSetUp(_ kind: KeyStoreKind) -> ConnectedAppError {
        switch kind {
        case .sealed: ConnectedAppError(.configurationMalformed, detail: "This key store contains no sealed keys.")
        case .pkcs11:
            ConnectedAppError(
                .configurationMalformed, subject: "APRITY_PKCS11_MODULE",
                detail: "A key in a PKCS#11 token is needed, but no module is set.")
        case .command:
            ConnectedAppError(
                .configurationMalformed, subject: "APRITY_SIGNER_COMMAND",
                detail: "A key of a signer command is needed, but no signer command is set.")
        }
    }

    /// The error of ``KeyStore/adopt(_:purpose:)`` of a store that only creates keys itself.
    package static let cannotAdoptKeys = ConnectedAppError(
        .keyUnsupported,
        detail:
            "The selected key store creates its keys itself and cannot import one. To import a key, set APRITY_KEY_STORE=sealed."
    )
}
