import CZLib

/// Compresses bytes by deflate (RFC 1951).
enum Deflate {
    /// What stands around the compressed bytes, as zlib's bits of window have it.
    enum Wrapper: Int32 {
        case none = -15
        /// Header and trailer of gzip (RFC 1952).
        case gzip = 31
    }

    /// - Returns: `nil` if zlib fails, which it does without memory only.
    static func compress(_ bytes: [UInt8], _ wrapper: Wrapper) -> [UInt8]? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(
                &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, wrapper.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
                == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes
        // The bound does not count the wrapper in all versions.
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 32)
        let result = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        return result == Z_STREAM_END ? Array(output.prefix(Int(stream.total_out))) : nil
    }
}
