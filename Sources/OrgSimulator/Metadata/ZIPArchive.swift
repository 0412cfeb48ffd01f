import CZLib
import Foundation

/// Writes a ZIP archive (PKWARE APPNOTE 6.3): stored or deflated entries, UTF-8 names, one fixed modification date.
///
/// With `streamed`, sizes and checksums are zero in the local headers and follow the content in a data descriptor, as
/// in the archives of real orgs (their first bytes are `50 4B 03 04 14 00 08 08 08 00`). Otherwise they are in the
/// local headers. ZIP64 is not supported: an archive has at most 65,535 entries and less than 4 GiB, directory
/// included.
struct ZIPArchive {
    /// Why an archive cannot be written.
    struct Failure: Error, CustomStringConvertible {
        /// Begins with a lower-case letter and has no full stop.
        var description: String
    }

    private struct CentralRecord {
        var name: [UInt8]
        var method: UInt16
        var checksum: UInt32
        var packedSize: UInt32
        var size: UInt32
        var offset: UInt32
    }

    /// The maximum size of an archive in bytes, with its directory.
    private static let sizeLimit = Int(UInt32.max) - 1

    private var bytes: [UInt8] = []
    /// The size in bytes that the directory will have, without its end record.
    private var directorySize = 0
    private var records: [CentralRecord] = []
    private let time: UInt16
    private let day: UInt16
    private let streamed: Bool

    /// - Parameter date: The date of all entries, written in UTC in steps of two seconds, from 1980 to 2107.
    init(date: Date, streamed: Bool = false) {
        (time, day) = Self.dosTime(date)
        self.streamed = streamed
    }

    /// Returns an archive of the entries in the given order.
    static func pack(
        _ entries: [(path: String, content: [UInt8])], date: Date, streamed: Bool = false
    ) throws(Failure) -> [UInt8] {
        var archive = ZIPArchive(date: date, streamed: streamed)
        for entry in entries { try archive.add(entry.path, entry.content) }
        return archive.finish()
    }

    /// Adds an entry. Paths must be unique; this is not checked.
    ///
    /// - Throws: ``Failure`` if the entry or the archive would be too large, or zlib fails. The archive is unchanged
    ///   then.
    mutating func add(_ path: String, _ content: [UInt8]) throws(Failure) {
        guard records.count < 65_535, path.utf8.count <= 65_535 else {
            throw Failure(description: "an archive has at most 65,535 entries with paths of at most 65,535 bytes")
        }
        guard content.count <= Deflate.sizeLimit else {
            throw Failure(description: "an entry is larger than 3 GiB")
        }
        let packed = try Self.deflate(content)
        let isDeflated = streamed || packed.count < content.count
        let body = isDeflated ? packed : content
        // Local header and data descriptor, directory record, and the end record.
        let entrySize = 30 + path.utf8.count + body.count + (streamed ? 16 : 0)
        let recordSize = 46 + path.utf8.count
        guard bytes.count + entrySize + directorySize + recordSize + 22 <= Self.sizeLimit else {
            throw Failure(description: "the archive is larger than 4 GiB")
        }
        directorySize += recordSize
        let record = CentralRecord(
            name: Array(path.utf8), method: isDeflated ? 8 : 0, checksum: Self.checksum(content),
            packedSize: UInt32(body.count), size: UInt32(content.count), offset: UInt32(bytes.count))
        put32(0x0403_4B50)
        put16(20)
        putCommonFields(record, withSizes: !streamed)
        bytes += record.name
        bytes += body
        if streamed {
            put32(0x0807_4B50)
            putSizes(record)
        }
        records.append(record)
    }

    /// Returns the complete archive. It fits, because ``add(_:_:)`` reserves the space for the directory.
    consuming func finish() -> [UInt8] {
        var archive = self
        let start = UInt32(archive.bytes.count)
        for record in archive.records { archive.putCentral(record) }
        let length = UInt32(archive.bytes.count) - start
        archive.put32(0x0605_4B50)
        archive.put32(0)
        archive.put16(UInt16(archive.records.count))
        archive.put16(UInt16(archive.records.count))
        archive.put32(length)
        archive.put32(start)
        archive.put16(0)
        return archive.bytes
    }

    private mutating func putCentral(_ record: CentralRecord) {
        put32(0x0201_4B50)
        put16(20)
        put16(20)
        putCommonFields(record, withSizes: true)
        put16(0)
        put16(0)
        put16(0)
        put32(0)
        put32(record.offset)
        bytes += record.name
    }

    /// Writes the fields that the local and the central header share: flags through extra-field length.
    private mutating func putCommonFields(_ record: CentralRecord, withSizes: Bool) {
        let utf8Names: UInt16 = 1 << 11
        let descriptorFollows: UInt16 = 1 << 3
        put16(streamed ? utf8Names | descriptorFollows : utf8Names)
        put16(record.method)
        put16(time)
        put16(day)
        if withSizes {
            putSizes(record)
        } else {
            bytes += repeatElement(0, count: 12)
        }
        put16(UInt16(record.name.count))
        put16(0)
    }

    private mutating func putSizes(_ record: CentralRecord) {
        put32(record.checksum)
        put32(record.packedSize)
        put32(record.size)
    }

    private mutating func put16(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }

    private mutating func put32(_ value: UInt32) {
        put16(UInt16(truncatingIfNeeded: value))
        put16(UInt16(truncatingIfNeeded: value >> 16))
    }

    private static func dosTime(_ date: Date) -> (time: UInt16, day: UInt16) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let year = min(max((parts.year ?? 1980) - 1980, 0), 127)
        let day = year << 9 | (parts.month ?? 1) << 5 | (parts.day ?? 1)
        let time = (parts.hour ?? 0) << 11 | (parts.minute ?? 0) << 5 | (parts.second ?? 0) / 2
        return (UInt16(time), UInt16(day))
    }

    private static func checksum(_ content: [UInt8]) -> UInt32 {
        UInt32(content.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
    }

    /// Compresses to raw deflate data (RFC 1951), without the zlib wrapper.
    private static func deflate(_ content: [UInt8]) throws(Failure) -> [UInt8] {
        guard let packed = Deflate.compress(content, .none) else {
            throw Failure(description: "zlib could not compress an entry")
        }
        return packed
    }
}
