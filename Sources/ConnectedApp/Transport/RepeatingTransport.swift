internal import HTTPTypes
package import JWTBearer
internal import Synchronization

/// Sends reads again if the connection breaks off or the org asks for it (HTTP 420, 429, 503). Everything else is sent once.
package struct RepeatingTransport: HTTPTransport {
    let inner: any HTTPTransport
    let surroundings: Surroundings

    /// Requests for one read.
    package static let attempts = 3
    /// Seconds. If `Retry-After` asks for more, the answer is returned as it is.
    private static let longestWait = 60

    package init(_ inner: any HTTPTransport, surroundings: Surroundings) {
        self.inner = inner
        self.surroundings = surroundings
    }

    package func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        guard request.isRead else { return try await inner.send(request, within: limits) }
        var number = 1
        while true {
            let reason: String
            let wait: Int?
            do {
                let response = try await once(request, limits)
                let status = response.head.status.code
                guard number < Self.attempts, [420, 429, 503].contains(status) else { return response }
                let asked = response.head.headerFields[.retryAfter].flatMap { Int($0) } ?? number
                guard asked <= Self.longestWait else { return response }
                (reason, wait) = ("HTTP \(status)", asked)
            } catch let failure as TransportFailure where failure.kind == .connectionLost && number < Self.attempts {
                // Another connection may be had at once, and meanwhile nothing of what is read may change.
                (reason, wait) = (failure.kind.rawValue, nil)
            }
            RepetitionLog.current?.add(reason)
            number += 1
            guard let wait else { continue }
            let jitter = Int(surroundings.randomBytes(1).first ?? 0) * 4
            try await surroundings.sleep(.milliseconds(max(wait, 1) * 1000 + jitter))
        }
    }

    /// A small answer is received completely, so that it can be asked for again if it breaks off.
    private func once(_ request: OutgoingRequest, _ limits: ExchangeLimits) async throws -> IncomingResponse {
        let response = try await inner.send(request, within: limits)
        guard limits.bodyBytes <= ExchangeLimits.answer.bodyBytes else { return response }
        let body = try await response.collect()
        let pieces = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield(body)
            continuation.finish()
        }
        return IncomingResponse(response.head, body: pieces)
    }
}

/// Why reads of one task were sent again.
package final class RepetitionLog: Sendable {
    /// Of the task that wants to know.
    @TaskLocal package static var current: RepetitionLog?

    private let log = Mutex<[String]>([])

    package init() {}

    /// `HTTP 503`, `connectionLost` and the like, one for each repetition.
    package var reasons: [String] { log.withLock { $0 } }

    func add(_ reason: String) { log.withLock { $0.append(reason) } }
}
