internal import Crypto
internal import FileSystem
internal import Foundation

/// A signed statement of what the audit record held: whoever changes, removes or reorders what it covers needs the key.
package struct AuditCheckpoint: Codable, Sendable, Equatable {
    package struct Head: Codable, Sendable, Equatable {
        let writer: String
        let epoch: Int
        let sequence: Int
        let hash: String
    }

    /// From 1, without gaps.
    package let sequence: Int
    /// RFC 3339, UTC.
    package let time: String
    /// The last record that is covered.
    package let upToNumber: Int64
    /// SHA-256 over the checkpoint before's digest and the hash of each record since, by number; so it covers all.
    package let digest: String
    /// The chains that went on since the checkpoint before.
    package let heads: [Head]
    /// SHA-256 of the signed line before; 64 zeros for the first.
    package let previous: String
    /// SHA-256 of the public key: which key signed.
    package let key: String
    /// Where the record begins since older ones were removed on purpose.
    package var cut: AuditCut?
    /// The newest state of the records that the covered audit records name.
    package var records: RecordsPosition?
    /// Which store signed it: see ``CheckedReading/historyID``. `nil` in checkpoints of former versions.
    package var history: String?

    package static let firstDigest = String(repeating: "0", count: 64)

    /// The digest that goes on from `digest` over a record.
    static func digest(_ digest: String, with record: AuditRecord) -> String {
        var fields = FramedFields([digest])
        fields.append([UInt8](record.hash))
        return SHA256.hash(data: fields.bytes).hex
    }

    static func hash(ofLine line: String) -> String { SHA256.hash(data: Data(line.utf8)).hex }
}

/// A checkpoint as one line of JSON, with its signature.
package struct SignedCheckpoint: Codable, Sendable {
    package let checkpoint: AuditCheckpoint
    /// Ed25519 (RFC 8032), over the checkpoint's JSON with sorted members; base64.
    let signature: Data

    static func signed(_ checkpoint: AuditCheckpoint, by key: AuditKey) throws -> SignedCheckpoint {
        SignedCheckpoint(checkpoint: checkpoint, signature: try key.signature(over: Self.covered(checkpoint)))
    }

    var line: String {
        get throws { String(decoding: try Self.encoder.encode(self), as: UTF8.self) }
    }

    /// - Returns: `nil` where the line is no checkpoint.
    package static func read(_ line: some StringProtocol) -> SignedCheckpoint? {
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

/// The key that signs checkpoints. It lies outside the data.
package struct AuditKey: Sendable {
    private static let prefix = "aprity-audit-key-1:"
    private let key: Curve25519.Signing.PrivateKey

    package var publicKey: AuditPublicKey { AuditPublicKey(key.publicKey) }

    func signature(over bytes: Data) throws -> Data { try key.signature(for: bytes) }

    private init(bytes: [UInt8]) throws { key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes) }

    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`, `.inputMalformed`, and `.masterKeyUnsafe` where
    ///   others can read the file.
    init(existing path: String) throws {
        let text = String(decoding: try RegularFile(path).read(atMost: 4096), as: UTF8.self)
        if let exposure = SecretExposure(of: path, try? FileStatus(of: path)) {
            throw ConnectedAppError(
                .masterKeyUnsafe, subject: path,
                detail: "The key that signs checkpoints is not used. " + exposure.detail(path),
                remedy: exposure.remedy)
        }
        let line = text.split(whereSeparator: \.isNewline).first { !$0.hasPrefix("#") } ?? ""
        guard line.hasPrefix(Self.prefix), let bytes = [UInt8](hex: line.dropFirst(Self.prefix.count)),
            bytes.count == 32
        else {
            throw ConnectedAppError(
                .inputMalformed, subject: path, detail: "This file does not hold a key that signs checkpoints.")
        }
        try self.init(bytes: bytes)
    }

    /// Reads the file, or makes it, 0600.
    ///
    /// - Throws: ``ConnectedAppError``, as ``init(existing:)`` does, and the causes of making files.
    package init(path: String, randomBytes: (Int) -> [UInt8]) throws {
        if access(path, F_OK) != 0 {
            try OutputFile.makeFolder(FolderPath.above(path))
            do throws(ConnectedAppError) {
                try OutputFile.create(
                    path, content: Array((Self.prefix + randomBytes(32).hex + "\n").utf8), mode: 0o600)
            } catch {
                // Another process was first: its key is as good.
                guard error.cause == .outputExists else { throw error }
            }
        }
        try self.init(existing: path)
    }
}

extension AuditKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "AuditKey(\(publicKey.fingerprint))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package struct AuditPublicKey: Sendable {
    private let key: Curve25519.Signing.PublicKey

    fileprivate init(_ key: Curve25519.Signing.PublicKey) { self.key = key }

    /// - Parameter hex: 32 bytes.
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    package init(hex: String) throws(ConnectedAppError) {
        guard let bytes = [UInt8](hex: hex), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else {
            throw ConnectedAppError(.usage, detail: "A public key of checkpoints is 64 hexadecimal digits.")
        }
        self.key = key
    }

    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`, `.inputMalformed`, and `.masterKeyUnsafe` if
    ///   others can read the file.
    package init(ofKeyFile path: String) throws { self = try AuditKey(existing: path).publicKey }

    /// 64 hexadecimal digits.
    package var hex: String { key.rawRepresentation.hex }
    package var fingerprint: String { SHA256.hash(data: key.rawRepresentation).hex }

    func isValid(_ signature: Data, over bytes: Data) -> Bool { key.isValidSignature(signature, for: bytes) }
}
