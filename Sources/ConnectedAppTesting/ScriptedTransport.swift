package import ConnectedApp
package import HTTPTypes
package import JWTBearer
internal import Synchronization
internal import Testing

/// One scripted response.
package struct ScriptedAnswer: Sendable {
    package var status: Int
    package var headers: HTTPFields
    /// The pieces in which the body arrives.
    package var pieces: [[UInt8]]

    package init(_ status: Int, headers: HTTPFields = [:], pieces: [[UInt8]]) {
        self.status = status
        self.headers = headers
        self.pieces = pieces
    }

    /// Copies the response of another transport, when its body has arrived completely.
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

/// A transport that responds from a script and records the requests. Nothing leaves the process. It checks the limit of
/// a body's size, but no time limit.
package final class ScriptedTransport: HTTPTransport {
    package typealias Script = @Sendable (OutgoingRequest) async throws -> ScriptedAnswer

    private let script: Script
    private let seen = Mutex<[OutgoingRequest]>([])

    /// - Parameter script: Called for each request. Its errors are rethrown.
    package init(_ script: @escaping Script) { self.script = script }

    /// Creates a transport that gives these responses in turn, whatever the requests are. A request after the last one
    /// fails the test.
    package convenience init(answers: [ScriptedAnswer]) {
        let rest = Mutex(answers[...])
        self.init { request in
            guard let answer = rest.withLock({ $0.popFirst() }) else { throw Self.unexpected(request) }
            return answer
        }
    }

    /// A transport that fails the test on any request.
    package static var untouchable: ScriptedTransport { ScriptedTransport { throw unexpected($0) } }

    /// All requests so far, in order. A request that its ``OutgoingRequest/beforeSending`` stopped is not among them.
    package var requests: [OutgoingRequest] { seen.withLock { $0 } }

    package func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        try await request.beforeSending?()
        seen.withLock { $0.append(request) }
        let answer = try await script(request)
        let body = AsyncThrowingStream<[UInt8], any Error> { continuation in
            var size = 0
            for piece in answer.pieces {
                size += piece.count
                // As with the real transport, the response has begun, so its reader gets the error.
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

    /// Fails the test because of a request, and returns the error to throw.
    static func unexpected(_ request: OutgoingRequest) -> TransportFailure {
        let what = "\(request.head.method) \(request.head.authority ?? "")\(request.head.path ?? "")"
        Issue.record("A request was sent that the test did not expect: \(what)")
        return TransportFailure(.other, detail: "not in the script: \(what)")
    }
}

/// A transport source that uses one transport for every connection, whatever its certificate authorities and hosts are.
package struct OneTransport: TransportSource {
    let transport: any HTTPTransport

    package init(_ transport: any HTTPTransport) { self.transport = transport }

    package func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) -> any HTTPTransport { transport }
}
