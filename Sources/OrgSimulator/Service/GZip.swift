/// Compresses bodies for `Content-Encoding: gzip` (RFC 1952).
enum GZip {
    /// Returns the compressed bytes, or `nil` if zlib fails.
    static func compress(_ body: [UInt8]) -> [UInt8]? { Deflate.compress(body, .gzip) }

    /// Whether an `Accept-Encoding` header names gzip with a weight other than 0 (RFC 9110 §12.5.3).
    static func isAccepted(by header: String?) -> Bool {
        (header ?? "").lowercased().split(separator: ",").contains { choice in
            let parts = choice.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard parts.first == "gzip" else { return false }
            return !parts.dropFirst().contains { $0.wholeMatch(of: /q=0(\.0*)?/) != nil }
        }
    }
}
