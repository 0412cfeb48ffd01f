internal import HTTPTypes
internal import JWTBearer
internal import Synchronization

/// Counts lost connections, so that callers know whether two requests may have reached different servers.
final class WatchedConnection: HTTPTransport {
    private let transport: any HTTPTransport
    private let count = Mutex(0)

    init(_ transport: any HTTPTransport) { self.transport = transport }

    /// How often the connection broke off or the other side announced to close it.
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
