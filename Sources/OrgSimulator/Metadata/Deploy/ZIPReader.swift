import CZLib

/// Reads the ZIP archive of a deployment (PKWARE APPNOTE 6.3). It accepts only stored and deflated entries, without
/// encryption and ZIP64, with valid sizes and checksums, and with unique paths inside the archive's root.
enum ZIPReader {
    /// An unpacked file.
    struct Entry: Sendable, Equatable {
        var path: String
        var content: [UInt8]
    }

    /// Why an archive is rejected.
    struct Failure: Error, CustomStringConvertible {
        /// Continues a sentence: it begins with a lower-case letter and has no full stop.
        var description: String

        static func broken(_ what: String) -> Failure { Failure(description: "the archive is damaged: \(what)") }
    }

    /// The maximum total size of the entries in bytes, uncompressed.
    static let sizeLimit = 16 << 20
    /// The maximum number of files and folders in a deployment.
    static let entryLimit = 10_000

    /// A record of the archive's directory. Sizes and offsets are in bytes.
    private struct Record {
        var path: String
        var flags: Int
        var method: Int
        var checksum: UInt32
        var packedSize: Int
        var size: Int
        var offset: Int
    }

    /// Returns the files in the order of the archive's directory, without folders.
    static func entries(of archive: [UInt8]) throws(Failure) -> [Entry] {
        let records = try records(of: archive)
        var entries: [Entry] = []
        var paths: Set<String> = []
        var total = 0
        for record in records where !record.path.hasSuffix("/") {
            try check(record.path)
            guard paths.insert(record.path).inserted else { throw .broken("it contains \(record.path) twice") }
            total += record.size
            guard total <= sizeLimit else { throw Failure(description: "the archive is too large") }
            entries.append(Entry(path: record.path, content: try content(of: record, in: archive)))
        }
        return entries
    }

    private static func check(_ path: String) throws(Failure) {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = segments.allSatisfy { !["", ".", ".."].contains($0) }
        guard isPlain, !path.contains("\\"), !path.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw .broken("it contains a path outside its root")
        }
    }

    private static func records(of archive: [UInt8]) throws(Failure) -> [Record] {
        let end = try endOfDirectory(archive)
        let count = archive.number16(at: end + 10)
        let start = archive.number32(at: end + 16)
        guard archive.number16(at: end + 4) == 0, archive.number16(at: end + 8) == count, count <= entryLimit,
            start + archive.number32(at: end + 12) == end
        else { throw .broken("its directory is not at the expected position") }
        var records: [Record] = []
        var position = start
        for _ in 0..<count {
            guard position + 46 <= end, archive.number32(at: position) == 0x0201_4B50 else {
                throw .broken("its directory is cut off")
            }
            let nameLength = archive.number16(at: position + 28)
            let next =
                position + 46 + nameLength + archive.number16(at: position + 30) + archive.number16(at: position + 32)
            guard next <= end,
                let path = String(validating: archive[position + 46..<position + 46 + nameLength], as: UTF8.self)
            else { throw .broken("it contains an invalid name") }
            records.append(
                Record(
                    path: path, flags: archive.number16(at: position + 8), method: archive.number16(at: position + 10),
                    checksum: UInt32(archive.number32(at: position + 16)),
                    packedSize: archive.number32(at: position + 20), size: archive.number32(at: position + 24),
                    offset: archive.number32(at: position + 42)))
            position = next
        }
        guard position == end else { throw .broken("its directory has unexpected content") }
        return records
    }

    /// Returns the position of the end-of-directory record. A comment may follow it.
    private static func endOfDirectory(_ archive: [UInt8]) throws(Failure) -> Int {
        guard archive.count >= 22 else { throw .broken("it is too short") }
        let last = archive.count - 22
        for position in stride(from: last, through: max(0, last - 65_535), by: -1)
        where archive.number32(at: position) == 0x0605_4B50
            && position + 22 + archive.number16(at: position + 20) == archive.count
        {
            return position
        }
        throw .broken("it has no directory")
    }

    private static func content(of record: Record, in archive: [UInt8]) throws(Failure) -> [UInt8] {
        let header = record.offset
        guard header + 30 <= archive.count, archive.number32(at: header) == 0x0403_4B50 else {
            throw .broken("\(record.path) has no header")
        }
        let isEncrypted = record.flags & 1 == 1
        guard !isEncrypted, archive.number16(at: header + 8) == record.method else {
            throw .broken("\(record.path) is encrypted, or its compression methods differ")
        }
        let nameEnd = header + 30 + archive.number16(at: header + 26)
        let start = nameEnd + archive.number16(at: header + 28)
        guard start + record.packedSize <= archive.count,
            archive[header + 30..<nameEnd].elementsEqual(record.path.utf8)
        else { throw .broken("\(record.path) is cut off, or its names differ") }
        let packed = Array(archive[start..<start + record.packedSize])
        let content: [UInt8]
        switch record.method {
        case 0: content = packed
        case 8: content = try inflate(packed, to: record.size, record.path)
        default: throw .broken("\(record.path) has an unknown compression method")
        }
        let checksum = UInt32(content.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
        guard content.count == record.size, checksum == record.checksum else {
            throw .broken("\(record.path) does not have the stated size and checksum")
        }
        return content
    }

    /// Inflates raw deflate data (RFC 1951). The buffer has one byte more than `size`, so that excess data is detected.
    private static func inflate(_ packed: [UInt8], to size: Int, _ path: String) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Failure(description: "zlib could not start")
        }
        defer { inflateEnd(&stream) }
        var input = packed
        var output = [UInt8](repeating: 0, count: size + 1)
        let result = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return CZLib.inflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END, stream.avail_in == 0 else { throw .broken("\(path) cannot be unpacked") }
        return Array(output.prefix(Int(stream.total_out)))
    }
}

extension [UInt8] {
    /// Reads two bytes as a little-endian number. All numbers of the format are little-endian. Traps if the array is
    /// too short.
    fileprivate func number16(at index: Int) -> Int { Int(self[index]) | Int(self[index + 1]) << 8 }

    fileprivate func number32(at index: Int) -> Int { number16(at: index) | number16(at: index + 2) << 16 }
}
