import CZLib

/// Writes zip archives byte by byte, including broken ones.
struct TestZip {
    /// The data descriptor after an entry's data.
    enum Descriptor {
        case none
        /// Without the optional signature.
        case short
        case signed
    }

    struct Entry {
        var name: [UInt8]
        var data: [UInt8]
        var deflates = true
        var flags = 0
        var descriptor = Descriptor.none
        /// Unix regular file, 0644.
        var attributes = 0o100644 << 16
        var centralExtra: [UInt8] = []
        var localExtra: [UInt8] = []
        var diskStart = 0
        /// Bytes after the data that belong to no entry.
        var gap: [UInt8] = []
        /// Bytes that replace the packed data.
        var packed: [UInt8]?
        // The values below replace the right ones if they are set. Those without `local` apply to both headers.
        var method: Int?
        var checksum: UInt32?
        var size: Int?
        var packedSize: Int?
        var localName: [UInt8]?
        var localMethod: Int?
        var localFlags: Int?
        var localChecksum: UInt32?
        var localSize: Int?
        var localPackedSize: Int?
        var descriptorChecksum: UInt32?
        /// The error of the offset in the central directory, relative to the header's real offset.
        var offsetShift = 0

        init(_ name: String, _ data: String = "text", deflates: Bool = true) {
            self.name = Array(name.utf8)
            self.data = Array(data.utf8)
            self.deflates = deflates
        }

        init(_ name: String, bytes: [UInt8], deflates: Bool = true) {
            self.name = Array(name.utf8)
            data = bytes
            self.deflates = deflates
        }
    }

    var entries: [Entry]
    var prefix: [UInt8] = []
    var comment: [UInt8] = []
    var beforeEnd: [UInt8] = []
    var suffix: [UInt8] = []
    var diskNumber = 0
    var entryCount: Int?
    var directoryOffset: Int?
    var directorySize: Int?

    init(_ entries: [Entry]) { self.entries = entries }

    func bytes() -> [UInt8] {
        var out = prefix
        var directory: [UInt8] = []
        for entry in entries {
            let offset = out.count + entry.offsetShift
            let packed = entry.packed ?? (entry.deflates ? TestZip.deflated(entry.data) : entry.data)
            let checksum = entry.checksum ?? TestZip.checksum(entry.data)
            let size = entry.size ?? entry.data.count
            let packedSize = entry.packedSize ?? packed.count
            let method = entry.method ?? (entry.deflates ? 8 : 0)
            let descriptorFlag = if case .none = entry.descriptor { 0 } else { 8 }
            let flags = entry.flags | descriptorFlag
            let isStreamed = descriptorFlag != 0
            let localName = entry.localName ?? entry.name
            out += long(0x0403_4B50) + short(20) + short(entry.localFlags ?? flags)
            out += short(entry.localMethod ?? method) + long(0)
            out += long(Int(entry.localChecksum ?? (isStreamed ? 0 : checksum)))
            out += long(entry.localPackedSize ?? (isStreamed ? 0 : packedSize))
            out += long(entry.localSize ?? (isStreamed ? 0 : size))
            out += short(localName.count) + short(entry.localExtra.count) + localName + entry.localExtra + packed
            if isStreamed {
                if case .signed = entry.descriptor { out += long(0x0807_4B50) }
                out += long(Int(entry.descriptorChecksum ?? checksum)) + long(packedSize) + long(size)
            }
            out += entry.gap
            directory += long(0x0201_4B50) + short(0x0314) + short(20) + short(flags) + short(method) + long(0)
            directory += long(Int(checksum)) + long(packedSize) + long(size) + short(entry.name.count)
            directory += short(entry.centralExtra.count) + short(0) + short(entry.diskStart) + short(0)
            directory += long(entry.attributes) + long(offset) + entry.name + entry.centralExtra
        }
        let start = out.count
        out += directory + beforeEnd
        let count = entryCount ?? entries.count
        out += long(0x0605_4B50) + short(diskNumber) + short(diskNumber) + short(count) + short(count)
        out += long(directorySize ?? directory.count) + long(directoryOffset ?? start) + short(comment.count) + comment
        return out + suffix
    }

    private func short(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
    private func long(_ value: Int) -> [UInt8] { short(value & 0xFFFF) + short(value >> 16 & 0xFFFF) }

    static func checksum(_ bytes: [UInt8]) -> UInt32 { UInt32(crc32(0, bytes, uInt(bytes.count))) }

    static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        deflateInit2_(stream, 9, Z_DEFLATED, -15, 8, 0, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        defer { deflateEnd(stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(stream, uLong(bytes.count))))
        let count = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.pointee.next_in = source.baseAddress
                stream.pointee.avail_in = uInt(source.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = uInt(target.count)
                deflate(stream, Z_FINISH)
                return Int(stream.pointee.total_out)
            }
        }
        return Array(output[..<count])
    }
}
