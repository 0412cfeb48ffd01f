/// Makes the headers of an archive that is written in one pass: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
///
/// All entries have the earliest date of the format, 1980-01-01, so that the same files give the same bytes. The archive must be smaller
/// than 4 GiB and have fewer than 65,536 entries.
package struct ZipHeaders {
    package enum Method: UInt16 {
        case stored = 0
        case deflated = 8
    }

    private static let version: UInt16 = 20
    private static let utf8Names: UInt16 = 1 << 11
    private static let midnight: UInt16 = 0
    private static let firstOfJanuary1980: UInt16 = 1 << 5 | 1

    private var directory: [UInt8] = []
    private var count: UInt16 = 0

    package init() {}

    /// Returns the local header of an entry, which precedes its data.
    ///
    /// - Parameters:
    ///   - offset: Where the header begins in the archive.
    ///   - packed: The size of the data in the archive.
    ///   - hasUTF8Name: Whether the header declares the name as UTF-8.
    package mutating func begin(
        _ name: [UInt8], at offset: Int, _ method: Method = .stored, checksum: UInt32, packed: Int, size: Int,
        hasUTF8Name: Bool = true
    ) -> [UInt8] {
        let shared =
            Self.number(hasUTF8Name ? Self.utf8Names : 0) + Self.number(method.rawValue) + Self.number(Self.midnight)
            + Self.number(Self.firstOfJanuary1980) + Self.number(checksum) + Self.number(UInt32(packed))
            + Self.number(UInt32(size)) + Self.number(UInt16(name.count)) + [0, 0]
        directory += Self.number(0x0201_4B50 as UInt32) + Self.number(Self.version) + Self.number(Self.version) + shared
        // No comment, the first disk, and no attributes.
        directory += [UInt8](repeating: 0, count: 10) + Self.number(UInt32(offset)) + name
        count += 1
        return Self.number(0x0403_4B50 as UInt32) + Self.number(Self.version) + shared + name
    }

    /// Returns the central directory and the end record, which follow the last entry.
    ///
    /// - Parameter offset: Where the directory begins in the archive.
    package func end(at offset: Int) -> [UInt8] {
        let place = Self.number(UInt32(directory.count)) + Self.number(UInt32(offset))
        return directory + Self.number(0x0605_4B50 as UInt32) + [0, 0, 0, 0] + Self.number(count) + Self.number(count)
            + place + [0, 0]
    }

    /// Returns the bytes of a number, little-endian.
    private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
