package import ConnectedApp
internal import Synchronization

/// A key store that takes prepared keys instead of generating them, because that is slow. Otherwise it is a sealed key
/// store.
///
/// It takes the keys of ``TestKeys`` in turn, always with 2,048 bits, whatever size is requested.
package final class PreparedKeyStore: KeyStore {
    package var kinds: [KeyStoreKind] { base.kinds }
    private let base: SealedKeyStore
    private let next = Mutex(0)

    private let onForget: @Sendable ([String]?) -> Void

    /// - Parameter onForget: Called with the argument of each ``forgetOpenKeys(of:)``.
    package init(_ base: SealedKeyStore, onForget: @escaping @Sendable ([String]?) -> Void = { _ in }) {
        self.base = base
        self.onForget = onForget
    }

    package func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        let index = next.withLock { next in
            defer { next += 1 }
            return next
        }
        let key = try RSAKey(pem: TestKeys.all[index % TestKeys.all.count]) { () throws(ConnectedAppError) in nil }
        return try await base.adopt(key, purpose: purpose)
    }

    package func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference {
        try await base.adopt(key, purpose: purpose)
    }

    package func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey {
        try await base.publicKey(of: reference, purpose: purpose)
    }

    package func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8] {
        try await base.sign(message, with: reference, purpose: purpose)
    }

    package func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws {
        try await base.destroy(reference, purpose: purpose)
    }

    package func forgetOpenKeys(of appIDs: [String]?) {
        base.forgetOpenKeys(of: appIDs)
        onForget(appIDs)
    }
}
