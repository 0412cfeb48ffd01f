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
    private var directory: [UInt8] = []
    private var count = 0
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
        try await finish()
    }

    private mutating func addBlanked(_ entry: ZipEntry, of archive: ZipArchive) async throws {
        guard entry.size <= Self.longestFile else { throw ZipError.totalTooLarge(limit: Self.longestFile) }
        var bytes: [UInt8] = []
        try archive.read(entry) { bytes += $0 }
        let blanked = try ConsumerSecretBlanking.blank(bytes).bytes
        let checksum = blanked.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
        try await begin(
            entry, method: 0, checksum: UInt32(truncatingIfNeeded: checksum), packed: blanked.count, size: blanked.count
        )
        try await send(blanked)
    }

    private mutating func addCopy(_ entry: ZipEntry, of archive: ZipArchive) async throws {
        try await begin(
            entry, method: entry.isDeflated ? 8 : 0, checksum: entry.checksum, packed: entry.packedSize,
            size: entry.size)
        var done = 0
        while done < entry.packedSize {
            let piece = try archive.packed(entry, from: done, atMost: Self.pieceSize)
            try await send(piece)
            done += piece.count
        }
    }

    /// Writes the local header (APPNOTE.TXT 4.3.7), and keeps the directory's record (4.3.12).
    private mutating func begin(
        _ entry: ZipEntry, method: UInt16, checksum: UInt32, packed: Int, size: Int
    ) async throws {
        let flags = UInt16(entry.flags.intersection(.utf8).rawValue)
        let shared =
            Self.number(flags) + Self.number(method) + Self.number(Self.midnight) + Self.number(Self.firstOfJanuary1980)
            + Self.number(checksum) + Self.number(UInt32(packed)) + Self.number(UInt32(size))
            + Self.number(UInt16(entry.rawName.count)) + Self.number(0 as UInt16)
        directory += Self.number(0x0201_4B50 as UInt32) + Self.number(Self.version) + Self.number(Self.version) + shared
        // No comment, the first disk, and no attributes.
        directory += [UInt8](repeating: 0, count: 10) + Self.number(UInt32(offset)) + entry.rawName
        count += 1
        try await send(Self.number(0x0403_4B50 as UInt32) + Self.number(Self.version) + shared + entry.rawName)
    }

    private mutating func finish() async throws {
        let place = Self.number(UInt32(directory.count)) + Self.number(UInt32(offset))
        let entries = Self.number(UInt16(count))
        try await send(
            directory + Self.number(0x0605_4B50 as UInt32) + [0, 0, 0, 0] + entries + entries + place + [0, 0])
    }

    private mutating func send(_ bytes: [UInt8]) async throws {
        offset += bytes.count
        try await sink(bytes)
    }

    private static let version: UInt16 = 20
    private static let midnight: UInt16 = 0
    private static let firstOfJanuary1980: UInt16 = 1 << 5 | 1

    /// Returns the bytes of a number, little-endian.
    private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

/// Removes Consumer Secrets from the XML of an answer, as from a file.
package enum RecordBlanking {
    /// - Throws: ``SecretBlankingError``.
    package static func blanked(_ xml: [UInt8]) throws(SecretBlankingError) -> [UInt8] {
        try ConsumerSecretBlanking.blank(xml).bytes
    }
}
