internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import SwiftASN1

/// A private key encrypted in the way that openssl does by itself: PBES2 with PBKDF2 and AES in CBC mode (RFC 8018 §6.2).
///
/// Opened here, since the crypto library ends the process over a passphrase beyond ASCII.
struct EncryptedPKCS8 {
    private let salt: [UInt8]
    private let rounds: Int
    private let function: KDF.Insecure.PBKDF2.HashFunction
    private let keyBytes: Int
    private let vector: [UInt8]
    private let ciphertext: [UInt8]

    /// HMAC with SHA-1, which is also meant if none is named, and with the SHA-2 family.
    static let functions: [ASN1ObjectIdentifier: KDF.Insecure.PBKDF2.HashFunction] = [
        [1, 2, 840, 113_549, 2, 7]: .insecureSHA1, [1, 2, 840, 113_549, 2, 8]: .insecureSHA224,
        [1, 2, 840, 113_549, 2, 9]: .sha256, [1, 2, 840, 113_549, 2, 10]: .sha384,
        [1, 2, 840, 113_549, 2, 11]: .sha512,
    ]
    /// The bytes of the key of each cipher.
    static let ciphers: [ASN1ObjectIdentifier: Int] = [
        [2, 16, 840, 1, 101, 3, 4, 1, 2]: 16, [2, 16, 840, 1, 101, 3, 4, 1, 22]: 24,
        [2, 16, 840, 1, 101, 3, 4, 1, 42]: 32,
    ]

    /// - Parameter bytes: An EncryptedPrivateKeyInfo (RFC 5208 §6), DER.
    /// - Returns: `nil` where it is none, or encrypted in another way.
    init?(_ bytes: [UInt8]) {
        guard let whole = try? DER.parse(bytes), let fields = Self.children(whole, 2),
            let scheme = Self.children(fields[0], 2), Self.identifier(scheme[0]) == PasswordBasedEncryption.pbes2,
            let parts = Self.children(scheme[1], 2),
            let derivation = Self.children(parts[0], 2),
            Self.identifier(derivation[0]) == PasswordBasedEncryption.pbkdf2,
            let cipher = Self.children(parts[1], 2), let name = Self.identifier(cipher[0]),
            let keyBytes = Self.ciphers[name], let vector = Self.octets(cipher[1]), vector.count == 16,
            let ciphertext = Self.octets(fields[1])
        else { return nil }
        // Salt, rounds, perhaps the key's length, perhaps the pseudorandom function.
        guard let values = Self.children(derivation[1], nil), values.count >= 2, let salt = Self.octets(values[0]),
            let rounds = PasswordBasedEncryption.boundedRounds(fields[0]),
            let function = Self.function(values.dropFirst(2).compactMap { Self.children($0, nil)?.first })
        else { return nil }
        self.salt = salt
        self.rounds = rounds
        self.function = function
        self.keyBytes = keyBytes
        self.vector = vector
        self.ciphertext = ciphertext
    }

    /// - Returns: A PKCS#8 key, DER; `nil` where the passphrase is not the right one.
    func opened(_ passphrase: [UInt8]) -> [UInt8]? {
        guard
            let key = try? KDF.Insecure.PBKDF2.deriveKey(
                from: passphrase, salt: salt, using: function, outputByteCount: keyBytes, unsafeUncheckedRounds: rounds),
            let vector = try? AES._CBC.IV(ivBytes: vector),
            let opened = try? AES._CBC.decrypt(ciphertext, using: key, iv: vector)
        else { return nil }
        // A wrong key leaves right padding once in 256 times, but no structure.
        let bytes = [UInt8](opened)
        return (try? DER.parse(bytes)) == nil ? nil : bytes
    }

    private static func function(_ named: [ASN1Node]) -> KDF.Insecure.PBKDF2.HashFunction? {
        named.isEmpty ? .insecureSHA1 : named.first.flatMap(identifier).flatMap { functions[$0] }
    }

    private static func children(_ node: ASN1Node, _ count: Int?) -> [ASN1Node]? {
        guard case .constructed(let nodes) = node.content else { return nil }
        let all = Array(nodes)
        return count == nil || all.count == count ? all : nil
    }

    private static func identifier(_ node: ASN1Node) -> ASN1ObjectIdentifier? {
        try? ASN1ObjectIdentifier(derEncoded: node)
    }

    private static func octets(_ node: ASN1Node) -> [UInt8]? {
        (try? ASN1OctetString(derEncoded: node)).map { Array($0.bytes) }
    }
}
