internal import Foundation

/// What a backup holds, decrypted: all that is needed to go on elsewhere. A secret as a whole.
struct BackupContent: Sendable {
    struct Manifest: Codable, Sendable, Equatable {
        struct Part: Codable, Sendable, Equatable {
            let name: String
            let size: Int
        }

        let madeAt: Date
        /// The newest audit record inside.
        let lastAuditRecord: Int64
        let parts: [Part]
    }

    let madeAt: Date
    let lastAuditRecord: Int64
    /// The store's file.
    let store: [UInt8]
    /// The master key file.
    let masterKey: [UInt8]
    /// The key that signs checkpoints of the audit record, and the checkpoints; empty where there are none.
    let auditKey: [UInt8]
    let auditCheckpoints: [UInt8]

    private var parts: [(name: String, bytes: [UInt8])] {
        [
            ("store", store), ("masterKey", masterKey), ("auditKey", auditKey), ("auditCheckpoints", auditCheckpoints),
        ]
    }

    /// - Throws: ``ConnectedAppError`` with `.backupDamaged` where it is not whole.
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

    /// The manifest with its length in front.
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

    /// Writes the encrypted file; it appears whole or not at all, 0600, and nothing is ever on disk in the clear.
    ///
    /// - Returns: The size in bytes.
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

    /// As many bytes as a chunk has, from one part after the other.
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

    /// - Parameters:
    ///   - path: As of ``InputFile``.
    ///   - passphrases: What to try, in this order; at least one.
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
