internal import Foundation

/// The decrypted content of a backup: everything that is needed to continue on another machine, except keys in other
/// key stores. Treat all of it as secret.
struct BackupContent: Sendable {
    /// Stored in the backup as JSON; the property names must not change.
    struct Manifest: Codable, Sendable, Equatable {
        struct Part: Codable, Sendable, Equatable {
            let name: String
            /// In bytes.
            let size: Int
        }

        /// Seconds since 1970 in JSON.
        let madeAt: Date
        /// The number of the newest audit record in the store; 0 if there is none.
        let lastAuditRecord: Int64
        let parts: [Part]
    }

    let madeAt: Date
    let lastAuditRecord: Int64
    /// The content of the store's file.
    let store: [UInt8]
    /// The content of the master key file.
    let masterKey: [UInt8]
    /// The content of the audit key file, which signs checkpoints, and of the checkpoint file. Empty if there is no
    /// such file.
    let auditKey: [UInt8]
    let auditCheckpoints: [UInt8]

    /// The parts in their order in the file. Their names are stored and must not change.
    private var parts: [(name: String, bytes: [UInt8])] {
        [
            ("store", store), ("masterKey", masterKey), ("auditKey", auditKey), ("auditCheckpoints", auditCheckpoints),
        ]
    }

    /// Parses a length of 4 bytes (big-endian), a manifest of that length, and the parts that the manifest lists.
    /// Unknown parts are ignored.
    ///
    /// - Throws: ``ConnectedAppError`` with `.backupDamaged` if the content is incomplete.
    private init(plain: [UInt8]) throws(ConnectedAppError) {
        let length = plain.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        guard plain.count >= 4 + length,
            let manifest = try? decoder.decode(Manifest.self, from: Data(plain[4..<(4 + length)])),
            manifest.parts.allSatisfy({ $0.size >= 0 }),
            manifest.parts.reduce(4 + length, { $0 + $1.size }) == plain.count
        else { throw ConnectedAppError(.backupDamaged) }
        var parts: [String: [UInt8]] = [:]
        var start = 4 + length
        for part in manifest.parts {
            parts[part.name] = Array(plain[start..<(start + part.size)])
            start += part.size
        }
        guard let store = parts["store"], let masterKey = parts["masterKey"] else {
            throw ConnectedAppError(.backupDamaged)
        }
        self.init(
            madeAt: manifest.madeAt, lastAuditRecord: manifest.lastAuditRecord, store: store, masterKey: masterKey,
            auditKey: parts["auditKey"] ?? [], auditCheckpoints: parts["auditCheckpoints"] ?? [])
    }

    init(
        madeAt: Date, lastAuditRecord: Int64, store: [UInt8], masterKey: [UInt8], auditKey: [UInt8],
        auditCheckpoints: [UInt8]
    ) {
        self.madeAt = madeAt
        self.lastAuditRecord = lastAuditRecord
        self.store = store
        self.masterKey = masterKey
        self.auditKey = auditKey
        self.auditCheckpoints = auditCheckpoints
    }

    /// The manifest, preceded by its length in 4 bytes (big-endian).
    private func head() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.dateEncodingStrategy = .secondsSince1970
        let json = try encoder.encode(
            Manifest(
                madeAt: madeAt, lastAuditRecord: lastAuditRecord,
                parts: parts.map { Manifest.Part(name: $0.name, size: $0.bytes.count) }))
        return withUnsafeBytes(of: UInt32(json.count).bigEndian) { Array($0) } + json
    }

    // MARK: Files

    /// Writes the encrypted file, with mode 0600. It appears complete or not at all, and nothing is written
    /// unencrypted.
    ///
    /// - Returns: The size in bytes.
    /// - Throws: The errors of ``OutputFile/create(_:content:mode:)``; ``ConnectedAppError`` with `.internalError` if
    ///   the crypto library fails; and `CancellationError` if the task is cancelled before the file is created. No file
    ///   is left then.
    @discardableResult
    func write(
        to path: String, passphrase: [UInt8], randomBytes: (Int) -> [UInt8],
        costExponent: Int = BackupCipher.costExponent
    ) throws -> Int {
        let cipher = try BackupCipher(
            passphrase: passphrase, randomBytes: randomBytes, costExponent: costExponent)
        // Deriving the key takes seconds. Write no file if the command was interrupted meanwhile.
        try Task.checkCancellation()
        var rest = ([try head()] + parts.map(\.bytes)).map { $0[...] }[...]
        var number = 0
        var size = 0
        var head: [UInt8]? = cipher.head
        try OutputFile.create(path, mode: 0o600) { () throws(ConnectedAppError) in
            if let start = head {
                head = nil
                size += start.count
                return start
            }
            guard number >= 0 else { return nil }
            let chunk = Self.next(&rest)
            let isLast = rest.allSatisfy(\.isEmpty)
            defer { number = isLast ? -1 : number + 1 }
            let sealed = try cipher.seal(chunk[...], number: number, isLast: isLast)
            size += sealed.count
            return sealed
        }
        return size
    }

    /// Removes the bytes of the next chunk from the remaining parts.
    private static func next(_ rest: inout ArraySlice<ArraySlice<UInt8>>) -> [UInt8] {
        var chunk: [UInt8] = []
        while let part = rest.first, chunk.count < BackupCipher.chunkSize {
            let piece = part.prefix(BackupCipher.chunkSize - chunk.count)
            chunk += piece
            if piece.count == part.count {
                rest.removeFirst()
            } else {
                rest[rest.startIndex] = part.dropFirst(piece.count)
            }
        }
        return chunk
    }

    init(file path: String, passphrase: [UInt8]) throws(ConnectedAppError) {
        try self.init(file: path, passphrases: [passphrase])
    }

    /// Reads and decrypts a backup.
    ///
    /// - Parameters:
    ///   - path: A path for ``InputFile``.
    ///   - passphrases: Passphrases to try, in this order; at least one.
    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`, `.backupPassphraseWrong`, `.backupDamaged`.
    init(file path: String, passphrases: [[UInt8]]) throws(ConnectedAppError) {
        do {
            var pieces = try PieceReader(path)
            let cipher = try BackupCipher.opening(
                pieces.next(BackupCipher.headSize) ?? [], trying: passphrases)
            var plain: [UInt8] = []
            var number = 0
            var chunk = try pieces.next(BackupCipher.chunkSize + BackupCipher.tagSize) ?? []
            while true {
                let following = try pieces.next(BackupCipher.chunkSize + BackupCipher.tagSize)
                plain += try cipher.open(chunk, number: number, isLast: following == nil)
                guard let following else { break }
                (chunk, number) = (following, number + 1)
            }
            try self.init(plain: plain)
        } catch {
            throw error.about(InputFile(path).shownName)
        }
    }
}

extension BackupContent: CustomStringConvertible, CustomReflectable {
    var description: String { "BackupContent(\(madeAt.ISO8601Format()))" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
