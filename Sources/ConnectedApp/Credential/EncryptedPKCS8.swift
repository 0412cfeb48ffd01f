internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import SwiftASN1

/// A private key in openssl's default encryption: PBES2 with PBKDF2 and AES in CBC mode (RFC 8018 §6.2).
///
/// This type decrypts it because the crypto library terminates the process for a passphrase with non-ASCII characters.
struct EncryptedPKCS8 {
    private let salt: [UInt8]
    private let rounds: Int
    private let function: KDF.Insecure.PBKDF2.HashFunction
    private let keyBytes: Int
    private let vector: [UInt8]
    private let ciphertext: [UInt8]

    /// The supported pseudorandom functions of PBKDF2: HMAC with SHA-1, which is the default, or with a hash of the SHA-2
    /// family.
    private static let functions: [ASN1ObjectIdentifier: KDF.Insecure.PBKDF2.HashFunction] = [
        [1, 2, 840, 113_549, 2, 7]: .insecureSHA1, [1, 2, 840, 113_549, 2, 8]: .insecureSHA224,
        [1, 2, 840, 113_549, 2, 9]: .sha256, [1, 2, 840, 113_549, 2, 10]: .sha384,
        [1, 2, 840, 113_549, 2, 11]: .sha512,
    ]
    /// The key length in bytes of each supported cipher: AES-128, AES-192 and AES-256 in CBC mode.
    static let ciphers: [ASN1ObjectIdentifier: Int] = [
        [2, 16, 840, 1, 101, 3, 4, 1, 2]: 16, [2, 16, 840, 1, 101, 3, 4, 1, 22]: 24,
        [2, 16, 840, 1, 101, 3, 4, 1, 42]: 32,
    ]

    /// - Parameter bytes: An EncryptedPrivateKeyInfo (RFC 5208 §6) in DER.
    /// - Returns: `nil` if the bytes are something else, or the key is encrypted in another way.
    init?(_ bytes: [UInt8]) {
        let fields = DERFields(try? DER.parse(bytes))
        guard fields.nodes.count == 2, let ciphertext = DERFields.octets(fields.nodes[1]) else { return nil }
        let encryption = PasswordBasedEncryption(fields.nodes[0])
        guard let pbes2 = encryption.pbes2, let work = encryption.work,
            let function = Self.function(pbes2.function), let keyBytes = Self.ciphers[pbes2.cipher],
            let vector = pbes2.vector, vector.count == 16
        else { return nil }
        salt = work.salt
        rounds = work.rounds
        self.function = function
        self.keyBytes = keyBytes
        self.vector = vector
        self.ciphertext = ciphertext
    }

    /// Decrypts the key.
    ///
    /// - Parameter passphrase: The bytes from which the key is derived, usually UTF-8.
    /// - Returns: The content in DER, normally a PKCS#8 key; `nil` if the passphrase is wrong.
    func opened(_ passphrase: [UInt8]) -> [UInt8]? {
        guard
            let key = try? KDF.Insecure.PBKDF2.deriveKey(
                from: passphrase, salt: salt, using: function, outputByteCount: keyBytes, unsafeUncheckedRounds: rounds),
            let vector = try? AES._CBC.IV(ivBytes: vector),
            let opened = try? AES._CBC.decrypt(ciphertext, using: key, iv: vector)
        else { return nil }
        // A wrong passphrase produces valid padding about once in 256 times, but then the content is not DER.
        let bytes = [UInt8](opened)
        return (try? DER.parse(bytes)) == nil ? nil : bytes
    }

    /// Returns the pseudorandom function with an identifier; `nil` if it is not supported.
    ///
    /// - Parameter name: The identifier; `nil` for the default, HMAC with SHA-1.
    static func function(_ name: ASN1ObjectIdentifier?) -> KDF.Insecure.PBKDF2.HashFunction? {
        name.map { functions[$0] } ?? .insecureSHA1
    }
}
