internal import Foundation
internal import NIOSSL
internal import SwiftASN1

/// A private key and its certificate from a PKCS#12 file (RFC 7292), as openssl, Java's keytool and Windows write it.
///
/// This type reads the structure of the file itself, so that errors distinguish a wrong passphrase, a file without a key, and
/// certificates of another key. The TLS library decrypts the certificates.
struct PKCS12 {
    let key: RSAKey
    let certificate: AppCertificate

    /// Reads a key and one certificate that belongs to it.
    ///
    /// Ignores further certificates, such as those of the issuing authorities, and certificates that cannot be read.
    ///
    /// - Parameters:
    ///   - keyName: Which key to read: the name of a key in the file (`friendlyName`, which keytool calls alias). Case does not
    ///     matter. `nil` if the file contains only one key.
    ///   - passphrase: UTF-8; empty if the user gave none.
    /// - Throws: ``ConnectedAppError``:
    ///   - `.keyMalformed` if this is not a PKCS#12 file, or it is damaged, has no MAC or contains no private key;
    ///   - `.passphraseMissing` or `.passphraseWrong`;
    ///   - `.keyUnsupported` if an algorithm is not supported, or decrypting takes too many rounds;
    ///   - `.usage` if there are several keys and `keyName` does not select one, or if no key has that name;
    ///   - `.certificateMalformed` if there is no certificate, `.certificateKeyMismatch` if none belongs to the key;
    ///   - the causes of ``RSAKey/init(file:passphrase:)``.
    ///
    ///   `CancellationError` if the task is cancelled.
    static func read(_ file: CredentialFile, keyName: String?, passphrase: [UInt8]) async throws -> PKCS12 {
        guard case .pkcs12(let bytes)? = file.objects.first else { throw isNone(file) }
        let outer = try envelope(bytes, file)
        guard try outer.mac.isRight(passphrase, outer.content) else { throw try refused(passphrase, outer) }
        guard outer.hasBoundedRounds else {
            throw ConnectedAppError.tooMuchWork(
                "The PKCS#12 file", remedy: conversionRemedy(file, isOld: outer.hasOldEncryption))
        }
        let chosen = try choice(among: outer.privateKeys(), keyName)
        var keyFile = file.holding(Array(chosen.block.text.utf8))
        keyFile.isInPKCS12 = true
        let key = try RSAKey(file: keyFile) { () throws(ConnectedAppError) in passphrase }
        let certificates = try await certificates(
            in: outer.keeping(chosen), of: key, passphrase: passphrase, file: file)
        guard let certificate = certificates.first(where: { $0.belongs(to: key.publicKey) }) else {
            throw ConnectedAppError(.certificateKeyMismatch)
        }
        return PKCS12(key: key, certificate: certificate)
    }

    /// Returns a remedy with the command that converts a PKCS#12 file with unsupported encryption to PEM.
    ///
    /// - Parameter isOld: Whether the encryption is so old that openssl needs its legacy provider.
    static func conversionRemedy(_ file: CredentialFile, isOld: Bool = false) -> String {
        file.hint(savedAs: "given.p12") { name in
            "Convert it: `openssl pkcs12 \(isOld ? "-legacy " : "")-in \(name) -out both.pem`; then give "
                + "`--key both.pem --certificate both.pem`."
        }
    }

    private static func envelope(_ bytes: [UInt8], _ file: CredentialFile) throws(ConnectedAppError) -> PKCS12Envelope {
        guard !PKCS12Envelope.lacksMAC(bytes) else {
            throw ConnectedAppError(
                .keyMalformed, detail: "The PKCS#12 file has no MAC, so aprity cannot check the passphrase.",
                remedy: conversionRemedy(file))
        }
        do { return try PKCS12Envelope(bytes) } catch {
            guard error.cause == .keyUnsupported else { throw error }
            throw ConnectedAppError(.keyUnsupported, detail: error.detail, remedy: conversionRemedy(file))
        }
    }

    private static func refused(_ passphrase: [UInt8], _ outer: PKCS12Envelope) throws -> ConnectedAppError {
        if passphrase.isEmpty {
            return ConnectedAppError(.passphraseMissing, detail: "The PKCS#12 file is encrypted.")
        }
        if try outer.mac.isRight([], outer.content) {
            return ConnectedAppError(
                .passphraseWrong, detail: "The PKCS#12 file has an empty passphrase, but another one was given.",
                remedy: "Leave --passphrase-file out.")
        }
        return ConnectedAppError(.passphraseWrong, detail: "The passphrase does not open the PKCS#12 file.")
    }

    private static func isNone(_ file: CredentialFile) -> ConnectedAppError {
        switch file.objects.first {
        case .javaKeystore?:
            UnsuitableCredential(object: .javaKeystore, wanted: .privateKey, file: file).error
        case .rsaKey?, .encryptedKey?, .certificate?, .certificateBundle?:
            ConnectedAppError(
                .keyMalformed, detail: "This is not a PKCS#12 file.",
                remedy: "Give a private key with `--key`, and its certificate with `--certificate`.")
        case nil:
            MissingCredential(file)?.error(.keyMalformed, of: file) ?? ConnectedAppError.noPKCS12
        case .pkcs12?, .certificateRequest?, .publicKey?, .unusableKey?, .unreadableFormat?, .unknown?:
            ConnectedAppError.noPKCS12
        }
    }

    private static func choice(
        among keys: [PKCS12Envelope.ContainedKey], _ name: String?
    ) throws(ConnectedAppError) -> PKCS12Envelope.ContainedKey {
        let fitting = keys.filter { key in name.map { key.name?.lowercased() == $0.lowercased() } ?? true }
        if fitting.count == 1 { return fitting[0] }
        guard !keys.isEmpty else {
            throw ConnectedAppError(.keyMalformed, detail: "The PKCS#12 file contains no private key.")
        }
        let names = keys.map { $0.name ?? "(without a name)" }.joined(separator: ", ")
        guard name == nil || fitting.count > 1 else {
            throw ConnectedAppError(.usage, detail: "The PKCS#12 file has no key of that name. Its keys: \(names).")
        }
        if let name {
            throw ConnectedAppError(
                .usage, detail: "The PKCS#12 file contains several private keys with the name \(name).",
                remedy: "Export the key into a file of its own.")
        }
        throw ConnectedAppError(
            .usage, detail: "The PKCS#12 file contains several private keys: \(names).",
            remedy: "Choose one with `--alias-in-file NAME`.")
    }

    /// Returns the certificates of the file, without those that cannot be read.
    ///
    /// The TLS library terminates the process if no certificate in the file belongs to the key. So this adds a self-signed
    /// certificate of the key before it calls the library, and removes that certificate from the result.
    private static func certificates(
        in outer: PKCS12Envelope, of key: RSAKey, passphrase: [UInt8], file: CredentialFile
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
                detail: "The PKCS#12 file's certificates are encrypted in a way that aprity does not support.",
                remedy: conversionRemedy(file, isOld: outer.hasOldEncryption), evidence: ["tls": "\(error)"])
        }
        let all = try opened.certificateChain.map { try $0.toDERBytes() }.filter { $0 != spare.der }
        guard !all.isEmpty else {
            throw ConnectedAppError(.certificateMalformed, detail: "The PKCS#12 file contains no certificate.")
        }
        return all.compactMap { try? AppCertificate(der: $0) }
    }
}

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
            throw ConnectedAppError.noPKCS12
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

    /// Returns the keys in the file's order; empty if there is none.
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

    /// Returns the file without all other private keys, because the TLS library rejects a file with several.
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

    /// Returns the file with an additional certificate at the beginning and with the unencrypted parts before the encrypted
    /// ones. The TLS library then finds the key first, and rejects a key in an encrypted part instead of decrypting it.
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
    fileprivate static var noPKCS12: ConnectedAppError {
        ConnectedAppError(
            .keyMalformed, detail: "This is not a PKCS#12 file with a passphrase.",
            remedy: "Give a .p12 or .pfx file that holds a key with its certificate.")
    }
}
