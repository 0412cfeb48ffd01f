internal import Foundation
internal import NIOSSL
internal import SwiftASN1

/// The structure of a PKCS#12 file. The passphrase is not checked, and nothing is decrypted.
struct PKCS12Envelope {
    /// The AuthenticatedSafe in the file's encoding. The MAC covers these bytes.
    let content: [UInt8]
    let mac: PKCS12MAC
    /// The ContentInfo structures in the AuthenticatedSafe, encrypted or not, in the file's order.
    private var parts: [ASN1Node]

    private static let data: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 7, 1]
    private static let encryptedData: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 7, 6]
    private static let keyBag: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 12, 10, 1, 1]
    private static let shroudedKeyBag: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 12, 10, 1, 2]
    private static let certificateBag: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 12, 10, 1, 3]
    private static let friendlyName: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 9, 20]
    private static let x509Certificate: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 9, 22, 1]

    /// - Parameter bytes: The file, in DER or BER.
    /// - Throws: ``ConnectedAppError`` with `.keyUnsupported` if the MAC is of a kind that aprity does not support, with
    ///   `.keyMalformed` if this is not a PKCS#12 file with a MAC.
    init(_ bytes: [UInt8]) throws(ConnectedAppError) {
        do {
            let fields = DERFields(try BER.parse(bytes)).nodes
            guard fields.count == 3, try Int(berEncoded: fields[0]) == 3,
                let content = try Self.octets(of: fields[1])
            else { throw ConnectedAppError(.keyMalformed) }
            self.content = content
            mac = try PKCS12MAC(fields[2])
            parts = DERFields(try BER.parse(content)).nodes
        } catch let error as ConnectedAppError where error.cause == .keyUnsupported {
            throw error
        } catch {
            throw ConnectedAppError.noPKCS12()
        }
    }

    /// Whether this is a PKCS#12 file without a MAC, which is optional (RFC 7292 §4).
    static func lacksMAC(_ bytes: [UInt8]) -> Bool {
        guard let file = try? BER.parse(bytes) else { return false }
        let fields = DERFields(file).nodes
        return fields.count == 2 && (try? Int(berEncoded: fields[0])) == 3 && (try? octets(of: fields[1])) != nil
    }

    /// Whether a part is encrypted with RC2 or RC4 (RFC 7292 appendix C), for which openssl needs its legacy provider.
    var hasOldEncryption: Bool {
        parts.compactMap(Self.encryption).contains { algorithm in
            PasswordBasedEncryption(algorithm).pkcs12Scheme.map { [1, 2, 5, 6].contains($0) } ?? false
        }
    }

    /// Whether all encrypted parts together need at most ``PasswordBasedEncryption/mostRounds`` rounds. Encrypted keys inside
    /// unencrypted parts do not count; ``EncryptedKey`` checks them.
    var hasBoundedRounds: Bool {
        var left = PasswordBasedEncryption.mostRounds
        for part in parts where !Self.isPlain(part) {
            guard let work = PasswordBasedEncryption(Self.encryption(of: part)).work else { return false }
            left -= work.rounds
        }
        return left >= 0
    }

    private static func isPlain(_ part: ASN1Node) -> Bool { (try? octets(of: part)) != nil }

    /// Returns the contentEncryptionAlgorithm of a ContentInfo of EncryptedData (RFC 5652 §8).
    private static func encryption(of part: ASN1Node) -> ASN1Node? {
        let fields = DERFields(part).nodes
        guard fields.count == 2, let type = try? ASN1ObjectIdentifier(berEncoded: fields[0]), type == encryptedData
        else { return nil }
        let content = DERFields(DERFields(DERFields(fields[1]).nodes.first).nodes.dropFirst().first).nodes
        return content.count == 3 ? content[1] : nil
    }

    /// A private key outside the encrypted parts, where all common programs store it. The key itself is usually encrypted.
    struct ContainedKey {
        let block: PEMBlock
        /// The `friendlyName`; `nil` if the key has none.
        let name: String?
        /// The SafeBag with the key, as encoded in the file.
        fileprivate let bag: [UInt8]
    }

    /// Returns the keys outside the encrypted parts, in the file's order; empty if there is none.
    ///
    /// - Throws: ``ConnectedAppError`` with `.keyMalformed` if the file is damaged.
    func privateKeys() throws(ConnectedAppError) -> [ContainedKey] {
        do {
            return try parts.flatMap { part -> [ContainedKey] in
                guard let safe = try Self.octets(of: part) else { return [] }
                return try DERFields(try BER.parse(safe)).nodes.compactMap(Self.key)
            }
        } catch {
            throw ConnectedAppError(.keyMalformed, detail: "The PKCS#12 file is damaged.")
        }
    }

    private static func key(_ bag: ASN1Node) throws -> ContainedKey? {
        let fields = DERFields(bag).nodes
        guard fields.count >= 2, let value = DERFields(fields[1]).nodes.first else { return nil }
        let bytes = Array(value.encodedBytes)
        let block: PEMBlock
        switch try ASN1ObjectIdentifier(berEncoded: fields[0]) {
        case keyBag: block = PEMBlock(label: "PRIVATE KEY", bytes: bytes)
        case shroudedKeyBag: block = PEMBlock(label: "ENCRYPTED PRIVATE KEY", bytes: bytes)
        default: return nil
        }
        return ContainedKey(
            block: block, name: fields.dropFirst(2).first.flatMap(friendlyName), bag: Array(bag.encodedBytes))
    }

    /// Returns the name in the attributes of a bag (RFC 7292 §4.2, RFC 2985 §5.5.1), a BMPString, which is UTF-16.
    private static func friendlyName(_ attributes: ASN1Node) -> String? {
        for attribute in DERFields(attributes).nodes.map({ DERFields($0).nodes }) {
            guard attribute.count == 2, (try? ASN1ObjectIdentifier(berEncoded: attribute[0])) == friendlyName,
                let value = DERFields(attribute[1]).nodes.first, case .primitive(let bytes) = value.content
            else { continue }
            return CredentialText.decoded([0xFE, 0xFF] + bytes)
        }
        return nil
    }

    /// Returns the file with `chosen` as the only key outside the encrypted parts, because the TLS library rejects a file with
    /// several.
    func keeping(_ chosen: ContainedKey) throws -> PKCS12Envelope {
        var copy = self
        copy.parts = try parts.map { part in
            guard let safe = try Self.octets(of: part) else { return part }
            let bags = DERFields(try BER.parse(safe)).nodes.filter { bag in
                let bytes = Array(bag.encodedBytes)
                return (try? Self.key(bag)) == nil || bytes == chosen.bag
            }
            let kept = try Self.sequence { safe in for bag in bags { safe.serializeRawBytes(bag.encodedBytes) } }
            return try DER.parse(try Self.contentInfo(kept))
        }
        return copy
    }

    /// Returns the file with a certificate of its key added, because the TLS library terminates the process if none belongs
    /// to the key. The unencrypted parts come before the encrypted ones: the library then finds the key before any encrypted
    /// part, and rejects a key in one instead of decrypting it.
    func with(certificate der: [UInt8], passphrase: [UInt8]) throws -> [UInt8] {
        let bag = try Self.sequence { bag in
            try bag.serialize(Self.certificateBag)
            try bag.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { value in
                try value.appendConstructedNode(identifier: .sequence) { fields in
                    try fields.serialize(Self.x509Certificate)
                    try fields.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) {
                        try $0.serialize(ASN1OctetString(contentBytes: der[...]))
                    }
                }
            }
        }
        let safe = try Self.sequence { $0.serializeRawBytes(bag) }
        let content = try Self.sequence { content in
            content.serializeRawBytes(try Self.contentInfo(safe))
            let plain = parts.filter(Self.isPlain)
            for part in plain + parts.filter({ !Self.isPlain($0) }) { content.serializeRawBytes(part.encodedBytes) }
        }
        return try Self.file(content, passphrase: passphrase)
    }

    /// Returns a PKCS#12 file with a MAC.
    ///
    /// The salt is fixed and the MAC takes only one round, so use the file only in memory, for the TLS library.
    ///
    /// - Parameter content: An AuthenticatedSafe.
    static func file(_ content: [UInt8], passphrase: [UInt8]) throws -> [UInt8] {
        let salt = [UInt8](repeating: 1, count: 8)
        let mac = PKCS12MAC(hash: .sha256, salt: salt, iterations: 1, value: [])
        let value = try mac.value(of: content, passphrase)
        return try sequence { file in
            try file.serialize(3)
            file.serializeRawBytes(try contentInfo(content))
            try file.appendConstructedNode(identifier: .sequence) { data in
                try data.appendConstructedNode(identifier: .sequence) { digest in
                    try digest.appendConstructedNode(identifier: .sequence) { algorithm in
                        try algorithm.serialize(PKCS12MAC.Hash.sha256.identifier)
                        try algorithm.serialize(ASN1Null())
                    }
                    try digest.serialize(ASN1OctetString(contentBytes: value[...]))
                }
                try data.serialize(ASN1OctetString(contentBytes: salt[...]))
                try data.serialize(1)
            }
        }
    }

    private static func sequence(_ body: (inout DER.Serializer) throws -> Void) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence, body)
        return serializer.serializedBytes
    }

    private static func contentInfo(_ content: [UInt8]) throws -> [UInt8] {
        try sequence { info in
            try info.serialize(data)
            try info.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) {
                try $0.serialize(ASN1OctetString(contentBytes: content[...]))
            }
        }
    }

    /// Returns the content of a ContentInfo with plain data; `nil` for another kind.
    private static func octets(of info: ASN1Node) throws -> [UInt8]? {
        let fields = DERFields(info).nodes
        guard fields.count == 2, try ASN1ObjectIdentifier(berEncoded: fields[0]) == data,
            let value = DERFields(fields[1]).nodes.first
        else { return nil }
        return try Array(ASN1OctetString(berEncoded: value).bytes)
    }
}

extension ConnectedAppError {
    /// - Parameters:
    ///   - file: The file, if the error is to name it.
    ///   - detail: What the file contains instead; `nil` if that is not known.
    static func noPKCS12(_ file: CredentialFile? = nil, detail: String? = nil) -> ConnectedAppError {
        ConnectedAppError(
            .keyMalformed, subject: file?.shownName, detail: detail ?? "This is not a PKCS#12 file, or it is damaged.",
            remedy: "Give a .p12 or .pfx file that holds a key with its certificate.")
    }
}
