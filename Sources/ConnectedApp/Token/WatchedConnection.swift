internal import HTTPTypes
internal import JWTBearer
internal import Synchronization

/// A transport that counts lost connections, so that callers know whether two requests may have reached different
/// servers.
final class WatchedConnection: HTTPTransport {
    private let transport: any HTTPTransport
    private let count = LossCount()

    init(_ transport: any HTTPTransport) { self.transport = transport }

    /// How many times the connection may have ended: requests that failed before the response's head, for any reason,
    /// responses that announced that the server closes the connection, and responses whose body broke off while it was
    /// read.
    var losses: Int { count.value }

    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        do {
            let response = try await transport.send(request, within: limits)
            if response.head.headerFields[.connection]?.lowercased() == "close" { count.add() }
            return IncomingResponse(response.head, body: Self.watched(response.body, count))
        } catch {
            count.add()
            throw error
        }
    }

    private static func watched(
        _ body: some AsyncSequence<[UInt8], any Error> & Sendable, _ count: LossCount
    ) -> any AsyncSequence<[UInt8], any Error> & Sendable { WatchedBody(body: body, count: count) }
}

private final class LossCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add() { count.withLock { $0 += 1 } }
}

/// The body of a response. If reading it fails, a loss of the connection is counted.
private struct WatchedBody<Body: AsyncSequence<[UInt8], any Error> & Sendable>: AsyncSequence, Sendable {
    let body: Body
    let count: LossCount

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: Body.AsyncIterator
        let count: LossCount

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            do { return try await base.next(isolation: actor) } catch {
                count.add()
                throw error
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: body.makeAsyncIterator(), count: count) }
}
