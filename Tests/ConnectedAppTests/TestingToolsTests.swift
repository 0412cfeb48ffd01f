import ConnectedApp
import ConnectedAppTesting
import HTTPTypes
import JWTBearer
import Testing

/// The test tools fail in the same way as the things that they replace.
@Suite("Tools of the tests")
struct TestingToolsTests {
    @Test("A body that is too large fails while it is read, and its head arrives")
    func largeBody() async throws {
        let transport = ScriptedTransport(answers: [ScriptedAnswer(200, pieces: [[1, 2], [3, 4]])])
        let head = HTTPRequest(method: .get, scheme: "https", authority: "a.example", path: "/")
        let limits = ExchangeLimits(bodyBytes: 3, total: .seconds(1))
        let response = try await transport.send(OutgoingRequest(head), within: limits)
        #expect(response.head.status == .ok)
        var read: [[UInt8]] = []
        do {
            for try await piece in response.body { read.append(piece) }
            Issue.record("The body ended without a failure.")
        } catch let failure as TransportFailure {
            #expect(failure.kind == .bodyTooLarge)
        }
        #expect(read == [[1, 2]])
    }

    @Test("A record that does not exist cannot be damaged", arguments: RecordDamage.allCases)
    func missingRecord(_ damage: RecordDamage) async throws {
        let world = try await TestWorld()
        await #expect(throws: TestWorld.NoSuchRecord.self) { try await damage.apply(to: .app, "none", in: world) }
    }
}
