/// The fields of a zip record: little-endian numbers at fixed places.
struct LittleEndianFields {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Two bytes; the caller knows that they are there.
    func short(_ offset: Int) -> Int {
        let start = bytes.startIndex + offset
        return Int(bytes[start]) | Int(bytes[start + 1]) << 8
    }

    /// Four bytes; the caller knows that they are there.
    func long(_ offset: Int) -> Int { short(offset) | short(offset + 2) << 16 }
}
