/// One entry of an archive, as the central directory has it and the local header confirms it.
public struct ZipEntry: Equatable, Sendable {
    public let path: EntryPath
    public let isDirectory: Bool
    /// Unpacked, in bytes.
    public let size: Int
    /// CRC-32 of the unpacked bytes.
    public let checksum: UInt32

    let isDeflated: Bool
    let packedSize: Int
    let flags: ZipFlags
    /// The name with its slash, as it stands in both headers.
    let rawName: [UInt8]
    /// Where the local header begins.
    let headerOffset: Int
    /// Where the packed data begins; known once the local header was read.
    var dataOffset = 0
}

/// The general purpose bits of an entry. (APPNOTE.TXT 4.4.4.)
struct ZipFlags: OptionSet, Equatable, Sendable {
    let rawValue: Int

    static let encrypted = ZipFlags(rawValue: 1 << 0)
    /// How hard the packer tried; no matter here.
    static let deflateLevel = ZipFlags(rawValue: 1 << 1 | 1 << 2)
    /// Sizes and checksum come after the data.
    static let dataDescriptor = ZipFlags(rawValue: 1 << 3)
    static let strongEncryption = ZipFlags(rawValue: 1 << 6)
    static let utf8 = ZipFlags(rawValue: 1 << 11)
    static let maskedHeaders = ZipFlags(rawValue: 1 << 13)

    static let readable: ZipFlags = [.deflateLevel, .dataDescriptor, .utf8]
}

/// The extra fields of a header that change what an entry means. (APPNOTE.TXT 4.5, 4.6.9.)
struct ZipExtraFields {
    private(set) var hasZip64 = false
    private(set) var hasUnicodePath = false

    /// - Returns: `nil` when the fields do not fill their place exactly.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let fields = LittleEndianFields(rest)
            guard rest.count >= 4 + fields.short(2) else { return nil }
            switch fields.short(0) {
            case 0x0001: hasZip64 = true
            case 0x7075: hasUnicodePath = true
            default: break
            }
            rest = rest.dropFirst(4 + fields.short(2))
        }
    }
}
