internal import CZLib

/// Unpacks an entry in pieces, and checks its size and checksum.
struct ZipEntryReader {
    /// The most bytes that the sink receives at once.
    private static let pieceSize = 64 << 10

    let file: PositionedFile
    let entry: ZipEntry

    func read(into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var checksum = crc32(0, nil, 0)
        var size = 0
        let take: (UnsafeRawBufferPointer) throws -> Void = { piece in
            size += piece.count
            guard size <= entry.size else { throw ZipError.sizeDiffers(entry.path.description) }
            checksum = crc32(checksum, piece.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(piece.count))
            try sink(piece)
        }
        if entry.isDeflated { try inflate(into: take) } else { try forEachPackedPiece(take) }
        guard size == entry.size else { throw ZipError.sizeDiffers(entry.path.description) }
        guard UInt32(truncatingIfNeeded: checksum) == entry.checksum else {
            throw ZipError.checksumDiffers(entry.path.description)
        }
    }

    /// Calls the body with the packed bytes, in pieces and in order.
    private func forEachPackedPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var done = 0
        while done < entry.packedSize {
            let count = min(entry.packedSize - done, ZipEntryReader.pieceSize)
            try file.read(at: entry.dataOffset + done, count: count).withUnsafeBytes { try body($0) }
            done += count
        }
    }

    private func inflate(into take: (UnsafeRawBufferPointer) throws -> Void) throws {
        let inflater = try Inflater(entry: entry.path.description)
        try forEachPackedPiece { packed in try inflater.feed(packed, pieceSize: ZipEntryReader.pieceSize, into: take) }
        guard inflater.isAtEnd else { throw ZipError.dataMalformed(entry.path.description) }
    }
}

/// Unpacks a raw deflate stream (RFC 1951).
private final class Inflater {
    /// zlib stores a pointer to this, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// The entry's path, for errors.
    private let entry: String
    private(set) var isAtEnd = false

    init(entry: String) throws {
        self.entry = entry
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw ZipError.outOfMemory }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    func feed(
        _ packed: UnsafeRawBufferPointer, pieceSize: Int, into take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        // Bytes after the end of the stream are rejected, because no checksum covers them.
        guard !isAtEnd, let start = packed.baseAddress else { throw ZipError.dataMalformed(entry) }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = uInt(packed.count)
        try withUnsafeTemporaryAllocation(byteCount: pieceSize, alignment: 1) { output in
            repeat {
                stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = uInt(output.count)
                let code = inflate(stream, Z_NO_FLUSH)
                let count = output.count - Int(stream.pointee.avail_out)
                if count > 0 { try take(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<count])) }
                switch code {
                case Z_STREAM_END: isAtEnd = true
                case Z_OK: break
                // All input is used up. The rest follows with the next piece.
                case Z_BUF_ERROR: return
                case Z_MEM_ERROR: throw ZipError.outOfMemory
                default: throw ZipError.dataMalformed(entry)
                }
            } while !isAtEnd && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
        }
        if isAtEnd, stream.pointee.avail_in > 0 { throw ZipError.dataMalformed(entry) }
    }
}
