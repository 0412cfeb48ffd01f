/// The fields of a zip record: little-endian numbers at fixed offsets.
struct LittleEndianFields {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Reads two bytes as an unsigned number. Traps unless `bytes` has `offset` + 2 bytes.
    func uint16(at offset: Int) -> Int {
        let start = bytes.startIndex + offset
        return Int(bytes[start]) | Int(bytes[start + 1]) << 8
    }

    /// Reads four bytes as an unsigned number. Traps unless `bytes` has `offset` + 4 bytes.
    func uint32(at offset: Int) -> Int { uint16(at: offset) | uint16(at: offset + 2) << 16 }
}
