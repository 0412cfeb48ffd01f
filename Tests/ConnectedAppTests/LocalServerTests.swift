import ConnectedAppTesting
import JWTBearer
import Testing

@testable import ConnectedApp
@testable import ConnectedAppHTTP

/// How `aprity health` reads the answers at a port of this machine.
@Suite("Local server")
struct LocalServerTests {
    private func server(answering status: String, _ body: String) async throws -> LoopbackServer {
        try await LoopbackServer { _, _ in
            [.send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")]
        }
    }

    @Test("Each check requests its path, and the server's word is success")
    func healthy() async throws {
        let loopback = try await LoopbackServer { head, _ in
            let body = head.hasPrefix("GET /livez ") ? #"{"status":"live"}"# : #"{"status":"ready"}"#
            return [.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")]
        }
        let local = LocalServer(port: UInt16(loopback.port))
        #expect(try await local.status(.live) == "live")
        #expect(try await local.status(.ready) == "ready")
        #expect(loopback.heads.map { $0.prefix { !$0.isNewline } } == ["GET /livez HTTP/1.1", "GET /readyz HTTP/1.1"])
    }

    @Test(
        "The error names the cause if the server cannot sign, and says if another program answers",
        arguments: [
            ("503 Service Unavailable", #"{"status":"not ready","code":"masterKeyUnsafe"}"#, .masterKeyUnsafe),
            ("503 Service Unavailable", #"{"status":"not ready","code":"nonsense"}"#, .answerUnintelligible),
            ("404 Not Found", "not found", .answerUnintelligible), ("200 OK", "<html>", .answerUnintelligible),
            ("200 OK", #"{"status":"pass"}"#, .answerUnintelligible),
            ("200 OK", #"{"status":"\u001b[31mready"}"#, .answerUnintelligible),
        ] as [(String, String, Cause)])
    func unhealthy(_ status: String, _ body: String, _ cause: Cause) async throws {
        let loopback = try await server(answering: status, body)
        let local = LocalServer(port: UInt16(loopback.port))
        let error = await thrownByAwaiting { try await local.status(.ready) }
        #expect(error?.cause == cause)
        #expect(error?.subject == local.url)
    }

    @Test("A server that does not answer is reported after a time limit of less than ten seconds")
    func silent() async throws {
        #expect(LocalServer.limits.total < .seconds(10))
        let loopback = try await LoopbackServer { _, _ in [] }
        let local = LocalServer(
            port: UInt16(loopback.port), limits: ExchangeLimits(bodyBytes: 100, total: .milliseconds(50)))
        let error = await thrownByAwaiting { try await local.status(.live) }
        #expect(error?.cause == .timedOut)
        #expect(error?.detail == "The server did not answer within 0.05 seconds.")
    }

    @Test("A server that hangs up on a request without TLS may have TLS of its own")
    func hangsUp() async throws {
        let loopback = try await LoopbackServer { _, _ in [.close] }
        let local = LocalServer(port: UInt16(loopback.port))
        let error = await thrownByAwaiting { try await local.status(.live) }
        #expect(error?.cause == .connectionLost)
        #expect(error?.subject == local.url)
        #expect(error?.remedy == "If the server has TLS of its own, add --tls.")
    }

    @Test("A port without a listener is not a healthy server")
    func nobody() async throws {
        let error = await thrownByAwaiting { try await LocalServer(port: 1).status(.live) }
        #expect(error?.cause == .connectionRefused)
        #expect(error?.detail == "No server listens at this address.")
    }
}
