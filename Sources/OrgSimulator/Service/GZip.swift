/// Compresses bodies as `Content-Encoding: gzip` has them (RFC 1952).
enum GZip {
    /// The compressed bytes; nil when zlib fails, and the body goes out as it is.
    static func compress(_ body: [UInt8]) -> [UInt8]? { Deflate.compress(body, .gzip) }

    /// Whether an `Accept-Encoding` header names gzip, other than with the weight 0 (RFC 9110 §12.5.3).
    static func isAccepted(by header: String?) -> Bool {
        (header ?? "").lowercased().split(separator: ",").contains { choice in
            let parts = choice.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard parts.first == "gzip" else { return false }
            return !parts.dropFirst().contains { $0.wholeMatch(of: /q=0(\.0*)?/) != nil }
        }
    }
}
