import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("A change that spreads")
struct ChangeWatchTests {
    private static let start = Date(timeIntervalSince1970: 1_795_435_200)

    /// Follows a change whose answers the closure chooses.
    private static func follow(
        isNewApp: Bool = false, answer: (_ seconds: Double, _ number: Int) -> String?
    ) -> (watch: ChangeWatch, outcome: ChangeState, seconds: Double) {
        var watch = ChangeWatch(appID: "a", toldAt: start, isNewApp: isNewApp)
        var now = start
        while let next = watch.nextAnswer(at: now) {
            now = max(now, next)
            let seconds = now.timeIntervalSince(start)
            watch.record(.init(time: now, code: answer(seconds, watch.answers.count)))
        }
        return (watch, watch.outcome(at: now), now.timeIntervalSince(start))
    }

    @Test(
        "After a stale answer, agreement needs seven good ones in a row and ten minutes, within the budget",
        arguments: [45.0, 130, 300, 420, 599])
    func arrives(_ after: Double) {
        let run = Self.follow { seconds, _ in seconds < after ? "signatureRefused" : nil }
        #expect(run.outcome == .agreed)
        #expect(run.watch.inARow == ChangeWatch.agreementCount)
        #expect(run.watch.answers.count <= ChangeWatch.budget)
        #expect(run.seconds >= 600)
        #expect(run.seconds - after >= ChangeWatch.agreementSpan)
        #expect(run.watch.spreadSeconds.map { $0 < after } == true)
    }

    @Test("For a new app, agreement needs thirty minutes, within the budget", arguments: [45.0, 420, 900, 1_700])
    func newApp(_ after: Double) {
        let run = Self.follow(isNewApp: true) { seconds, _ in seconds < after ? "consumerKeyUnknown" : nil }
        #expect(run.outcome == .agreed)
        #expect(run.seconds >= 1_800)
        #expect(run.watch.answers.count <= ChangeWatch.budget)
    }

    @Test("Without a stale answer, seven good ones over two minutes end it, and no arrival is claimed")
    func neverStale() {
        let run = Self.follow { _, _ in nil }
        #expect(run.outcome == .agreed)
        #expect(run.seconds == ChangeWatch.agreementSpan)
        let view = Self.view(run)
        #expect(view.headline == "The answers agree.")
        #expect(
            view.because
                == "All 7 answers since the change are good; if one of eight servers did not have the change, the chance "
                + "that they missed that server is 39%.")
    }

    @Test("A server that is stale until the end is noticed, whatever the number of good answers before")
    func oneStaleServer() {
        let run = Self.follow { seconds, number in number == 1 || seconds >= 590 ? "signatureRefused" : nil }
        #expect(run.outcome == .overdue)
        #expect(Self.view(run).headline == "The change has not arrived everywhere.")
    }

    @Test("The sentences claim no more than the answers show")
    func words() {
        let fresh = ChangeWatchView(
            "prod", ChangeWatch(appID: "a", toldAt: Self.start, isNewApp: false), nil, now: Self.start)
        #expect(fresh.because == "aprity has not asked the org yet.")
        let other = Self.view(Self.follow { _, _ in "addressOrHoursRestricted" })
        #expect(other.state == .otherCause)
        #expect(other.headline == "It is not known whether the change has arrived.")
        let agreed = Self.view(Self.follow { seconds, _ in seconds < 45 ? "signatureRefused" : nil })
        #expect(
            agreed.because.hasPrefix(
                "The last 7 answers, since the failure at 2026-11-23T12:00:30Z, are good"))
    }

    @Test("The time that a single change took is not called usual")
    func usual() {
        #expect(
            UsualSpread(medianSeconds: 120, changesSeen: 1).sentence
                == "In this org, the one change that aprity saw took 2 minutes.")
        #expect(
            UsualSpread(medianSeconds: 120, changesSeen: 3).sentence
                == "In this org, a change takes 2 minutes (median of 3).")
    }

    private static func view(
        _ run: (watch: ChangeWatch, outcome: ChangeState, seconds: Double)
    ) -> ChangeWatchView {
        ChangeWatchView("prod", run.watch, nil, now: start.addingTimeInterval(run.seconds))
    }

    @Test("One good answer is not success: a later failure restarts the count")
    func lucky() {
        let run = Self.follow { seconds, number in seconds < 200 && number != 2 ? "consumerKeyUnknown" : nil }
        #expect(run.outcome == .agreed)
        let first = run.watch.answers.firstIndex { $0.isGood } ?? 0
        #expect(first == 2)
        #expect(run.watch.answers.dropFirst(3).first?.isGood == false)
        #expect(run.seconds >= 200 + ChangeWatch.agreementSpan)
    }

    @Test("A change that never arrives is overdue after 10 minutes, a new app after 30, within 20 sign-ins")
    func never() {
        for (isNewApp, minutes) in [(false, 10.0), (true, 30.0)] {
            let run = Self.follow(isNewApp: isNewApp) { _, _ in "consumerKeyUnknown" }
            #expect(run.outcome == .overdue, "\(isNewApp)")
            #expect(run.seconds == minutes * 60)
            #expect(run.watch.answers.count < ChangeWatch.budget)
        }
    }

    @Test("A failure that no spreading change causes ends the wait at once")
    func other() {
        let run = Self.follow { _, _ in "tlsFailed" }
        #expect(run.outcome == .otherCause)
        #expect(run.watch.answers.count == 1)
    }

    @Test("Alternating answers never count as agreement, and use no more than the budget")
    func flapping() {
        let run = Self.follow { _, number in number.isMultiple(of: 3) ? "signatureRefused" : nil }
        #expect(run.outcome == .overdue)
        #expect(run.watch.answers.count <= ChangeWatch.budget)
    }

    @Test("If the answers still disagree when the sign-ins are used up, there is no verdict")
    func budgetUsed() {
        var watch = ChangeWatch(appID: "a", toldAt: Self.start, isNewApp: false)
        for number in 0..<ChangeWatch.budget {
            let time = Self.start.addingTimeInterval(Double(number) * 20)
            watch.record(.init(time: time, code: number.isMultiple(of: 2) ? "signatureRefused" : nil))
        }
        #expect(watch.outcome(at: Self.start.addingTimeInterval(400)) == .budgetUsed)
        #expect(watch.nextAnswer(at: Self.start.addingTimeInterval(400)) == nil)
    }

    // MARK: With the whole service

    private static let me = Principal(.commandLine, name: "me")

    private static func world(_ answer: @escaping @Sendable (Date) -> Bool) async throws -> TestWorld {
        let time = TestTime()
        let good = ScriptedOrg { time.now }
        let bad = good.refusing("invalid_client", "invalid client credentials")
        let transport = ScriptedTransport { request in
            let org = answer(time.now) ? good : bad
            let response = try await org.transport.send(request, within: .answer)
            return try await ScriptedAnswer(response)
        }
        return try await TestWorld.connected(time: time, transport: transport)
    }

    /// Follows the change; time advances whenever a task sleeps.
    private static func following(_ world: TestWorld) async throws -> ChangeWatchView {
        let mover = Task {
            while !Task.isCancelled {
                await world.time.sleepers(atLeast: 1)
                world.time.advance(by: .seconds(5))
            }
        }
        defer { mover.cancel() }
        return try await world.service.diagnosis.followChange(of: "prod", as: me)
    }

    @Test("A reported change is followed until the answers agree; the next one shows how long it took")
    func learned() async throws {
        let start = Self.start
        let world = try await Self.world { $0.timeIntervalSince(start) >= 240 }
        let told = try await world.service.diagnosis.reportChange(of: "prod", isNewApp: false, as: Self.me)
        #expect(told.outcome == .waiting)
        #expect(told.usual == nil)
        #expect(told.answers.isEmpty)
        let view = try await Self.following(world)
        #expect(view.outcome == .passes)
        #expect(view.answers.count <= view.signInBudget)
        #expect(try await world.store.signIns(since: .distantPast).count == view.answers.count)
        let again = try await world.service.diagnosis.reportChange(of: "prod", isNewApp: false, as: Self.me)
        #expect(again.usual?.changesSeen == 1)
        #expect((again.usual?.medianSeconds).map { $0 > 100 && $0 < 240 } == true)
    }

    @Test("A test soon after a reported change is waiting; the next change has its own budget")
    func waiting() async throws {
        let world = try await Self.world { _ in false }
        world.time.advance(by: .seconds(86_400))
        #expect(try await world.service.diagnosis.test("prod", as: Self.me) { _ in }.outcome == .fails)
        _ = try await world.service.diagnosis.reportChange(of: "prod", isNewApp: false, as: Self.me)
        #expect(try await world.service.diagnosis.test("prod", as: Self.me) { _ in }.outcome == .waiting)
        let view = try await Self.following(world)
        #expect(view.outcome == .fails)
        #expect(view.because.contains("A new app may take 30"))
        #expect(try await world.service.diagnosis.reportChange(of: "prod", isNewApp: true, as: Self.me).answers.isEmpty)
    }

    @Test("While the app is blocked, the org is not asked about the change, which keeps its state")
    func blocked() async throws {
        let world = try await Self.world { _ in true }
        _ = try await world.service.diagnosis.reportChange(of: "prod", isNewApp: false, as: Self.me)
        _ = try await world.service.blocks.block("prod", reason: "drill", as: Self.me)
        let error = await thrownByAwaiting { try await world.service.diagnosis.followChange(of: "prod", as: Self.me) }
        #expect(error?.cause == .blocked)
        #expect(try await world.service.diagnosis.change(of: "prod", as: Self.me).answers.isEmpty)
    }

    @Test("If no change was reported, there is nothing to follow")
    func notTold() async throws {
        let world = try await Self.world { _ in true }
        await #expect(throws: ConnectedAppError.self) {
            try await world.service.diagnosis.change(of: "prod", as: Self.me)
        }
        #expect(try await world.service.diagnosis.changesUnderWay(as: Self.me).isEmpty)
    }
}
