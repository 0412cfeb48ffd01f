internal import Foundation
internal import JWTBearer

/// Creates keys and their certificates.
struct NewCredentials: Sendable {
    let keys: any KeyStore
    let surroundings: Surroundings

    /// Creates a key and its self-signed certificate. The caller saves the returned record. If saving fails, the caller
    /// must destroy the key; see ``destroyingKeyOnError(_:_:)``.
    ///
    /// - Parameters:
    ///   - purpose: The app, and the id of the new credential.
    ///   - state: The state of the new credential.
    ///   - kind: The key store in which to create the key; `nil`: the default of this home.
    ///   - days: How long the certificate is valid, from 1 to ``AppCertificate/longestLife``.
    ///   - alias: A connection of the app, for the name in the certificate.
    /// - Throws: ``ConnectedAppError``: `.usage` if `days` is out of range, and the causes of key stores. No key
    ///   remains then, unless it cannot be destroyed.
    func make(
        _ purpose: KeyPurpose, _ state: CredentialRecord.State, in kind: KeyStoreKind?, size: KeySize, days: Int,
        alias: String
    ) async throws -> CredentialRecord {
        let now = surroundings.now()
        let reference = try await keys.create(in: kind, size: size, purpose: purpose)
        let certificate = try await destroyingKeyOnError((reference, purpose)) {
            try await AppCertificate.selfSigned(
                publicKey: keys.publicKey(of: reference, purpose: purpose),
                signer: StoredKeySigner(store: keys, reference: reference, purpose: purpose),
                commonName: "aprity \(alias) \(purpose.credentialID.prefix(8))", now: now, days: days,
                randomBytes: surroundings.randomBytes)
        }
        return CredentialRecord(
            id: purpose.credentialID, appID: purpose.appID, state: state, origin: .generated,
            certificateDER: Data(certificate.der), key: reference, createdAt: now)
    }

    /// Runs the body, and destroys a new key if the body throws, because then no record names the key. If the key
    /// cannot be destroyed, this is only counted and logged, and the body's error is thrown.
    ///
    /// - Parameter key: `nil` if no key was created.
    func destroyingKeyOnError<Value: Sendable>(
        _ key: (reference: KeyReference, purpose: KeyPurpose)?, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch {
            if let key {
                await surroundings.tolerating(.keyDestruction) {
                    try await keys.destroy(key.reference, purpose: key.purpose)
                }
            }
            throw error
        }
    }

    /// Destroys keys of the same purpose that a crashed process may have left beside a key. A failure is only counted
    /// and logged, because aprity tries again when it destroys the key itself.
    func destroyStrays(beside key: KeyReference, _ purpose: KeyPurpose) async {
        await surroundings.tolerating(.keyDestruction) { try await keys.destroyStrays(beside: key, purpose: purpose) }
    }
}
