import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Testing

@testable import ConnectedApp

@Suite("Sign-in budget")
struct SignInBudgetTests {
    private static let me = Principal(.commandLine, name: "me")
    private static let account = SignInAccount(
        organization: "acme.my.salesforce.com", username: "integration@acme.example")
    private let store = MemoryStore()
    private let time = TestTime()

    private func enter(
        _ count: Int, _ purpose: SignInPurpose = .use, outcome: SignInOutcome? = .granted, ago: TimeInterval = 0
    ) async throws {
        let start = time.now.timeIntervalSince1970 - ago
        try await store.write { writing in
            for number in 0..<count {
                let entry = SignInEntry.test(at: start + Double(number) / 1000, purpose: purpose)
                let id = try writing.begin(entry)
                if let outcome { try writing.finish(id, outcome) }
            }
        }
    }

    private func refusal(_ budget: SignInBudget = .standard, _ purpose: SignInPurpose = .use) async throws
        -> ConnectedAppError?
    {
        let now = time.now
        do {
            try await store.read { try budget.check(purpose, of: [Self.account], now: now, $0) }
            return nil
        } catch let error as ConnectedAppError {
            return error
        }
    }

    @Test("The shares add up to what the reserve leaves, and each purpose has one", arguments: [(3600, 360), (100, 0)])
    func shares(_ perHour: Int, _ reserve: Int) throws {
        let budget = try SignInBudget(perHour: perHour, reserve: reserve)
        let shares = SignInPurpose.allCases.map(budget.share)
        #expect(shares.reduce(0, +) == perHour - reserve)
        #expect(shares.allSatisfy { $0 > 0 })
    }

    @Test("Numbers out of range are rejected", arguments: [(0, 0), (3601, 0), (10, 10), (10, -1), (-5, 0)])
    func nonsense(_ perHour: Int, _ reserve: Int) {
        #expect(throws: ConnectedAppError.self) { try SignInBudget(perHour: perHour, reserve: reserve) }
    }

    @Test("An impossible number of others' sign-ins counts as none")
    func senselessOthers() {
        #expect(OthersUse(count: .min, measuredAt: TestTime().now).count == 0)
        #expect(SignInBudget.standard.limit(of: .use, others: .max) == 0)
    }

    @Test("An impossible number of sign-ins is not stored", arguments: [Int.min, -1])
    func senselessCount(_ rows: Int) async throws {
        let time = TestTime()
        var org = ScriptedOrg { time.now }
        org.loginHistoryRows = rows
        let world = try await TestWorld.connected(time: time, transport: org.transport)
        let me = Principal(.commandLine, name: "me")
        _ = try await world.service.tokens.accessToken(for: "prod", as: me)
        #expect(try await world.service.tokens.budget(of: "prod", as: me).others == nil)
    }

    @Test("The last sign-in in the budget passes; the next is refused, with the time at which one is possible again")
    func limit() async throws {
        let budget = try SignInBudget(perHour: 20, reserve: 0)
        let limit = budget.share(of: .use)
        try await enter(limit - 1, ago: 600)
        #expect(try await refusal(budget) == nil)
        try await enter(1)
        let error = try #require(try await refusal(budget))
        #expect(error.cause == .signInBudgetUsed)
        #expect(error.cause.entry.exit == .busy)
        #expect(error.evidence["retryAt"] == time.now.addingTimeInterval(3000).ISO8601Format())
        time.advance(by: .seconds(3001))
        #expect(try await refusal(budget) == nil)
    }

    @Test("Ordinary use does not use up the budgets of tests and rotations")
    func separate() async throws {
        let budget = try SignInBudget(perHour: 100, reserve: 10)
        try await enter(1000)
        #expect(try await refusal(budget, .use) != nil)
        #expect(try await refusal(budget, .diagnosis) == nil)
        #expect(try await refusal(budget, .rotation) == nil)
        try await enter(1000, .diagnosis)
        #expect(try await refusal(budget, .diagnosis) != nil)
    }

    @Test("A sign-in whose process crashed counts too")
    func unfinished() async throws {
        let budget = try SignInBudget(perHour: 10, reserve: 0)
        try await enter(10, outcome: nil)
        #expect(try await refusal(budget) != nil)
    }

    @Test("Others' sign-ins beyond the reserve are deducted, for a quarter of an hour after they were measured")
    func others() async throws {
        let budget = try SignInBudget(perHour: 100, reserve: 10)
        let now = time.now
        try await store.write { try $0.setOthersUse(OthersUse(count: 95, measuredAt: now), of: Self.account) }
        try await enter(1)
        #expect(try await refusal(budget) != nil)
        time.advance(by: .seconds(900))
        #expect(try await refusal(budget) == nil)
    }

    // MARK: Refusals

    private func refuse(
        _ count: Int, _ username: String, _ purpose: SignInPurpose = .use, outcome: SignInOutcome = .refused
    ) async throws {
        let now = time.now.timeIntervalSince1970
        try await store.write { writing in
            for _ in 0..<count {
                let number = try writing.begin(.test(username, at: now, purpose: purpose))
                try writing.finish(number, outcome)
            }
        }
    }

    private func isPaused(_ username: String, through egress: String = "direct", _ purpose: SignInPurpose = .use)
        async throws -> Bool
    {
        let now = time.now
        do {
            try await store.read {
                try RefusalBreaker.check(
                    SignInParty(appID: "app", username: username), through: egress, for: purpose, now: now, $0)
            }
            return false
        } catch let error as ConnectedAppError where error.cause == .signInsPaused {
            return true
        }
    }

    @Test("Many refusals of one connection pause its ordinary sign-ins, but not its tests or other connections")
    func breakerOfOne() async throws {
        try await refuse(RefusalBreaker.threshold - 1, "broken")
        #expect(try await !isPaused("broken"))
        try await refuse(500, "broken")
        #expect(try await isPaused("broken"))
        #expect(try await !isPaused("broken", .diagnosis))
        #expect(try await !isPaused("broken", .rotation))
        #expect(try await !isPaused("broken", through: "proxy.example.com:3128"))
        #expect(try await !isPaused("good"))
        time.advance(by: .seconds(601))
        #expect(try await !isPaused("broken"))
    }

    @Test("A connection whose sign-ins mostly work, or work again, is not paused")
    func breakerLetsGo() async throws {
        try await refuse(RefusalBreaker.threshold, "mixed", outcome: .granted)
        try await refuse(RefusalBreaker.threshold, "mixed")
        #expect(try await !isPaused("mixed"))
        try await refuse(RefusalBreaker.threshold, "mended")
        #expect(try await isPaused("mended"))
        try await refuse(1, "mended", .diagnosis, outcome: .granted)
        #expect(try await !isPaused("mended"))
    }

    @Test("Refused sign-ins of tests and rotations pause nothing", arguments: [SignInPurpose.diagnosis, .rotation])
    func foreseen(_ purpose: SignInPurpose) async throws {
        for number in 0..<10 { try await refuse(50, "user\(number)", purpose) }
        #expect(try await !isPaused("user0"))
        #expect(try await !isPaused("good"))
    }

    @Test("Two broken connections do not stop a third")
    func breakerOfTwo() async throws {
        try await refuse(500, "broken")
        try await refuse(500, "also broken")
        #expect(try await !isPaused("good"))
    }

    @Test("Many refusals of several connections pause all ordinary sign-ins through their address, but no tests")
    func storm() async throws {
        for number in 0..<RefusalBreaker.threshold { try await refuse(1, "user\(number)") }
        #expect(try await isPaused("good"))
        #expect(try await isPaused("user1"))
        #expect(try await !isPaused("good", .diagnosis))
        #expect(try await !isPaused("good", through: "proxy.example.com:3128"))
        // Among many successes, this few refusals pause nothing.
        try await refuse(100, "good", outcome: .granted)
        #expect(try await !isPaused("good"))
    }

    @Test("Three broken connections pause their address")
    func stormOfThree() async throws {
        for number in 0..<3 { try await refuse(RefusalBreaker.maximumPerConnection, "user\(number)") }
        #expect(try await isPaused("good"))
    }

    /// Two orgs behind one address.
    private struct ByHost: HTTPTransport {
        let broken: ScriptedTransport
        let good: ScriptedTransport

        func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
            let isBroken = request.head.authority == "broken.my.salesforce.com"
            return try await (isBroken ? broken : good).send(request, within: limits)
        }
    }

    @Test("Six tests of a broken connection, with all their probes, prevent no sign-ins of other connections")
    func sixTests() async throws {
        let time = time
        let org = ScriptedOrg { time.now }
        let transport = ByHost(
            broken: org.refusing("invalid_grant", "invalid assertion").transport, good: org.transport)
        let world = try await TestWorld(time: time, transport: transport)
        for alias in ["broken", "good"] {
            _ = try await world.service.connections.add(
                .test(
                    alias, loginHost: "https://\(alias).my.salesforce.com", username: "\(alias)@acme.example"),
                as: Self.me)
        }
        for _ in 0..<6 { #expect(try await world.service.diagnosis.test("broken", as: Self.me) { _ in }.cause != nil) }
        #expect(try await world.store.signIns(since: .distantPast).count >= 18)
        #expect(
            await thrownByAwaiting { try await world.service.tokens.accessToken(for: "broken", as: Self.me) }?.cause
                != .signInsPaused)
        _ = try await world.service.tokens.accessToken(for: "good", as: Self.me)
    }

    @Test("The service shows the hour, counts others' sign-ins, and changes the budget")
    func frontDoor() async throws {
        let time = time
        var org = ScriptedOrg { time.now }
        org.loginHistoryRows = 42
        let world = try await TestWorld.connected(time: time, transport: org.transport)
        _ = try await world.service.tokens.accessToken(for: "prod", as: Self.me)
        let view = try await world.service.tokens.budget(of: "prod", as: Self.me)
        #expect(view.shares.first { $0.purpose == .use }?.used == 1)
        #expect(view.nextAt == nil)
        #expect(view.others?.signIns == 41)
        #expect(view.organization == "00D000000000001EAA")
        let changed = try await world.service.tokens.setBudget(of: "prod", perHour: 10, reserve: nil, as: Self.me)
        #expect(changed.perHour == 10)
        #expect(changed.reserve == 1)
        #expect(changed.nextAt != nil)
        #expect(changed.because?.isEmpty == false)
        #expect(
            await thrownByAwaiting {
                try await world.service.tokens.setBudget(of: "prod", perHour: nil, reserve: nil, as: Self.me)
            }?.cause == .usage)
        #expect(try await world.store.events(limit: 1).first?.act == .signInBudgetChanged)
    }

    @Test(
        "However small the budget is, each purpose has a sign-in an hour, which processes on one store share",
        arguments: [(1, 0), (2, 0), (2, 1), (3, 0), (3, 2)])
    func smallest(_ perHour: Int, _ reserve: Int) async throws {
        let budget = try SignInBudget(perHour: perHour, reserve: reserve)
        for purpose in SignInPurpose.allCases {
            // In each of three hours, whichever process comes first gets the sign-in; the other one is refused.
            for _ in 0..<3 {
                #expect(try await refusal(budget, purpose) == nil, "\(purpose)")
                try await enter(budget.share(of: purpose), purpose)
                #expect(try await refusal(budget, purpose)?.cause == .signInBudgetUsed, "\(purpose)")
                time.advance(by: .seconds(3601))
            }
        }
    }
}
