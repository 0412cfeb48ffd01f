/// Compares the local header of each entry with the central directory. Also checks that the entries fill the file from
/// its first byte to the directory without overlaps or gaps (APPNOTE.TXT 4.3.7, 4.3.9).
struct ZipLocalHeaders {
    private static let signature = 0x0403_4B50
    private static let headerLength = 30
    private static let descriptorSignature = 0x0807_4B50

    let file: PositionedFile
    /// The offset of the central directory.
    let end: Int

    /// - Returns: The entries in the same order, with ``ZipEntry/dataOffset`` set.
    func confirm(_ entries: [ZipEntry]) throws(ZipError) -> [ZipEntry] {
        guard entries.allSatisfy({ $0.headerOffset < end }) else { throw .centralDirectoryMalformed }
        var confirmed = entries
        let order = entries.indices.sorted { entries[$0].headerOffset < entries[$1].headerOffset }
        var position = 0
        for (place, index) in order.enumerated() {
            let entry = entries[index]
            guard entry.headerOffset >= position else { throw .overlappingEntries }
            guard entry.headerOffset == position else { throw place == 0 ? .leadingBytes : .unclaimedBytes }
            let next = place + 1 < order.count ? entries[order[place + 1]].headerOffset : end
            confirmed[index].dataOffset = try dataOffset(of: entry)
            let dataEnd = confirmed[index].dataOffset + entry.packedSize
            guard dataEnd <= next else { throw .overlappingEntries }
            if entry.flags.contains(.dataDescriptor) {
                position = try endOfDescriptor(of: entry, at: dataEnd, next: next)
            } else {
                position = dataEnd
            }
        }
        guard position == end else { throw entries.isEmpty ? .leadingBytes : .unclaimedBytes }
        return confirmed
    }

    private func dataOffset(of entry: ZipEntry) throws(ZipError) -> Int {
        let name = entry.path.description
        let fixed = ZipLocalHeaders.headerLength
        guard entry.headerOffset + fixed <= end else { throw .localHeaderMalformed(name) }
        let header = LittleEndianFields(try file.read(at: entry.headerOffset, count: fixed)[...])
        let nameLength = header.uint16(at: 26)
        let extraLength = header.uint16(at: 28)
        let dataOffset = entry.headerOffset + fixed + nameLength + extraLength
        guard header.uint32(at: 0) == ZipLocalHeaders.signature, dataOffset <= end else {
            throw .localHeaderMalformed(name)
        }
        guard nameLength == entry.rawName.count, header.uint16(at: 8) == (entry.isDeflated ? 8 : 0),
            header.uint16(at: 6) == entry.flags.rawValue, agrees(header, with: entry)
        else { throw .localHeaderDiffers(name) }
        let variable = try file.read(at: entry.headerOffset + fixed, count: nameLength + extraLength)
        guard variable.prefix(nameLength).elementsEqual(entry.rawName) else { throw .localHeaderDiffers(name) }
        guard let extra = ZipExtraFields(variable[nameLength...]) else { throw .localHeaderMalformed(name) }
        if extra.hasZip64 { throw .zip64 }
        if extra.hasUnicodePath { throw .secondName(name) }
        return dataOffset
    }

    /// Whether checksum and sizes match the directory, or are all zero because a data descriptor follows.
    private func agrees(_ header: LittleEndianFields, with entry: ZipEntry) -> Bool {
        let fields = [header.uint32(at: 14), header.uint32(at: 18), header.uint32(at: 22)]
        if fields == [Int(entry.checksum), entry.packedSize, entry.size] { return true }
        return entry.flags.contains(.dataDescriptor) && fields == [0, 0, 0]
    }

    /// Checks a data descriptor and returns the offset of its end. It has 12 bytes, or 16 with a signature. The offset
    /// of the next entry, `next`, determines which.
    private func endOfDescriptor(of entry: ZipEntry, at offset: Int, next: Int) throws(ZipError) -> Int {
        let name = entry.path.description
        let length = next - offset
        guard length == 12 || length == 16 else { throw length < 12 ? .overlappingEntries : .unclaimedBytes }
        let descriptor = LittleEndianFields(try file.read(at: offset, count: length)[...])
        let start = length - 12
        guard length == 12 || descriptor.uint32(at: 0) == ZipLocalHeaders.descriptorSignature,
            descriptor.uint32(at: start) == Int(entry.checksum), descriptor.uint32(at: start + 4) == entry.packedSize,
            descriptor.uint32(at: start + 8) == entry.size
        else { throw .dataDescriptorDiffers(name) }
        return next
    }
}
