import CZLib

/// Compresses bodies as `Content-Encoding: gzip` has them (RFC 1952).
enum GZip {
    /// The compressed bytes; nil when zlib fails, and the body goes out as it is.
    static func compress(_ body: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, and 16 more for the header and trailer of gzip.
        guard
            deflateInit2_(
                &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        var input = body
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(body.count))) + 32)
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

    /// Whether an `Accept-Encoding` header names gzip, other than with the weight 0 (RFC 9110 §12.5.3).
    static func isAccepted(by header: String?) -> Bool {
        (header ?? "").lowercased().split(separator: ",").contains { choice in
            let parts = choice.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard parts.first == "gzip" else { return false }
            return !parts.dropFirst().contains { $0.wholeMatch(of: /q=0(\.0*)?/) != nil }
        }
    }
}
