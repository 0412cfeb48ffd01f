/// Decodes the content coding of a client's request.
package enum RequestCoding {
    /// - Parameters:
    ///   - field: The `Content-Encoding` field; `nil` without one.
    ///   - limit: The largest decoded body, in bytes.
    /// - Returns: `nil` if the coding is not gzip or deflate, if the body is not in that coding or is too large.
    package static func decoded(_ body: [UInt8], _ field: String?, atMost limit: Int) -> [UInt8]? {
        guard let plain = ContentCoding.decoded(body, field, atMost: limit + 1), plain.count <= limit else {
            return nil
        }
        return plain
    }
}
