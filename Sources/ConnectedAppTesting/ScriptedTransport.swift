package import ConnectedApp
package import HTTPTypes
package import JWTBearer
internal import Synchronization
internal import Testing

/// One answer of a script.
package struct ScriptedAnswer: Sendable {
    package var status: Int
    package var headers: HTTPFields
    /// The body in the pieces in which it arrives.
    package var pieces: [[UInt8]]

    package init(_ status: Int, headers: HTTPFields = [:], pieces: [[UInt8]]) {
        self.status = status
        self.headers = headers
        self.pieces = pieces
    }

    /// The answer of another transport.
    package init(_ response: IncomingResponse) async throws {
        self.init(
            response.head.status.code, headers: response.head.headerFields, pieces: [try await response.collect()])
    }

    package static func json(_ text: String, status: Int = 200) -> ScriptedAnswer {
        ScriptedAnswer(status, headers: [.contentType: "application/json;charset=UTF-8"], pieces: [Array(text.utf8)])
    }

    package static func xml(_ text: String, status: Int = 200) -> ScriptedAnswer {
        ScriptedAnswer(status, headers: [.contentType: "text/xml;charset=UTF-8"], pieces: [Array(text.utf8)])
    }
}

/// A transport that answers from a script and remembers what it was asked. Nothing leaves the process.
package final class ScriptedTransport: HTTPTransport {
    package typealias Script = @Sendable (OutgoingRequest) async throws -> ScriptedAnswer

    private let script: Script
    private let seen = Mutex<[OutgoingRequest]>([])

    /// - Parameter script: Asked for each request; what it throws is thrown on.
    package init(_ script: @escaping Script) { self.script = script }

    /// Answers with the list's elements in turn; a request more than those fails the test.
    package convenience init(answers: [ScriptedAnswer]) {
        let rest = Mutex(answers[...])
        self.init { request in
            guard let answer = rest.withLock({ $0.popFirst() }) else { throw Self.unexpected(request) }
            return answer
        }
    }

    /// Fails the test when touched: for tests in which nothing may be sent.
    package static var untouchable: ScriptedTransport { ScriptedTransport { throw unexpected($0) } }

    /// Every request so far, in order.
    package var requests: [OutgoingRequest] { seen.withLock { $0 } }

    package func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        try await request.beforeSending?()
        seen.withLock { $0.append(request) }
        let answer = try await script(request)
        let body = AsyncThrowingStream<[UInt8], any Error> { continuation in
            var size = 0
            for piece in answer.pieces {
                size += piece.count
                // As the real transport: the answer has begun, and its reader meets the limit.
                guard size <= limits.bodyBytes else {
                    return continuation.finish(throwing: TransportFailure(.bodyTooLarge, detail: "\(size) bytes"))
                }
                continuation.yield(piece)
            }
            continuation.finish()
        }
        return IncomingResponse(
            HTTPResponse(status: HTTPResponse.Status(code: answer.status), headerFields: answer.headers), body: body)
    }

    package static func unexpected(_ request: OutgoingRequest) -> TransportFailure {
        let what = "\(request.head.method) \(request.head.authority ?? "")\(request.head.path ?? "")"
        Issue.record("A request was sent that the test did not expect: \(what)")
        return TransportFailure(.other, detail: "not in the script: \(what)")
    }
}

/// Gives one transport to every connection.
package struct OneTransport: TransportSource {
    package let transport: any HTTPTransport

    package init(_ transport: any HTTPTransport) { self.transport = transport }

    package func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) -> any HTTPTransport { transport }
}
