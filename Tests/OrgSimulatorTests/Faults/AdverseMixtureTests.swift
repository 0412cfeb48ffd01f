import Foundation
import Testing

@testable import OrgSimulator

@Suite("The adverse mixture")
struct AdverseMixtureTests {
    private func org(adverse: Bool) throws -> TestOrg {
        var state = SimulatorState.harbourBikes
        state.switches.adverse = adverse
        return try TestOrg(state)
    }

    private func signIns(_ org: TestOrg, _ count: Int) async -> [OrgAnswer] {
        var answers: [OrgAnswer] = []
        for _ in 0..<count { answers.append(await org.send("POST", "/services/oauth2/token", form: [])) }
        return answers
    }

    @Test("Without the switch, there are no faults")
    func calm() async throws {
        let answers = await signIns(try org(adverse: false), 200)
        #expect(answers.allSatisfy { $0.fault == nil && $0.delivery == Delivery() })
    }

    @Test("About 5 % of token requests are refused temporarily, in both ways; some are late, a few are lost")
    func mixture() async throws {
        let answers = await signIns(try org(adverse: true), 2_000)
        let unavailable = answers.count { $0.status == 503 }
        let retry = answers.count { $0.refusal == "unknown_error / retry your request" }
        try #require((20...80).contains(unavailable))
        #expect((20...80).contains(retry))
        #expect((60...140).contains(unavailable + retry))
        #expect((5...50).contains(answers.count { $0.delivery.manner == .dropped }))
        #expect((300...700).contains(answers.count { $0.delivery.delayMilliseconds > 0 }))
        #expect(answers.allSatisfy { $0.delivery.delayMilliseconds <= 240 })
    }

    @Test("One server receives a change long after the others")
    func staleServer() async throws {
        let org = try org(adverse: true)
        try await org.save(#"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Aprity"}]}]}"#)
        await org.simulation.adjustClock { clock, wall in clock.step(by: 1_800, wall: wall) }
        #expect(await org.simulation.propagationView().pending.map(\.inForceOn) == [7])
        await org.simulation.adjustClock { clock, wall in clock.step(by: 3_600, wall: wall) }
        #expect(await org.simulation.propagationView().pending.isEmpty)
    }
}
