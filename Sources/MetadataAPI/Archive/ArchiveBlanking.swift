internal import CZLib

/// Copies an archive without the Consumer Secrets in its files.
///
/// A file that can have such a secret is unpacked, blanked and stored; every other entry is copied as it is. Copies of the same archive
/// are equal.
package struct ArchiveBlanking {
    /// The largest file that is blanked, in bytes. It is kept in memory.
    private static let longestFile = 16 << 20
    private static let pieceSize = 64 << 10

    private let sink: ([UInt8]) async throws -> Void
    private var headers = ZipHeaders()
    private var offset = 0

    /// - Parameter sink: Receives the copy in pieces.
    package init(sink: @escaping ([UInt8]) async throws -> Void) { self.sink = sink }

    /// Copies an archive. Call it once.
    ///
    /// - Throws: ``ZipError``; ``SecretBlankingError`` if a file cannot be blanked; the errors of the sink.
    package mutating func copy(_ archive: ZipArchive) async throws {
        for entry in archive.entries {
            if !entry.isDirectory, ConsumerSecretBlanking.applies(to: entry.path) {
                try await addBlanked(entry, of: archive)
            } else {
                try await addCopy(entry, of: archive)
            }
        }
        try await send(headers.end(at: offset))
    }

    private mutating func addBlanked(_ entry: ZipEntry, of archive: ZipArchive) async throws {
        guard entry.size <= Self.longestFile else { throw ZipError.totalTooLarge(limit: Self.longestFile) }
        var bytes: [UInt8] = []
        try archive.read(entry) { bytes += $0 }
        let blanked = try ConsumerSecretBlanking.blank(bytes).bytes
        let checksum = blanked.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
        try await begin(
            entry, .stored, checksum: UInt32(truncatingIfNeeded: checksum), packed: blanked.count, size: blanked.count
        )
        try await send(blanked)
    }

    private mutating func addCopy(_ entry: ZipEntry, of archive: ZipArchive) async throws {
        try await begin(
            entry, entry.isDeflated ? .deflated : .stored, checksum: entry.checksum, packed: entry.packedSize,
            size: entry.size)
        var done = 0
        while done < entry.packedSize {
            let piece = try archive.packed(entry, from: done, atMost: Self.pieceSize)
            try await send(piece)
            done += piece.count
        }
    }

    private mutating func begin(
        _ entry: ZipEntry, _ method: ZipHeaders.Method, checksum: UInt32, packed: Int, size: Int
    ) async throws {
        try await send(
            headers.begin(
                entry.rawName, at: offset, method, checksum: checksum, packed: packed, size: size,
                hasUTF8Name: entry.flags.contains(.utf8)))
    }

    private mutating func send(_ bytes: [UInt8]) async throws {
        offset += bytes.count
        try await sink(bytes)
    }
}

/// Removes Consumer Secrets from the XML of an answer, as from a file.
package enum RecordBlanking {
    /// - Throws: ``SecretBlankingError``.
    package static func blanked(_ xml: [UInt8]) throws(SecretBlankingError) -> [UInt8] {
        try ConsumerSecretBlanking.blank(xml).bytes
    }
}
