import HTTPTypes
import JWTBearer
import Testing

@testable import ConnectedApp

@Suite("Watched connection")
struct WatchedConnectionTests {
    /// Gives the pieces of a body, and then fails if `breaksOff`.
    private struct OneAnswer: HTTPTransport {
        var headers: HTTPFields = [:]
        var breaksOff = false

        func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
            let (body, writer) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            writer.yield([1, 2])
            writer.yield([3])
            writer.finish(throwing: breaksOff ? TransportFailure(.connectionLost, detail: "broke off") : nil)
            return IncomingResponse(HTTPResponse(status: .ok, headerFields: headers), body: body)
        }
    }

    private static let request = OutgoingRequest(
        HTTPRequest(method: .get, scheme: "https", authority: "acme.my.salesforce.com", path: "/"))

    @Test("A body that breaks off after the head is a loss, and its error is rethrown")
    func brokenBody() async throws {
        let connection = WatchedConnection(OneAnswer(breaksOff: true))
        let response = try await connection.send(Self.request, within: .answer)
        #expect(connection.losses == 0)
        let failure = await #expect(throws: TransportFailure.self) { try await response.collect() }
        #expect(failure?.kind == .connectionLost)
        #expect(connection.losses == 1)
    }

    @Test("A complete body arrives unchanged and is no loss; an announced end of the connection is one")
    func completeBody() async throws {
        let connection = WatchedConnection(OneAnswer())
        #expect(try await connection.send(Self.request, within: .answer).collect() == [1, 2, 3])
        #expect(connection.losses == 0)
        let closing = WatchedConnection(OneAnswer(headers: [.connection: "close"]))
        #expect(try await closing.send(Self.request, within: .answer).collect() == [1, 2, 3])
        #expect(closing.losses == 1)
    }
}
