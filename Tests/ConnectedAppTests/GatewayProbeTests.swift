import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Testing

@testable import ConnectedApp

/// The hourly tests of the gateway.
@Suite("Gateway probes") struct GatewayProbeTests {
    private static let me = Principal(.commandLine, name: "me")

    @Test("A test reads, refuses a stranger and a write, and is in the audit record if its result is news")
    func expected() async throws {
        let time = TestTime()
        let transport = ScriptedOrg { time.now }.transport
        let world = try await TestWorld.connected(time: time, transport: transport)
        for _ in 1...2 {
            let probe = try await world.service.gatewayProbes.probe("prod")
            #expect(probe.readFailure == nil)
            #expect(probe.refusesStranger)
            #expect(probe.refusesWrite)
            time.advance(by: GatewayProbes.pause)
        }
        // The second test also checks the token, because it was idle for an hour.
        #expect(transport.requests.count { $0.head.path?.hasSuffix("/limits") == true } == 3)
        #expect(try await audited(world) == ["done"])
        time.advance(by: .seconds(86_400))
        _ = try await world.service.gatewayProbes.probe("prod")
        #expect(try await audited(world) == ["done", "done"])
    }

    @Test("A refused sign-in is the result of the test, and is shown with its cause")
    func refused() async throws {
        let time = TestTime()
        let org = ScriptedOrg { time.now }.refusing("invalid_client_id", "client identifier invalid")
        let world = try await TestWorld.connected(time: time, transport: org.transport)
        let probe = try await world.service.gatewayProbes.probe("prod")
        #expect(probe.readFailure == .consumerKeyUnknown)
        #expect(!probe.isUnsafe)
        #expect(try await audited(world) == ["consumerKeyUnknown"])
        let shown = try await world.service.overviews.clients(of: "prod", as: Self.me)
        #expect(shown.probe?.readFailure == .consumerKeyUnknown)
    }

    private func audited(_ world: TestWorld) async throws -> [String] {
        try await world.service.audit.records(connection: "prod", act: .gatewayProbed, limit: 9, as: Self.me)
            .map(\.outcome)
    }
}
