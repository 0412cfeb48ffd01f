package import ConnectedApp
internal import NIOPosix

/// A key store whose keys are generated in a PKCS#11 token and never leave it.
///
/// The module is loaded on first use. Its calls block, so they run on a thread pool and not on the threads that tasks
/// share. Their errors are those of ``KeyStore``, and also `.configurationMalformed` for the module or the token, and
/// `.pinRefused`.
package struct PKCS11KeyStore: KeyStore {
    package var kinds: [KeyStoreKind] { [.pkcs11] }
    private let modulePath: String
    private let token: String
    private let pinFile: SecretFile
    private let surroundings: Surroundings
    private let computesDigest: Bool

    /// - Parameters:
    ///   - modulePath: The absolute path of the module's shared library.
    ///   - token: The label of the token for new keys.
    ///   - pinFile: The file whose first line is the token's PIN. It is read at each login.
    ///   - computesDigest: Whether to compute digests in this process even if the token can. For tests.
    package init(
        modulePath: String, token: String, pinFile: SecretFile, surroundings: Surroundings, computesDigest: Bool = false
    ) {
        self.modulePath = modulePath
        self.token = token
        self.pinFile = pinFile
        self.surroundings = surroundings
        self.computesDigest = computesDigest
    }

    package func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        let name = TokenSession.Name(
            label: "aprity " + purpose.credentialID.prefix(16), id: surroundings.randomBytes(16))
        let publicKey = try await use { session, _ in try session.generate(bits: size.rawValue, name) }
        return .pkcs11(
            TokenKeyReference(
                token: token, label: name.label, id: name.id.hex, publicKeySHA256: publicKey.fingerprint,
                purpose: purpose))
    }

    package func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference {
        throw ConnectedAppError.cannotAdoptKeys
    }

    package func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey {
        let place = try checked(reference, purpose)
        return try await use { session, _ in try Self.key(place, session).publicKey }
    }

    package func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8] {
        let place = try checked(reference, purpose)
        let digestsHere = computesDigest
        return try await use { session, _ in
            let key = try Self.key(place, session)
            let signature = try session.sign(message, with: key, computesDigest: digestsHere)
            guard key.publicKey.verifies(signature, over: message) else {
                throw ConnectedAppError(.signatureFalse, subject: "token \(place.token)")
            }
            return signature
        }
    }

    package func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws {
        let name = try Self.name(checked(reference, purpose))
        try await use { session, isLast in
            // Some modules report a token that was unplugged as an empty one. So a key counts as destroyed only if a
            // new session does not find it either.
            if try !session.destroy(name), !isLast { throw KeyAbsent() }
        }
    }

    package func destroyStrays(beside reference: KeyReference, purpose: KeyPurpose) async throws {
        let name = try Self.name(checked(reference, purpose))
        try await use { session, _ in try session.destroyOthers(of: name) }
    }

    /// Closes the sessions and finalizes the module, for all key stores of this process that use it, so that tests
    /// can stop the module's server. The next use loads the module again.
    func close() async {
        let path = modulePath
        // Errors are ignored, because the next use reports them.
        _ = try? await NIOThreadPool.singleton.runIfActive { try TokenModule.at(path).close() }
    }

    // MARK: Parts

    private func checked(_ reference: KeyReference, _ purpose: KeyPurpose) throws -> TokenKeyReference {
        guard case .pkcs11(let place) = reference else { throw ConnectedAppError(.keyUnavailable) }
        try place.check(purpose)
        // The PIN in the file is that of the configured token. It must not be tried on another one.
        guard place.token == token else {
            throw ConnectedAppError(
                .keyUnavailable, subject: "token \(place.token)",
                detail: "The key is in this token, but APRITY_PKCS11_TOKEN names \(token). Set it to the key's token.")
        }
        return place
    }

    private static func name(_ place: TokenKeyReference) throws -> TokenSession.Name {
        guard let id = [UInt8](hex: place.id[...]) else { throw ConnectedAppError(.recordAltered) }
        return TokenSession.Name(label: place.label, id: id)
    }

    private static func key(_ place: TokenKeyReference, _ session: TokenSession) throws -> TokenSession.Key {
        let key = try session.key(name(place))
        guard key.publicKey.fingerprint == place.publicKeySHA256 else {
            throw ConnectedAppError(
                .keyUnavailable, subject: "token \(place.token)",
                detail: "The token has a different key under the name of this key.")
        }
        return key
    }

    /// See ``TokenModule/use(_:pin:body:)``. `isLast` is `true` if `body` runs for the second time.
    private func use<Value: Sendable>(
        _ body: @escaping @Sendable (TokenSession, _ isLast: Bool) throws -> Value
    ) async throws -> Value {
        let (path, token, pinFile) = (modulePath, token, pinFile)
        return try await NIOThreadPool.singleton.runIfActive {
            try TokenModule.at(path).use(
                token, pin: { () throws(ConnectedAppError) in try pinFile.firstLine() }, body: body)
        }
    }
}
