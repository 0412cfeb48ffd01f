public import HTTPTypes

/// Performs HTTP exchanges. Everything that is sent to an org goes through it.
///
/// Requirements for every implementation:
/// - It does not follow redirects.
/// - It uses TLS 1.2 or newer and verifies the server's certificate. It sends plain HTTP only to loopback addresses.
/// - It calls ``OutgoingRequest/beforeSending`` each time before it sends the request.
/// - It sends a request at most once, unless ``OutgoingRequest/isRead`` is `true`.
/// - It enforces the limits of the exchange.
/// - Several tasks can call it concurrently.
public protocol HTTPTransport: Sendable {
    /// Sends a request and returns once the response's head has arrived.
    ///
    /// - Parameter limits: The limits of the body's size and of the duration. They also apply while the caller reads
    ///   the body.
    /// - Returns: The response, whatever its status is.
    /// - Throws: ``TransportFailure``; the error of ``OutgoingRequest/beforeSending``; `CancellationError`.
    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse
}

/// A request with its complete body.
public struct OutgoingRequest: Sendable {
    /// The request's head. `scheme`, `authority` and `path` must be set.
    public var head: HTTPRequest
    public var body: [UInt8]
    /// Called each time before the request is sent, when the connection is already open; `nil` for no check. If it
    /// throws, no byte of the request is sent, and `send` throws the same error.
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
///
/// If the body is larger than ``bodyBytes``, reading it throws ``TransportFailure`` with `.bodyTooLarge`. After
/// ``total``, the call or the reading of the body throws `.timedOut`. If a read is retried, the limits apply to each
/// attempt.
public struct ExchangeLimits: Sendable {
    /// The maximum size of the response's body in bytes, after any content decoding.
    public var bodyBytes: Int
    /// The maximum time from the call of `send` to the last byte of the body.
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
    /// The pieces of the body, in order, as they arrive. Iterate it once. Throws ``TransportFailure`` if the body
    /// breaks off, is too large or too slow, and `CancellationError` if the task is cancelled.
    public let body: any AsyncSequence<[UInt8], any Error> & Sendable

    public init(_ head: HTTPResponse, body: any AsyncSequence<[UInt8], any Error> & Sendable) {
        self.head = head
        self.body = body
    }

    /// Returns the complete body. Call it once, and not after iterating ``body``.
    ///
    /// - Throws: The errors of ``body``.
    public func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body { bytes += piece }
        return bytes
    }
}
