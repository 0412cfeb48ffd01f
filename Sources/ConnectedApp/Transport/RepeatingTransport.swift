internal import HTTPTypes
package import JWTBearer
internal import Synchronization

/// Sends reads again if the connection breaks off or the org asks for it (HTTP 420, 429, 503). Everything else is sent once.
package struct RepeatingTransport: HTTPTransport {
    let inner: any HTTPTransport
    let surroundings: Surroundings

    package init(_ inner: any HTTPTransport, surroundings: Surroundings) {
        self.inner = inner
        self.surroundings = surroundings
    }

    package func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        guard request.isRead else { return try await inner.send(request, within: limits) }
        var number = 1
        while true {
            let reason: String
            let pause: Duration
            do {
                let response = try await once(request, limits)
                let status = response.head.status.code
                guard RetryPolicy.putsOff(status: status),
                    let next = RetryPolicy.reads.pause(
                        after: .putOff(retryAfter: response.retryAfter), attempt: number, surroundings)
                else { return response }
                (reason, pause) = ("HTTP \(status)", next)
            } catch let failure as TransportFailure where failure.kind == .connectionLost {
                guard let next = RetryPolicy.reads.pause(after: .connectionLost, attempt: number, surroundings) else {
                    throw failure
                }
                (reason, pause) = (failure.kind.rawValue, next)
            }
            RepetitionLog.current?.add(reason)
            number += 1
            if pause > .zero { try await surroundings.sleep(pause) }
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

extension IncomingResponse {
    /// Seconds that the org asks to wait for; see ``RetryPolicy/seconds(retryAfter:)``.
    var retryAfter: Int? { head.headerFields[.retryAfter].flatMap(RetryPolicy.seconds) }
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
