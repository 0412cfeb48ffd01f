internal import CZLib

/// Decodes the content codings of HTTP (RFC 9110 §8.4).
enum ContentCoding {
    /// Decodes the beginning of a body. The body may be cut off.
    ///
    /// - Parameters:
    ///   - field: The `Content-Encoding` field; `nil` without one.
    ///   - limit: The maximum number of decoded bytes. It does not limit a body without a coding.
    /// - Returns: The decoded beginning; the body itself if it is empty or has no coding. `nil` if the coding is not
    ///   gzip or deflate, if there are several, or if the body is not in that coding.
    static func decoded(_ body: [UInt8], _ field: String?, atMost limit: Int) -> [UInt8]? {
        let names = (field ?? "").lowercased().split { $0 == "," || $0.isWhitespace }.filter { $0 != "identity" }
        guard let name = names.first, !body.isEmpty else { return body }
        guard names.count == 1, ["gzip", "x-gzip", "deflate"].contains(name) else { return nil }
        return inflated(body, atMost: limit)
    }

    private static func inflated(_ packed: [UInt8], atMost limit: Int) -> [UInt8]? {
        var stream = z_stream()
        // zlib keeps the pointer, so the address must not change.
        return withUnsafeMutablePointer(to: &stream) { stream in
            // With 32 added, zlib accepts its own header (deflate) and gzip's.
            guard inflateInit2_(stream, MAX_WBITS + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
            else { return nil }
            defer { inflateEnd(stream) }
            return inflated(packed, stream, atMost: limit)
        }
    }

    private static func inflated(
        _ packed: [UInt8], _ stream: UnsafeMutablePointer<z_stream>, atMost limit: Int
    ) -> [UInt8]? {
        var (packed, plain) = (packed, [UInt8](repeating: 0, count: limit))
        let code = packed.withUnsafeMutableBufferPointer { source in
            plain.withUnsafeMutableBufferPointer { target in
                stream.pointee.next_in = source.baseAddress
                stream.pointee.avail_in = uInt(source.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = uInt(target.count)
                return inflate(stream, Z_SYNC_FLUSH)
            }
        }
        let count = limit - Int(stream.pointee.avail_out)
        // A body that was cut off before its first decoded byte is rejected.
        guard code == Z_STREAM_END || (code == Z_OK && count > 0) else { return nil }
        return Array(plain.prefix(count))
    }
}
