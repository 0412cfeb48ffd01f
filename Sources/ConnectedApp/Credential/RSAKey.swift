internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import JWTBearer

/// The sizes of the RSA keys that aprity creates. The raw value is in bits; it is also the value in options and JSON.
package enum KeySize: Int, Codable, CaseIterable, Sendable {
    case bits2048 = 2048
    case bits3072 = 3072
    case bits4096 = 4096
}

/// A private RSA key in memory. Its description and its mirror do not contain the key.
package struct RSAKey: AssertionSigner {
    let key: _RSA.Signing.PrivateKey

    /// Creates a key. This takes a tenth of a second to a second, during which it blocks its thread.
    init(size: KeySize) throws(ConnectedAppError) {
        let bits: _RSA.Signing.KeySize =
            switch size {
            case .bits2048: .bits2048
            case .bits3072: .bits3072
            case .bits4096: .bits4096
            }
        do { key = try _RSA.Signing.PrivateKey(keySize: bits) } catch {
            throw ConnectedAppError(.internalError, evidence: ["crypto": "\(error)"])
        }
    }

    /// - Parameter pkcs8: DER, as ``pkcs8`` returns it.
    /// - Throws: ``ConnectedAppError`` with `.storeDamaged` if the bytes are no such key.
    init(pkcs8: [UInt8]) throws(ConnectedAppError) {
        do { key = try _RSA.Signing.PrivateKey(derRepresentation: pkcs8) } catch {
            throw ConnectedAppError(.storeDamaged, detail: "A private key of the store cannot be read.")
        }
    }

    /// Reads a key from PEM text; see ``init(file:passphrase:)``.
    package init(pem text: String, passphrase: () throws(ConnectedAppError) -> [UInt8]?) throws(ConnectedAppError) {
        try self.init(file: CredentialFile(pem: text), passphrase: passphrase)
    }

    /// Reads PKCS#1, PKCS#8 or an encrypted key. Ignores certificates in the file.
    ///
    /// - Parameter passphrase: Returns the passphrase, or `nil` if there is none. Called only for an encrypted key.
    /// - Throws: ``ConnectedAppError`` with `.keyMalformed` (also if the file contains several different keys),
    ///   `.keyUnsupported`, `.keyTooSmall`, `.passphraseMissing` or `.passphraseWrong`; or the error of `passphrase`. If the
    ///   file can be converted, the remedy contains the command.
    init(
        file: CredentialFile, passphrase: () throws(ConnectedAppError) -> [UInt8]?
    ) throws(ConnectedAppError) {
        let keys = try Self.all(in: file, passphrase: passphrase)
        guard keys.count == 1 else {
            throw ConnectedAppError(
                .keyMalformed, subject: file.shownName,
                detail: "The file contains \(keys.count) different private keys.",
                remedy: "Give a file with only the key that belongs to the app's certificate.")
        }
        self = keys[0]
    }

    /// Returns the different private keys of the file, in the file's order; at least one.
    ///
    /// - Throws: The errors of ``init(file:passphrase:)``, except the one for several keys.
    static func all(
        in file: CredentialFile, passphrase: () throws(ConnectedAppError) -> [UInt8]?
    ) throws(ConnectedAppError) -> [RSAKey] {
        var keys: [RSAKey] = []
        for object in try file.privateKeys() {
            let key = try RSAKey(object, in: file, passphrase: passphrase)
            if !keys.contains(where: { $0.publicKey == key.publicKey }) { keys.append(key) }
        }
        return keys
    }

    private init(
        _ object: CredentialObject, in file: CredentialFile, passphrase: () throws(ConnectedAppError) -> [UInt8]?
    ) throws(ConnectedAppError) {
        switch object {
        case .rsaKey(let block):
            key = try Self.read { try _RSA.Signing.PrivateKey(unsafePEMRepresentation: block.text) }
        case .encryptedKey(let block):
            try EncryptedKey.checkCanBeOpened(block, in: file)
            guard let secret = try passphrase() else { throw ConnectedAppError(.passphraseMissing) }
            key = try Self.decrypt(block, passphrase: secret, file: file)
        case .certificate, .certificateBundle, .certificateRequest, .publicKey, .unusableKey, .pkcs12, .javaKeystore,
            .unreadableFormat, .unknown:
            throw ConnectedAppError(.keyMalformed)
        }
        guard key.keySizeInBits >= 2048 else { throw ConnectedAppError(.keyTooSmall) }
    }

    private static func read(_ body: () throws -> _RSA.Signing.PrivateKey) throws(ConnectedAppError)
        -> _RSA.Signing.PrivateKey
    {
        do { return try body() } catch {
            throw ConnectedAppError(
                .keyMalformed, detail: "The private key inside the PEM text cannot be read as an RSA key.")
        }
    }

    private static func decrypt(
        _ block: PEMBlock, passphrase: [UInt8], file: CredentialFile
    ) throws(ConnectedAppError) -> _RSA.Signing.PrivateKey {
        if block.cipher == nil, let encrypted = EncryptedPKCS8(block.bytes) {
            guard let pkcs8 = encrypted.opened(passphrase) else { throw ConnectedAppError(.passphraseWrong) }
            guard case .rsaKey(let inner)? = try file.holding(pkcs8).privateKeys().first else {
                throw ConnectedAppError(.keyMalformed)
            }
            return try read { try _RSA.Signing.PrivateKey(unsafePEMRepresentation: inner.text) }
        }
        // The crypto library terminates the process for such a passphrase.
        guard passphrase.allSatisfy({ $0 < 0x80 }) else {
            throw ConnectedAppError(
                .keyUnsupported,
                detail:
                    "A passphrase with non-ASCII characters works only for keys that are encrypted with AES in PKCS#8.",
                remedy: EncryptedKey.encryptAgain(file))
        }
        do {
            return try _RSA.Signing.PrivateKey(encryptedPEMRepresentation: block.text) { set in set(passphrase) }
        } catch {
            throw ConnectedAppError(.passphraseWrong)
        }
    }

    /// The private key as PKCS#8 in DER. A secret: only ``SealedKeyStore`` may use it.
    var pkcs8: [UInt8] { [UInt8](key.pkcs8DERRepresentation) }

    var publicKey: RSAPublicKey { RSAPublicKey(key.publicKey) }

    /// Returns a signature by RSASSA-PKCS1-v1_5 with SHA-256.
    ///
    /// A fault in the computation would produce a signature that reveals the key. The crypto library prevents this: before
    /// `rsa_default_private_transform` (swift-crypto, `CCryptoBoringSSL/crypto/fipsmodule/rsa/rsa_impl.cc.inc`) returns a
    /// signature, it verifies it with the public exponent. Keys without that exponent cannot be read, so every key is
    /// protected.
    package func signature(over message: [UInt8]) async throws -> [UInt8] {
        [UInt8](try key.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5).rawRepresentation)
    }
}

extension RSAKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "RSAKey(\(publicKey.fingerprint))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// An RSA public key.
package struct RSAPublicKey: Sendable, Equatable {
    /// The SubjectPublicKeyInfo in DER.
    let der: [UInt8]
    /// The length of the modulus in bits.
    package let bits: Int

    init(_ key: _RSA.Signing.PublicKey) {
        der = [UInt8](key.derRepresentation)
        bits = key.keySizeInBits
    }

    /// - Parameters:
    ///   - modulus: Big-endian, unsigned.
    ///   - exponent: Big-endian, unsigned.
    /// - Throws: ``ConnectedAppError`` with `.keyTooSmall` if the crypto library does not accept the numbers as a key.
    package init(modulus: [UInt8], exponent: [UInt8]) throws(ConnectedAppError) {
        do { self.init(try _RSA.Signing.PublicKey(n: modulus, e: exponent)) } catch {
            throw ConnectedAppError(.keyTooSmall, detail: "The public key cannot be used as an RSA key.")
        }
    }

    /// - Parameter text: A SubjectPublicKeyInfo as PEM, or as Base64 of its DER form.
    /// - Throws: ``ConnectedAppError`` with `.keyMalformed`.
    package init(text: String) throws(ConnectedAppError) {
        let bytes: [UInt8]
        if let block = PEMBlock.blocks(in: text).first(where: { $0.label == "PUBLIC KEY" }) {
            bytes = block.bytes
        } else {
            bytes = [UInt8](Data(base64Encoded: text) ?? Data())
        }
        do { self.init(try _RSA.Signing.PublicKey(derRepresentation: bytes)) } catch {
            throw ConnectedAppError(.keyMalformed, detail: "This is not a public RSA key of 2048 bits or more.")
        }
    }

    /// Whether the signature is a valid RS256 signature of this key (RFC 7518 §3.3).
    package func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard let key = try? _RSA.Signing.PublicKey(derRepresentation: der) else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: message),
            padding: .insecurePKCS1v1_5)
    }

    /// SHA-256 over the SubjectPublicKeyInfo, lower-case hex.
    package var fingerprint: String { SHA256.hash(data: der).hex }
}
