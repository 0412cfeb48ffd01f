/// The record at the end of an archive, with the position of the central directory (APPNOTE.TXT version 6.3.10, section
/// 4.3.16). Sizes and offsets are in bytes.
struct ZipEndRecord {
    private static let signature = 0x0605_4B50
    private static let length = 22
    private static let zip64LocatorSignature = 0x0706_4B50
    private static let zip64LocatorLength = 20
    private static let commentLimit = 0xFFFF

    /// The offsets of the fields from the start of the record.
    private enum Offset {
        static let diskNumber = 4
        static let directoryDiskNumber = 6
        static let entryCountOnDisk = 8
        static let entryCount = 10
        static let directorySize = 12
        static let directoryOffset = 16
        static let commentLength = 20
    }

    let entryCount: Int
    let directoryOffset: Int
    let directorySize: Int
    /// The offset of this record, where the central directory must end.
    let offset: Int

    /// Finds the record whose comment ends exactly at the end of the file.
    ///
    /// - Throws: ``ZipError``, also if more than one position qualifies or the archive uses Zip64 or several disks.
    init(in file: PositionedFile) throws(ZipError) {
        let tailLength = min(file.size, ZipEndRecord.length + ZipEndRecord.commentLimit)
        guard tailLength >= ZipEndRecord.length else { throw .noEndRecord }
        let tail = try file.read(at: file.size - tailLength, count: tailLength)
        let found = ZipEndRecord.candidates(in: tail)
        guard let start = found.last else { throw .noEndRecord }
        guard found.count == 1 else { throw .ambiguousEndRecord }

        let record = LittleEndianFields(tail[start...])
        offset = file.size - tailLength + start
        if offset >= ZipEndRecord.zip64LocatorLength {
            let locator = try file.read(at: offset - ZipEndRecord.zip64LocatorLength, count: 4)
            guard LittleEndianFields(locator[...]).uint32(at: 0) != ZipEndRecord.zip64LocatorSignature else {
                throw .zip64
            }
        }
        entryCount = record.uint16(at: Offset.entryCount)
        directorySize = record.uint32(at: Offset.directorySize)
        directoryOffset = record.uint32(at: Offset.directoryOffset)
        if entryCount == 0xFFFF || directorySize == 0xFFFF_FFFF || directoryOffset == 0xFFFF_FFFF { throw .zip64 }
        guard record.uint16(at: Offset.diskNumber) == 0, record.uint16(at: Offset.directoryDiskNumber) == 0,
            record.uint16(at: Offset.entryCountOnDisk) == entryCount
        else { throw .multipleDisks }
        guard directoryOffset <= offset else { throw .centralDirectoryMalformed }
        guard directoryOffset + directorySize == offset else {
            throw directoryOffset + directorySize < offset ? .unclaimedBytes : .centralDirectoryMalformed
        }
    }

    /// Returns all positions in `tail` that could be the start of the record, in ascending order.
    private static func candidates(in tail: [UInt8]) -> [Int] {
        (0...(tail.count - length)).filter { start in
            guard tail[start] == 0x50, tail[start + 1] == 0x4B else { return false }
            let fields = LittleEndianFields(tail[start...])
            return fields.uint32(at: 0) == signature
                && start + length + fields.uint16(at: Offset.commentLength) == tail.count
        }
    }
}
