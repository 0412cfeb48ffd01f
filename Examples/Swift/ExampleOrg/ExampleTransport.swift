internal import AsyncHTTPClient
internal import Foundation
internal import HTTPTypes
internal import JWTBearer
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Sends requests with AsyncHTTPClient. The libraries send nothing by themselves, so each program needs such a type.
///
/// It is shorter than a real program's should be: it calls `beforeSending` before the connection is open, receives the
/// whole body before it returns, and does not check to which host it sends.
struct ExampleTransport: HTTPTransport {
    private let client: HTTPClient

    /// Runs the body with a transport, and closes its connections.
    static func withTransport<Value: Sendable>(
        _ body: @Sendable (ExampleTransport) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.minimumTLSVersion = .tlsv12
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<Value, any Error>
        do { result = .success(try await body(ExampleTransport(client: client))) } catch { result = .failure(error) }
        try await client.shutdown()
        return try result.get()
    }

    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        try await request.beforeSending?()
        let head = request.head
        var outgoing = HTTPClientRequest(url: "\(head.scheme ?? "https")://\(head.authority ?? "")\(head.path ?? "/")")
        outgoing.method = HTTPMethod(rawValue: head.method.rawValue)
        for field in head.headerFields { outgoing.headers.add(name: field.name.canonicalName, value: field.value) }
        if !request.body.isEmpty { outgoing.body = .bytes(request.body) }
        do {
            let response = try await client.execute(
                outgoing, timeout: .nanoseconds(Int64(limits.total / .nanoseconds(1))))
            let body = try await response.body.collect(upTo: limits.bodyBytes)
            var answer = HTTPResponse(status: .init(code: Int(response.status.code)))
            for (name, value) in response.headers {
                if let name = HTTPField.Name(name) { answer.headerFields.append(HTTPField(name: name, value: value)) }
            }
            return IncomingResponse(answer, body: OnePiece(bytes: Array(body.readableBytesView)))
        } catch is NIOTooManyBytesError {
            throw TransportFailure(.bodyTooLarge, detail: "The reply has more than \(limits.bodyBytes) bytes.")
        } catch let error as HTTPClientError {
            let kind: TransportFailure.Kind =
                switch error {
                case .connectTimeout, .readTimeout, .deadlineExceeded: .timedOut
                case .remoteConnectionClosed: .connectionLost
                default: .other
                }
            throw TransportFailure(kind, detail: "\(error)")
        } catch {
            throw TransportFailure(.other, detail: "\(error)")
        }
    }

    /// Changes the embedded org through its management port, as Save in Setup would.
    ///
    /// - Parameters:
    ///   - url: The management URL with the path `/state`.
    ///   - document: The changes; see `docs/simulator.md`.
    /// - Returns: The org's complete state.
    func patch(_ url: String, _ document: [String: Any]) async throws -> [String: Any] {
        var request = HTTPClientRequest(url: url)
        request.method = .PATCH
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(try JSONSerialization.data(withJSONObject: document))
        let response = try await client.execute(request, timeout: .seconds(30))
        let body = Data(try await response.body.collect(upTo: 16 << 20).readableBytesView)
        guard response.status == .ok, let state = try JSONSerialization.jsonObject(with: body) as? [String: Any] else {
            throw ExampleFailure(description: String(decoding: body, as: UTF8.self))
        }
        return state
    }
}

/// A body that has arrived completely.
private struct OnePiece: AsyncSequence, Sendable {
    let bytes: [UInt8]

    struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: [UInt8]?

        mutating func next() async throws -> [UInt8]? {
            defer { bytes = nil }
            return bytes
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes) }
}
