/// Reads the central directory and checks each of its records (APPNOTE.TXT 4.3.12).
struct ZipCentralDirectory {
    private static let signature = 0x0201_4B50
    private static let recordLength = 46
    /// The largest directory in bytes, enough for 12,000 entries with long names.
    private static let sizeLimit = 32 << 20

    let bounds: ZipBounds

    /// Returns the entries in the order of their records.
    func entries(_ end: ZipEndRecord, in file: PositionedFile) throws(ZipError) -> [ZipEntry] {
        guard end.entryCount <= bounds.entries else { throw .tooManyEntries(limit: bounds.entries) }
        guard end.directorySize <= ZipCentralDirectory.sizeLimit else { throw .centralDirectoryMalformed }
        let bytes = try file.read(at: end.directoryOffset, count: end.directorySize)
        var rest = bytes[...]
        var entries: [ZipEntry] = []
        for _ in 0..<end.entryCount {
            let (entry, length) = try entry(rest)
            entries.append(entry)
            rest = rest.dropFirst(length)
        }
        guard rest.isEmpty else { throw .centralDirectoryMalformed }
        return entries
    }

    /// Reads the record at the start of `bytes`, and returns its length in bytes.
    private func entry(_ bytes: ArraySlice<UInt8>) throws(ZipError) -> (ZipEntry, length: Int) {
        let fixed = ZipCentralDirectory.recordLength
        guard bytes.count >= fixed else { throw .centralDirectoryMalformed }
        let record = LittleEndianFields(bytes)
        let nameLength = record.uint16(at: 28)
        let extraLength = record.uint16(at: 30)
        let length = fixed + nameLength + extraLength + record.uint16(at: 32)
        guard record.uint32(at: 0) == ZipCentralDirectory.signature, bytes.count >= length else {
            throw .centralDirectoryMalformed
        }
        let rawName = Array(bytes.dropFirst(fixed).prefix(nameLength))
        let path = try ZipCentralDirectory.path(rawName)
        let name = path.description
        guard record.uint16(at: 34) == 0 else { throw .multipleDisks }
        let entry = ZipEntry(
            path: path, isDirectory: rawName.last == UInt8(ascii: "/"), size: record.uint32(at: 24),
            checksum: UInt32(record.uint32(at: 16)),
            isDeflated: try ZipCentralDirectory.isDeflated(record.uint16(at: 10), name),
            packedSize: record.uint32(at: 20), flags: ZipFlags(rawValue: record.uint16(at: 8)), rawName: rawName,
            headerOffset: record.uint32(at: 42))
        try checkExtra(bytes.dropFirst(fixed + nameLength).prefix(extraLength), of: entry)
        try checkFlags(entry)
        try checkAttributes(record.uint32(at: 38), of: entry)
        try checkSizes(entry)
        return (entry, length)
    }

    private static func path(_ bytes: [UInt8]) throws(ZipError) -> EntryPath {
        do { return try EntryPath(bytes) } catch { throw .name(error) }
    }

    private static func isDeflated(_ method: Int, _ name: String) throws(ZipError) -> Bool {
        switch method {
        case 0: false
        case 8: true
        default: throw .unknownMethod(name, method: method)
        }
    }

    private func checkExtra(_ bytes: ArraySlice<UInt8>, of entry: ZipEntry) throws(ZipError) {
        guard let extra = ZipExtraFields(bytes) else { throw .centralDirectoryMalformed }
        let sizes = [entry.size, entry.packedSize, entry.headerOffset]
        if extra.hasZip64 || sizes.contains(0xFFFF_FFFF) { throw .zip64 }
        if extra.hasUnicodePath { throw .secondName(entry.path.description) }
    }

    private func checkFlags(_ entry: ZipEntry) throws(ZipError) {
        let name = entry.path.description
        guard entry.flags.isDisjoint(with: [.encrypted, .strongEncryption, .maskedHeaders]) else {
            throw .encrypted(name)
        }
        guard ZipFlags.readable.isSuperset(of: entry.flags) else { throw .unknownFlags(name) }
    }

    /// Rejects anything other than a file or a directory. The upper half of `attributes` is treated as a Unix mode,
    /// regardless of the archive's host system; the lower half has the DOS attributes.
    private func checkAttributes(_ attributes: Int, of entry: ZipEntry) throws(ZipError) {
        let name = entry.path.description
        let isDOSDirectory = attributes & 0x10 != 0
        let isDOSVolumeLabel = attributes & 0x08 != 0
        let isAllowed: Bool
        switch attributes >> 16 & 0o170000 {
        case 0: isAllowed = !isDOSDirectory || entry.isDirectory
        case 0o100000: isAllowed = !entry.isDirectory && !isDOSDirectory
        case 0o040000: isAllowed = entry.isDirectory
        default: isAllowed = false
        }
        guard isAllowed, !isDOSVolumeLabel else { throw .notFileOrDirectory(name) }
    }

    private func checkSizes(_ entry: ZipEntry) throws(ZipError) {
        let name = entry.path.description
        if entry.isDirectory, entry.size != 0 || entry.checksum != 0 { throw .directoryWithContents(name) }
        guard entry.size <= bounds.entryBytes else { throw .entryTooLarge(name, limit: bounds.entryBytes) }
        guard entry.isDeflated || entry.size == entry.packedSize else { throw .sizeDiffers(name) }
        guard entry.size <= entry.packedSize * bounds.ratio else { throw .ratioTooHigh(name, limit: bounds.ratio) }
    }
}
