import CZLib

/// Compresses bytes with deflate (RFC 1951).
enum Deflate {
    /// The format around the compressed bytes. The raw value is zlib's `windowBits`.
    enum Wrapper: Int32 {
        /// Raw deflate data.
        case none = -15
        /// A gzip header and trailer (RFC 1952).
        case gzip = 31
    }

    /// The maximum size of the input, 3 GiB. zlib counts input and output in 32 bits, and incompressible input grows.
    static let sizeLimit = 3 << 30

    /// Compresses all bytes in one call.
    ///
    /// - Parameter bytes: At most ``sizeLimit`` bytes. More can trap.
    /// - Returns: `nil` if zlib fails, which happens only if memory runs out.
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
        // Some zlib versions do not include the wrapper in the bound.
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
