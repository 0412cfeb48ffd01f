internal import SwiftASN1

/// What a PKCS#8 file says of itself on the outside, before anything is opened.
///
/// Asked here, since the crypto library's error codes do not tell a wrong passphrase from a cipher that it lacks.
enum PKCS8 {
    /// Whether the bytes are a private key (RFC 5208 §5) of another algorithm than RSA.
    static func isOfAnotherKind(_ bytes: [UInt8]) -> Bool {
        let fields = children(try? DER.parse(bytes))
        guard fields.count >= 3, let algorithm = identifier(fields[1]) else { return false }
        return algorithm != .AlgorithmIdentifier.rsaEncryption
    }

    /// Whether an encrypted private key (RFC 5208 §6) is one that can be opened with its passphrase: PBES2 with PBKDF2
    /// (RFC 8018 §6.2), or PKCS#12's older schemes; not scrypt (RFC 7914).
    ///
    /// - Returns: `nil` where the bytes are no encrypted private key.
    static func isSupported(encrypted bytes: [UInt8]) -> Bool? {
        let fields = children(try? DER.parse(bytes))
        guard fields.count == 2, let scheme = identifier(fields[0]) else { return nil }
        guard scheme == PasswordBasedEncryption.pbes2 else {
            return scheme.oidComponents.starts(with: PasswordBasedEncryption.pkcs12Schemes)
        }
        let parts = children(children(fields[0]).last)
        guard parts.count == 2, let derivation = identifier(parts[0]), let cipher = identifier(parts[1]) else {
            return nil
        }
        // Salt, iterations, perhaps the key's length, perhaps the pseudorandom function.
        let function = children(children(parts[0]).last).dropFirst(2).lazy.compactMap(identifier).first
        return derivation == PasswordBasedEncryption.pbkdf2 && ciphers.contains(cipher)
            && (function.map(functions.contains) ?? true)
    }

    /// Whether opening an encrypted private key is bounded work.
    static func hasBoundedRounds(encrypted bytes: [UInt8]) -> Bool {
        children(try? DER.parse(bytes)).first.flatMap(PasswordBasedEncryption.boundedRounds) != nil
    }

    /// AES-128, AES-192, AES-256 and Triple DES, each in CBC mode.
    private static let ciphers: Set<ASN1ObjectIdentifier> = [
        [2, 16, 840, 1, 101, 3, 4, 1, 2], [2, 16, 840, 1, 101, 3, 4, 1, 22], [2, 16, 840, 1, 101, 3, 4, 1, 42],
        [1, 2, 840, 113_549, 3, 7],
    ]
    /// HMAC with SHA-1, which is also meant where none is named, and with SHA-256.
    private static let functions: Set<ASN1ObjectIdentifier> = [
        [1, 2, 840, 113_549, 2, 7], [1, 2, 840, 113_549, 2, 9],
    ]

    private static func children(_ node: ASN1Node?) -> [ASN1Node] {
        guard case .constructed(let nodes)? = node?.content else { return [] }
        return Array(nodes)
    }

    /// The object identifier that an AlgorithmIdentifier begins with.
    private static func identifier(_ node: ASN1Node) -> ASN1ObjectIdentifier? {
        children(node).first.flatMap { try? ASN1ObjectIdentifier(derEncoded: $0) }
    }
}
