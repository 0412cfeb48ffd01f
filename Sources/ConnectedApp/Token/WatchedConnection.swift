internal import HTTPTypes
internal import JWTBearer
internal import Synchronization

/// A transport that counts lost connections, so that callers know whether two requests may have reached different
/// servers.
final class WatchedConnection: HTTPTransport {
    private let transport: any HTTPTransport
    private let count = Mutex(0)

    init(_ transport: any HTTPTransport) { self.transport = transport }

    /// How many requests may have ended the connection: those that failed before the response's head, for any reason,
    /// and those whose response announced that the server closes the connection. A body that breaks off is not counted.
    var losses: Int { count.withLock { $0 } }

    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        do {
            let response = try await transport.send(request, within: limits)
            if response.head.headerFields[.connection]?.lowercased() == "close" { count.withLock { $0 += 1 } }
            return response
        } catch {
            count.withLock { $0 += 1 }
            throw error
        }
    }
}
