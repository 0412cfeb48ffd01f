internal import HTTPTypes
internal import JWTBearer
internal import Synchronization

/// A transport that retries reads (``OutgoingRequest/isRead``) if the connection is lost or the org asks to try later (HTTP
/// 420, 429, 503). It sends every other request once.
///
/// ``RetryPolicy/reads`` decides on the number of attempts and the pauses. The time limit applies to each attempt. If there is
/// no further attempt, `send` returns the last response, whatever its status is, or throws the last failure.
struct RepeatingTransport: HTTPTransport {
    let inner: any HTTPTransport
    let surroundings: Surroundings

    init(_ inner: any HTTPTransport, surroundings: Surroundings) {
        self.inner = inner
        self.surroundings = surroundings
    }

    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        guard request.isRead else { return try await inner.send(request, within: limits) }
        var number = 1
        while true {
            let reason: String
            let pause: Duration
            do {
                let response = try await once(request, limits)
                let status = response.head.status.code
                guard RetryPolicy.asksToRetryLater(status: status),
                    let next = RetryPolicy.reads.pause(
                        after: .retryLater(retryAfter: response.retryAfter), attempt: number, surroundings)
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

    /// Sends a request once. If the body's limit is at most that of ``ExchangeLimits/answer``, receives the whole body before it
    /// returns, so that the request can be retried if the connection is lost during the body. With a higher limit, it passes
    /// the body on as it arrives, and a loss during the body is not retried.
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
    /// The seconds to wait according to the `Retry-After` header; `nil` without one. See
    /// ``RetryPolicy/seconds(retryAfter:)``.
    var retryAfter: Int? { head.headerFields[.retryAfter].flatMap(RetryPolicy.seconds) }
}

/// Records why the reads of a task were retried. Set it with `$current.withValue`; child tasks inherit it.
final class RepetitionLog: Sendable {
    /// The log of the current task, if there is one.
    @TaskLocal static var current: RepetitionLog?

    private let log = Mutex<[String]>([])

    init() {}

    /// One reason for each retry, in order, such as `HTTP 503` or `connectionLost`.
    var reasons: [String] { log.withLock { $0 } }

    func add(_ reason: String) { log.withLock { $0.append(reason) } }
}
