internal import Crypto
internal import FileSystem
internal import Foundation

/// A statement of what the audit record contains, to be signed. If a signed checkpoint is kept where an attacker cannot
/// remove it, nobody without the key can change, remove or reorder the covered records unnoticed.
///
/// Stored and exported as JSON; the property names must not change. Verification encodes a decoded checkpoint again and
/// compares the signature, so a new property must be optional, and `nil` in checkpoints that were signed without it.
package struct AuditCheckpoint: Codable, Sendable, Equatable {
    /// The last record of one chain.
    struct Head: Codable, Sendable, Equatable {
        let writer: String
        let epoch: Int
        let sequence: Int
        /// The record's hash, lower-case hex.
        let hash: String
    }

    /// From 1, without gaps.
    let sequence: Int
    /// RFC 3339, UTC.
    let time: String
    /// The number of the last covered record.
    let upToNumber: Int64
    /// A digest of all covered records, in lower-case hex. It begins with the previous checkpoint's digest. Each record
    /// since then extends it, in the order of numbers; see ``digest(_:with:)``.
    let digest: String
    /// The chains that grew since the previous checkpoint, sorted by writer and epoch.
    let heads: [Head]
    /// SHA-256 of the previous signed line, in lower-case hex; 64 zeros for the first.
    let previous: String
    /// SHA-256 of the public key that verifies the signature, in lower-case hex.
    let key: String
    /// Where the audit record begins if older records were removed on purpose. Later checkpoints repeat it until the
    /// next removal.
    var cut: AuditCut?
    /// The newest state of the store that the covered audit records report.
    var records: RecordsPosition?
    /// The history id of the store that signed it; see ``CheckedReading/historyID``. `nil` in checkpoints of former
    /// versions.
    var history: String?

    /// The digest before the first record, and the ``previous`` of the first checkpoint.
    static let firstDigest = String(repeating: "0", count: 64)

    /// Extends a digest by one record: SHA-256 over the digest so far and the record's hash, as ``FramedFields``.
    static func digest(_ digest: String, with record: AuditRecord) -> String {
        var fields = FramedFields([digest])
        fields.append([UInt8](record.hash))
        return SHA256.hash(data: fields.bytes).hex
    }

    /// SHA-256 of a signed line without its line break, lower-case hex.
    static func hash(ofLine line: String) -> String { SHA256.hash(data: Data(line.utf8)).hex }
}

/// A checkpoint as one line of JSON, with its signature.
struct SignedCheckpoint: Codable, Sendable {
    let checkpoint: AuditCheckpoint
    /// An Ed25519 signature (RFC 8032) of a fixed prefix and the checkpoint's JSON with sorted members. Base64 in JSON.
    let signature: Data

    static func signed(_ checkpoint: AuditCheckpoint, by key: AuditKey) throws -> SignedCheckpoint {
        SignedCheckpoint(checkpoint: checkpoint, signature: try key.signature(over: Self.covered(checkpoint)))
    }

    /// The line for the store, the file and the webhook, without a line break.
    var line: String {
        get throws { String(decoding: try Self.encoder.encode(self), as: UTF8.self) }
    }

    /// - Returns: `nil` if the line is not a checkpoint.
    static func read(_ line: some StringProtocol) -> SignedCheckpoint? {
        try? JSONDecoder().decode(Self.self, from: Data(line.utf8))
    }

    func isSigned(by key: AuditPublicKey) -> Bool {
        guard let covered = try? Self.covered(checkpoint) else { return false }
        return key.isValid(signature, over: covered)
    }

    private static func covered(_ checkpoint: AuditCheckpoint) throws -> Data {
        Data("aprity audit checkpoint 1\n".utf8) + (try encoder.encode(checkpoint))
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

/// The private key that signs checkpoints. It is kept outside the store, in a file whose first line that does not begin
/// with `#` is the prefix below and 64 hexadecimal digits.
struct AuditKey: Sendable {
    private static let prefix = "aprity-audit-key-1:"
    private let key: Curve25519.Signing.PrivateKey

    var publicKey: AuditPublicKey { AuditPublicKey(key.publicKey) }

    func signature(over bytes: Data) throws -> Data { try key.signature(for: bytes) }

    private init(bytes: [UInt8]) throws { key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes) }

    /// Reads the file.
    ///
    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`, `.inputMalformed`, and `.secretFileUnsafe`
    ///   if others can read, change or replace the file; see ``SecretExposure``.
    init(existing path: String) throws {
        let text = String(decoding: try RegularFile(path).read(atMost: 4096), as: UTF8.self)
        if let exposure = SecretExposure(of: path, try? FileStatus(of: path)) {
            throw ConnectedAppError(
                .secretFileUnsafe, subject: path,
                detail: "aprity does not use this key to sign checkpoints. " + exposure.detail(path),
                remedy: exposure.advice(about: "key"))
        }
        let line = text.split(whereSeparator: \.isNewline).first { !$0.hasPrefix("#") } ?? ""
        guard line.hasPrefix(Self.prefix), let bytes = [UInt8](hex: line.dropFirst(Self.prefix.count)),
            bytes.count == 32
        else {
            throw ConnectedAppError(
                .inputMalformed, subject: path, detail: "This file does not contain a key for signing checkpoints.",
                remedy: "Restore the file from a backup, or set APRITY_AUDIT_KEY_FILE to the right file. If the key is "
                    + "lost, see \"If the key is lost\" in docs/audit.md.")
        }
        try self.init(bytes: bytes)
    }

    /// Reads the file, or creates it with a new key and mode 0600. A file that root creates belongs to the folder's owner.
    ///
    /// - Throws: What ``init(existing:)`` throws, and ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`,
    ///   `.inputOutput`.
    init(path: String, randomBytes: (Int) -> [UInt8]) throws {
        if access(path, F_OK) != 0 {
            try OutputFile.makeFolder(FolderPath.above(path))
            do throws(ConnectedAppError) {
                try OutputFile.create(
                    path, content: Array((Self.prefix + randomBytes(32).hex + "\n").utf8), mode: 0o600,
                    owner: .ofFolder)
            } catch {
                // Another process created the file first. Use its key.
                guard error.cause == .outputExists else { throw error }
            }
        }
        try self.init(existing: path)
    }
}

extension AuditKey: CustomStringConvertible, CustomReflectable {
    var description: String { "AuditKey(\(publicKey.fingerprint))" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// The public key that verifies checkpoints.
package struct AuditPublicKey: Sendable {
    private let key: Curve25519.Signing.PublicKey

    fileprivate init(_ key: Curve25519.Signing.PublicKey) { self.key = key }

    /// - Parameter hex: 64 hexadecimal digits.
    /// - Throws: ``ConnectedAppError`` with `.usage` if the text is not such a key.
    init(hex: String) throws(ConnectedAppError) {
        guard let bytes = [UInt8](hex: hex), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else {
            throw ConnectedAppError(
                .usage,
                detail: "The text is not a public key that verifies checkpoints: such a key has 64 hexadecimal digits.",
                remedy: "Copy the key from an earlier `aprity audit verify --json`, which shows it as `publicKey`.")
        }
        self.key = key
    }

    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`, `.inputMalformed`, and `.secretFileUnsafe`
    ///   if others can read, change or replace the file.
    package init(ofKeyFile path: String) throws { self = try AuditKey(existing: path).publicKey }

    /// 64 hexadecimal digits.
    var hex: String { key.rawRepresentation.hex }
    /// SHA-256 of the key, in lower-case hex.
    var fingerprint: String { SHA256.hash(data: key.rawRepresentation).hex }

    func isValid(_ signature: Data, over bytes: Data) -> Bool { key.isValidSignature(signature, for: bytes) }
}
