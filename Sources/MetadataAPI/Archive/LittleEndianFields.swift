/// The fields of a zip record: little-endian numbers at fixed offsets.
struct LittleEndianFields {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Returns the two-byte number at an offset, which must be within bounds.
    func short(_ offset: Int) -> Int {
        let start = bytes.startIndex + offset
        return Int(bytes[start]) | Int(bytes[start + 1]) << 8
    }

    /// Returns the four-byte number at an offset, which must be within bounds.
    func long(_ offset: Int) -> Int { short(offset) | short(offset + 2) << 16 }
}
