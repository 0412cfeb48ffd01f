/// An entry of an archive, as its central directory record describes it. ``ZipLocalHeaders`` checks that its local
/// header agrees.
struct ZipEntry: Equatable, Sendable {
    let path: EntryPath
    let isDirectory: Bool
    /// The unpacked size in bytes.
    let size: Int
    /// The CRC-32 of the unpacked bytes.
    let checksum: UInt32

    let isDeflated: Bool
    /// The packed size in bytes.
    let packedSize: Int
    let flags: ZipFlags
    /// The name as in both headers, with the trailing slash of a directory.
    let rawName: [UInt8]
    /// The offset of the local header.
    let headerOffset: Int
    /// The offset of the packed data; 0 until the local header is read.
    var dataOffset = 0
}

/// The general purpose bit flags of an entry (APPNOTE.TXT 4.4.4).
struct ZipFlags: OptionSet, Equatable, Sendable {
    let rawValue: Int

    static let encrypted = ZipFlags(rawValue: 1 << 0)
    /// The compression level, which does not matter for unpacking.
    static let deflateLevel = ZipFlags(rawValue: 1 << 1 | 1 << 2)
    /// Sizes and checksum follow the data.
    static let dataDescriptor = ZipFlags(rawValue: 1 << 3)
    static let strongEncryption = ZipFlags(rawValue: 1 << 6)
    static let utf8 = ZipFlags(rawValue: 1 << 11)
    static let maskedHeaders = ZipFlags(rawValue: 1 << 13)

    /// The flags with which an entry can be unpacked here. An entry with any other flag is rejected.
    static let readable: ZipFlags = [.deflateLevel, .dataDescriptor, .utf8]
}

/// The extra fields of a header that change the meaning of an entry (APPNOTE.TXT 4.5, 4.6.9).
struct ZipExtraFields {
    private(set) var hasZip64 = false
    private(set) var hasUnicodePath = false

    /// - Returns: `nil` unless the fields fill `bytes` exactly.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let fields = LittleEndianFields(rest)
            guard rest.count >= 4 + fields.uint16(at: 2) else { return nil }
            switch fields.uint16(at: 0) {
            case 0x0001: hasZip64 = true
            case 0x7075: hasUnicodePath = true
            default: break
            }
            rest = rest.dropFirst(4 + fields.uint16(at: 2))
        }
    }
}
