internal import Foundation
internal import NIOSSL
internal import SwiftASN1

/// A key with its certificate out of a PKCS#12 file (RFC 7292), as openssl, Java's keytool and Windows write it.
///
/// What holds the file together is read here, so that a wrong passphrase, a file without a key and one whose certificates
/// are of another key can be told apart; the certificates are decrypted by the TLS library.
struct PKCS12 {
    let key: RSAKey
    let certificate: AppCertificate

    /// - Throws: ``ConnectedAppError``: `.keyMalformed`, `.passphraseMissing`, `.passphraseWrong`, `.keyUnsupported` also
    ///   if the file asks for too many rounds, `.certificateMalformed`, `.certificateKeyMismatch`, and the causes of keys.
    static func read(_ bytes: [UInt8], passphrase: [UInt8]) async throws -> PKCS12 {
        let outer = try PKCS12Envelope(bytes)
        guard outer.mac.isRight(passphrase, outer.content) else {
            throw ConnectedAppError(
                passphrase.isEmpty ? .passphraseMissing : .passphraseWrong,
                detail: passphrase.isEmpty
                    ? "The PKCS#12 file is encrypted." : "The passphrase does not open the PKCS#12 file.")
        }
        guard outer.hasBoundedRounds else { throw ConnectedAppError.tooMuchWork("The PKCS#12 file") }
        let keys = try outer.privateKeys()
        guard keys.count == 1 else {
            throw ConnectedAppError(
                .keyMalformed,
                detail: keys.isEmpty
                    ? "The PKCS#12 file holds no private key." : "The PKCS#12 file holds several private keys.")
        }
        let key = try RSAKey(pem: keys[0].text) { () throws(ConnectedAppError) in passphrase }
        let certificates = try await certificates(in: outer, of: key, passphrase: passphrase)
        guard let certificate = certificates.first(where: { $0.belongs(to: key.publicKey) }) else {
            throw ConnectedAppError(.certificateKeyMismatch)
        }
        return PKCS12(key: key, certificate: certificate)
    }

    /// The TLS library ends the process over a file that has no certificate of its key. So it is given one more: its own
    /// first, which it takes only where there is no other.
    private static func certificates(
        in outer: PKCS12Envelope, of key: RSAKey, passphrase: [UInt8]
    ) async throws -> [AppCertificate] {
        let spare = try await AppCertificate.selfSigned(
            publicKey: key.publicKey, signer: key, commonName: "spare", now: Date(timeIntervalSince1970: 0), days: 1,
            randomBytes: { [UInt8](repeating: 1, count: $0) })
        let opened: NIOSSLPKCS12Bundle
        do {
            opened = try NIOSSLPKCS12Bundle(
                buffer: outer.with(certificate: spare.der, passphrase: passphrase), passphrase: passphrase)
        } catch let error as ConnectedAppError {
            throw error
        } catch {
            throw ConnectedAppError(
                .keyUnsupported,
                detail: "The PKCS#12 file's certificates are encrypted in a way that is not read here.",
                evidence: ["tls": "\(error)"])
        }
        let all = try opened.certificateChain.map { try $0.toDERBytes() }.filter { $0 != spare.der }
        guard !all.isEmpty else {
            throw ConnectedAppError(.certificateMalformed, detail: "The PKCS#12 file holds no certificate.")
        }
        return all.compactMap { try? AppCertificate(der: $0) }
    }
}

/// The outside of a PKCS#12 file.
struct PKCS12Envelope {
    /// The AuthenticatedSafe, which the MAC covers.
    let content: [UInt8]
    let mac: PKCS12MAC
    /// ContentInfo structures.
    private let parts: [ASN1Node]

    private static let data: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 7, 1]
    private static let encryptedData: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 7, 6]
    private static let keyBag: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 12, 10, 1, 1]
    private static let shroudedKeyBag: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 12, 10, 1, 2]
    private static let certificateBag: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 12, 10, 1, 3]
    private static let x509Certificate: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 9, 22, 1]

    init(_ bytes: [UInt8]) throws(ConnectedAppError) {
        do {
            let fields = Self.children(try BER.parse(bytes))
            guard fields.count == 3, try Int(berEncoded: fields[0]) == 3,
                let content = try Self.octets(of: fields[1])
            else { throw ConnectedAppError(.keyMalformed) }
            self.content = content
            mac = try PKCS12MAC(fields[2])
            parts = Self.children(try BER.parse(content))
        } catch let error as ConnectedAppError where error.cause == .keyUnsupported {
            throw error
        } catch {
            throw ConnectedAppError(.keyMalformed, detail: "This is no PKCS#12 file with a passphrase.")
        }
    }

    /// Whether opening all the encrypted parts together is bounded work. What is inside them is not seen here.
    var hasBoundedRounds: Bool {
        var left = PasswordBasedEncryption.mostRounds
        for part in parts where !Self.isPlain(part) {
            guard let rounds = Self.encryption(of: part).flatMap(PasswordBasedEncryption.boundedRounds) else {
                return false
            }
            left -= rounds
        }
        return left >= 0
    }

    private static func isPlain(_ part: ASN1Node) -> Bool { (try? octets(of: part)) != nil }

    /// The contentEncryptionAlgorithm of a ContentInfo of EncryptedData (RFC 5652 §8).
    private static func encryption(of part: ASN1Node) -> ASN1Node? {
        let fields = children(part)
        guard fields.count == 2, let type = try? ASN1ObjectIdentifier(berEncoded: fields[0]), type == encryptedData
        else { return nil }
        let content = children(children(children(fields[1]).first).dropFirst().first)
        return content.count == 3 ? content[1] : nil
    }

    /// The private keys that stand outside of encrypted parts, where all common programs put them.
    func privateKeys() throws(ConnectedAppError) -> [PEMBlock] {
        do {
            var keys: [PEMBlock] = []
            for part in parts {
                guard let safe = try Self.octets(of: part) else { continue }
                for bag in Self.children(try BER.parse(safe)) {
                    let fields = Self.children(bag)
                    guard fields.count >= 2, let value = Self.children(fields[1]).first else { continue }
                    switch try ASN1ObjectIdentifier(berEncoded: fields[0]) {
                    case Self.keyBag: keys.append(PEMBlock(label: "PRIVATE KEY", bytes: Array(value.encodedBytes)))
                    case Self.shroudedKeyBag:
                        keys.append(PEMBlock(label: "ENCRYPTED PRIVATE KEY", bytes: Array(value.encodedBytes)))
                    default: break
                    }
                }
            }
            return keys
        } catch {
            throw ConnectedAppError(.keyMalformed, detail: "The PKCS#12 file is damaged.")
        }
    }

    /// The same file with one more certificate, as the first, and with the parts that are not encrypted before the others:
    /// the TLS library then has the key already, and refuses one that is hidden in an encrypted part instead of opening it.
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

    /// - Parameter content: An AuthenticatedSafe.
    static func file(_ content: [UInt8], passphrase: [UInt8]) throws -> [UInt8] {
        let salt = [UInt8](repeating: 1, count: 8)
        let mac = PKCS12MAC(hash: .sha256, salt: salt, iterations: 1, value: [])
        let value = mac.value(of: content, passphrase)
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

    /// The content of a ContentInfo of plain data; `nil` for another kind.
    private static func octets(of info: ASN1Node) throws -> [UInt8]? {
        let fields = children(info)
        guard fields.count == 2, try ASN1ObjectIdentifier(berEncoded: fields[0]) == data,
            let value = children(fields[1]).first
        else { return nil }
        return try Array(ASN1OctetString(berEncoded: value).bytes)
    }

    static func children(_ node: ASN1Node?) -> [ASN1Node] {
        guard case .constructed(let nodes)? = node?.content else { return [] }
        return Array(nodes)
    }
}
