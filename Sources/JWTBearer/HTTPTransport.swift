public import HTTPTypes

/// Carries one HTTP exchange. Every byte that leaves for an org passes through here.
///
/// What must hold for every implementation: redirects are not followed; TLS is 1.2 or newer and verified; nothing is
/// sent in clear text but to a loopback address; the reply's body is handed on as it arrives and is never larger than
/// `limits` allow; a request is sent at most once, unless it is a read.
public protocol HTTPTransport: Sendable {
    /// - Throws: ``TransportFailure``.
    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse
}

/// A request with its complete body.
public struct OutgoingRequest: Sendable {
    /// `scheme`, `authority` and `path` are all set.
    public var head: HTTPRequest
    public var body: [UInt8]
    /// Called each time the request is about to leave on an open connection. If it throws, no byte of the request leaves, and
    /// `send` throws the same error.
    public var beforeSending: (@Sendable () async throws -> Void)?
    /// Whether it changes nothing at the receiver, so that it may be sent again.
    public var isRead: Bool

    public init(
        _ head: HTTPRequest, body: [UInt8] = [], isRead: Bool = false,
        beforeSending: (@Sendable () async throws -> Void)? = nil
    ) {
        self.head = head
        self.body = body
        self.isRead = isRead
        self.beforeSending = beforeSending
    }
}

extension OutgoingRequest: CustomStringConvertible, CustomReflectable {
    /// Where it goes; header fields and body may hold a token or an assertion.
    public var description: String {
        "OutgoingRequest(\(head.method) \(head.scheme ?? "")://\(head.authority ?? "")\(head.path ?? ""))"
    }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Bounds of one exchange.
public struct ExchangeLimits: Sendable {
    /// Bytes of the body, after any content coding.
    public var bodyBytes: Int
    /// From the call to the last byte of the body.
    public var total: Duration

    public init(bodyBytes: Int, total: Duration) {
        self.bodyBytes = bodyBytes
        self.total = total
    }

    /// 1 MiB within 30 seconds: every answer but an archive.
    public static let answer = ExchangeLimits(bodyBytes: 1 << 20, total: .seconds(30))
}

/// A reply whose body is still arriving.
public struct IncomingResponse: Sendable {
    public let head: HTTPResponse
    /// Pieces in order; throws ``TransportFailure`` where the body breaks off, is too large or too late.
    public let body: any AsyncSequence<[UInt8], any Error> & Sendable

    public init(_ head: HTTPResponse, body: any AsyncSequence<[UInt8], any Error> & Sendable) {
        self.head = head
        self.body = body
    }

    /// The complete body. The transport's limits bound it.
    public func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body { bytes += piece }
        return bytes
    }
}
