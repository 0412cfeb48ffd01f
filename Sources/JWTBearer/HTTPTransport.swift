public import HTTPTypes

/// Performs one HTTP exchange. Every byte for an org passes through it.
///
/// Every implementation follows no redirects; verifies TLS 1.2 or newer; sends clear text only to loopback addresses;
/// delivers the response's body as it arrives, never more than `limits` allow; and sends a request at most once, unless
/// it is a read.
public protocol HTTPTransport: Sendable {
    /// Sends a request and returns once the response's head has arrived.
    ///
    /// - Parameter limits: The limits of the body and of the whole exchange.
    /// - Throws: ``TransportFailure``; the error of ``OutgoingRequest/beforeSending``; `CancellationError`.
    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse
}

/// A request with its complete body.
public struct OutgoingRequest: Sendable {
    /// The request's head. `scheme`, `authority` and `path` must be set.
    public var head: HTTPRequest
    public var body: [UInt8]
    /// Called each time before the request leaves on an open connection. If it throws, no byte of the request leaves,
    /// and `send` throws the same error.
    public var beforeSending: (@Sendable () async throws -> Void)?
    /// Whether the request changes nothing at the receiver, so that it may be sent again.
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
    /// The method and the URL. Header fields and body are left out, because they may contain a token or an assertion.
    public var description: String {
        "OutgoingRequest(\(head.method) \(head.scheme ?? "")://\(head.authority ?? "")\(head.path ?? ""))"
    }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The limits of one exchange.
public struct ExchangeLimits: Sendable {
    /// Maximum size of the body in bytes, after any content decoding.
    public var bodyBytes: Int
    /// Maximum time from the call to the last byte of the body.
    public var total: Duration

    public init(bodyBytes: Int, total: Duration) {
        self.bodyBytes = bodyBytes
        self.total = total
    }

    /// 1 MiB within 30 seconds: for every response except an archive.
    public static let answer = ExchangeLimits(bodyBytes: 1 << 20, total: .seconds(30))
}

/// A response whose body is still arriving.
public struct IncomingResponse: Sendable {
    public let head: HTTPResponse
    /// The pieces of the body, in order. Throws ``TransportFailure`` if the body is incomplete, too large or late.
    public let body: any AsyncSequence<[UInt8], any Error> & Sendable

    public init(_ head: HTTPResponse, body: any AsyncSequence<[UInt8], any Error> & Sendable) {
        self.head = head
        self.body = body
    }

    /// Returns the complete body. The transport's limits bound it.
    public func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body { bytes += piece }
        return bytes
    }
}
