internal import SwiftASN1

/// One of the objects in a file that should contain private keys or certificates.
///
/// The content determines the kind, because the labels of PEM blocks are often wrong. Only the outermost structure is read,
/// so a certificate or a key, for example, can still turn out to be malformed.
enum CredentialObject: Equatable {
    /// An X.509 certificate in DER or BER.
    case certificate([UInt8])
    /// Certificates without a key (PKCS#7, RFC 2315 §9) in DER or BER.
    case certificateBundle([UInt8])
    /// A certificate signing request (PKCS#10).
    case certificateRequest
    /// A public key without a certificate, also in OpenSSH's format.
    case publicKey
    /// An unencrypted private RSA key: PKCS#8 or PKCS#1.
    case rsaKey(PEMBlock)
    /// An encrypted private key. If it is not an RSA key, that often shows only when it is decrypted.
    case encryptedKey(PEMBlock)
    case unusableKey(UnusableKey)
    /// A private key with its certificates (PKCS#12) in DER or BER.
    case pkcs12([UInt8])
    /// A keystore of the types JKS or JCEKS.
    case javaKeystore
    /// A key or certificate in a format that aprity recognizes but cannot read.
    case unreadableFormat(UnreadableFormat)
    /// A PEM block with this label that is none of the above.
    case unknown(label: String)

    /// A private key that aprity cannot use: another program's format, or an algorithm that Salesforce does not accept.
    enum UnusableKey: Equatable {
        /// A key in OpenSSH's format. An RSA key can be converted.
        case openSSH(isRSA: Bool)
        case putty
        case ellipticCurve, ed25519, dsa
        /// An RSA key that may be used with RSASSA-PSS only (RFC 4055 §1.2).
        case rsaPSS
        case otherAlgorithm

        /// - Parameter algorithm: The algorithm of a public or private key other than `rsaEncryption`.
        init(algorithm: ASN1ObjectIdentifier?) {
            self =
                switch algorithm {
                case [1, 2, 840, 10045, 2, 1]?: .ellipticCurve
                case [1, 3, 101, 112]?: .ed25519
                case [1, 2, 840, 10040, 4, 1]?: .dsa
                case [1, 2, 840, 113_549, 1, 1, 10]?: .rsaPSS
                default: .otherAlgorithm
                }
        }
    }

    init(_ block: PEMBlock) {
        switch block.label {
        case "OPENSSH PRIVATE KEY": self = .unusableKey(.openSSH(isRSA: OpenSSHKey(block.bytes)?.type == "ssh-rsa"))
        // The content is encrypted, so only the label shows the kind.
        case "EC PRIVATE KEY" where block.cipher != nil: self = .unusableKey(.ellipticCurve)
        case "DSA PRIVATE KEY" where block.cipher != nil: self = .unusableKey(.dsa)
        case _ where block.cipher != nil: self = .encryptedKey(block)
        case "TRUSTED CERTIFICATE": self = .unreadableFormat(.trustedCertificate)
        default: self = CredentialObject(der: block.bytes) ?? .unknown(label: block.label)
        }
    }

    /// Recognizes a file in a format other than PEM and DER by its first bytes.
    ///
    /// - Returns: `nil` if the file has none of these formats: a Java keystore, a private key of PuTTY or Microsoft, a public
    ///   key of OpenSSH.
    static func container(_ bytes: [UInt8]) -> CredentialObject? {
        // "java.security.KeyStore" of the types JKS and JCEKS.
        if bytes.starts(with: [0xFE, 0xED, 0xFE, 0xED]) || bytes.starts(with: [0xCE, 0xCE, 0xCE, 0xCE]) {
            return .javaKeystore
        }
        if bytes.starts(with: Array("PuTTY-User-Key-File".utf8)) { return .unusableKey(.putty) }
        if let form = UnreadableFormat(binary: bytes) { return .unreadableFormat(form) }
        return bytes.starts(with: Array("ssh-".utf8)) || bytes.starts(with: Array("ecdsa-sha2-".utf8))
            ? .publicKey : nil
    }
}

/// The unencrypted header of a private key in OpenSSH's format (PROTOCOL.key of OpenSSH).
private struct OpenSSHKey {
    /// The key's algorithm, such as `ssh-rsa`.
    let type: String

    init?(_ bytes: [UInt8]) {
        let magic = Array("openssh-key-v1\0".utf8)
        guard bytes.starts(with: magic) else { return nil }
        var rest = bytes.dropFirst(magic.count)
        // Cipher, key derivation and its options, the number of keys, the public key.
        guard Self.string(&rest) != nil, Self.string(&rest) != nil, Self.string(&rest) != nil, rest.count > 4 else {
            return nil
        }
        rest = rest.dropFirst(4)
        guard var key = Self.string(&rest), let type = Self.string(&key) else { return nil }
        self.type = String(decoding: type, as: UTF8.self)
    }

    /// Reads a four-byte length and that many bytes, and removes them from `rest`.
    private static func string(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}

extension CredentialObject {
    /// Recognizes an object by the tags of its members.
    ///
    /// - Parameter bytes: DER or BER.
    /// - Returns: `nil` if the object is of no known kind.
    init?(der bytes: [UInt8]) {
        guard let node = try? BER.parse(bytes), node.identifier == .sequence else { return nil }
        let fields = DERFields(node)
        switch fields.shape {
        case [.sequence, .sequence, .bitString]:
            let body = DERFields(fields.nodes[0])
            if body.nodes.count >= 6 {
                self = .certificate(bytes)
            } else {
                self = .certificateRequest
            }
        case [.sequence, .bitString], [.integer, .integer]: self = .publicKey
        case [.sequence, .octetString]: self = .encryptedKey(PEMBlock(label: "ENCRYPTED PRIVATE KEY", bytes: bytes))
        case let shape where shape.starts(with: [.integer, .sequence, .octetString]):
            self = Self.pkcs8(bytes, algorithm: DERFields(fields.nodes[1]).identifier)
        case let shape where shape.starts(with: [.integer, .octetString]): self = .unusableKey(.ellipticCurve)
        case let shape where shape == Array(repeating: .integer, count: 9):
            self = .rsaKey(PEMBlock(label: "RSA PRIVATE KEY", bytes: bytes))
        case let shape where shape == Array(repeating: .integer, count: 6): self = .unusableKey(.dsa)
        case let shape where shape.starts(with: [.integer, .sequence]) && shape.count <= 3:
            self = .pkcs12(bytes)
        case let shape where shape.first == .objectIdentifier && fields.identifier == PKCS7.signedData:
            self = .certificateBundle(bytes)
        default: return nil
        }
    }

    private static func pkcs8(_ bytes: [UInt8], algorithm: ASN1ObjectIdentifier?) -> CredentialObject {
        switch algorithm {
        case ASN1ObjectIdentifier.AlgorithmIdentifier.rsaEncryption?:
            .rsaKey(PEMBlock(label: "PRIVATE KEY", bytes: bytes))
        default: .unusableKey(UnusableKey(algorithm: algorithm))
        }
    }
}
