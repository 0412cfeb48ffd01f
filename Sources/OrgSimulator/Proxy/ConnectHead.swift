import NIOCore

/// Collects and parses the head of a request to the proxy. Use one value per connection.
struct ConnectHead: Sendable {
    /// The maximum size of a head in bytes.
    static let sizeLimit = 8_192

    /// The result of the bytes so far.
    enum Reading: Equatable, Sendable {
        /// The head has not ended yet.
        case incomplete
        /// The host and port to connect to. `rest` has the bytes after the head, which must be forwarded to the target.
        case target(host: String, port: Int, rest: ByteBuffer)
        case refused(ProxyRefusal)
    }

    private var bytes = ByteBuffer()

    /// Adds the bytes that arrived next. Call it until the result is not `.incomplete`, and not again.
    mutating func read(_ part: ByteBuffer) -> Reading {
        var part = part
        bytes.writeBuffer(&part)
        guard let end = bytes.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else {
            return bytes.readableBytes > Self.sizeLimit ? .refused(.headTooLarge) : .incomplete
        }
        guard end.upperBound - bytes.readerIndex <= Self.sizeLimit else { return .refused(.headTooLarge) }
        let line = String(decoding: bytes.readableBytesView.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        let rest = bytes.getSlice(at: end.upperBound, length: bytes.writerIndex - end.upperBound) ?? ByteBuffer()
        return Self.target(line, rest)
    }

    private static func target(_ line: String, _ rest: ByteBuffer) -> Reading {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return .refused(.malformed) }
        guard words[0] == "CONNECT" else { return .refused(.notConnect) }
        guard let colon = words[1].lastIndex(of: ":"), let port = UInt16(words[1][words[1].index(after: colon)...]),
            colon > words[1].startIndex
        else { return .refused(.malformed) }
        return .target(host: String(words[1][..<colon]), port: Int(port), rest: rest)
    }
}

/// Why the proxy refuses a request.
enum ProxyRefusal: Equatable, Sendable {
    case malformed
    /// The target is not port 443 of an org's host name.
    case foreignTarget
    /// The method is not `CONNECT`.
    case notConnect
    case headTooLarge
    /// The connection to the org's port failed.
    ///
    /// - Parameter address: Where the org listens; `nil` if it does not listen yet.
    case orgUnreachable(address: String?)

    /// The whole HTTP answer. The connection is closed after it.
    var answer: String {
        let (status, text, header) =
            switch self {
            case .malformed: ("400 Bad Request", "The request is not a valid CONNECT request.", "")
            case .foreignTarget:
                ("403 Forbidden", "This proxy connects only to port 443 of the simulated orgs' host names.", "")
            case .notConnect: ("405 Method Not Allowed", "This proxy supports only CONNECT.", "Allow: CONNECT\r\n")
            case .headTooLarge:
                (
                    "431 Request Header Fields Too Large",
                    "The head of the request is larger than \(ConnectHead.sizeLimit) bytes.", ""
                )
            case .orgUnreachable(let address?):
                ("502 Bad Gateway", "The org does not accept connections at \(address).", "")
            case .orgUnreachable(nil): ("502 Bad Gateway", "The org's port does not accept connections yet.", "")
            }
        return "HTTP/1.1 \(status)\r\n\(header)Content-Type: text/plain\r\nContent-Length: \(text.utf8.count + 1)\r\n"
            + "Connection: close\r\n\r\n\(text)\n"
    }
}
