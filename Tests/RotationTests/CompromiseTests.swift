import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp
@testable import OrgSimulator

@Suite("A compromised key")
struct CompromiseTests {
    private static let alias = OneAppOrg.alias
    private static let me = OneAppOrg.me

    private func states(_ view: CompromiseView) -> [CompromiseView.StepID: CompromiseView.StepState] {
        Dictionary(uniqueKeysWithValues: view.steps.map { ($0.id, $0.state) })
    }

    private func cause(_ body: () async throws -> Void) async -> Cause? {
        do { try await body() } catch { return (error as? ConnectedAppError)?.cause ?? .internalError }
        return nil
    }

    /// Continues until the former key is gone.
    private func finish(_ org: OneAppOrg, atMost seconds: TimeInterval) async throws -> CompromiseView {
        let end = org.clock.now.addingTimeInterval(seconds)
        while true {
            let view = try await org.service.blocks.continueCompromise(of: Self.alias, as: Self.me)
            if states(view)[.replaced] == .done || org.clock.now >= end { return view }
            org.clock.advance(by: 5)
        }
    }

    @Test("The app is blocked at once and until another key is in force everywhere; revoking comes last")
    func sameApp() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        let thief = try await org.thief()
        let begun = try await org.service.blocks.reportCompromise(of: Self.alias, reason: "tape lost", as: Self.me)
        #expect(states(begun)[.blockedHere] == .done)
        #expect(states(begun)[.blockedInSalesforce] == .now)
        #expect(states(begun)[.nextCertificate] == .done)
        #expect(states(begun)[.upload] == .later)
        #expect(begun.block.tokensLeft == 0)
        #expect(!begun.isOver)
        #expect(await cause { _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me) } == .blocked)
        #expect(await thief.refusal() == nil, "aprity's block alone does not stop somebody who has the key")

        try await org.change([("blocked", .bool(true))])
        org.clock.advance(by: 900)
        #expect(await thief.refusal() != nil)
        _ = try await org.service.blocks.confirm(.blockedInSalesforce, of: Self.alias, as: Self.me)
        #expect(await cause { _ = try await org.service.blocks.unblock(Self.alias, as: Self.me) } == .rotationRefused)
        #expect(
            await cause { _ = try await org.service.blocks.confirm(.revokedInSalesforce, of: Self.alias, as: Self.me) }
                == .rotationRefused)

        let next = try await org.service.certificates.next(of: Self.alias, as: Self.me).pem
        try await org.change([("certificatePEM", .string(next)), ("blocked", .bool(false))])
        let uploadedAt = org.clock.now
        let told = try await org.service.blocks.confirm(.uploaded(consumerKey: nil), of: Self.alias, as: Self.me)
        #expect(states(told)[.upload] == .done)
        #expect(states(told)[.replaced] == .now)
        let replaced = try await finish(org, atMost: 7_200)
        #expect(states(replaced)[.replaced] == .done)
        #expect(states(replaced)[.knownTokensDead] == .done)
        // A compromised key is not kept for a day.
        #expect(org.clock.now.timeIntervalSince(uploadedAt) < 5_400)
        #expect(await thief.refusal() != nil)
        #expect(try await org.records.read { try $0.all(CredentialRecord.self).count } == 1)
        #expect(await cause { _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me) } == .blocked)

        let over = try await org.service.blocks.confirm(.revokedInSalesforce, of: Self.alias, as: Self.me)
        #expect(over.isOver)
        #expect(over.evidence.contains { $0.contains("30 days before the report: 1 granted, 0 refused ") })
        #expect(try await org.service.blocks.unblock(Self.alias, as: Self.me).isUnblocked)
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        #expect(try await org.service.rotations.view(of: Self.alias, as: Self.me).state == .steady)
        let events = try await org.store.events(limit: 200)
        #expect(events.contains { $0.act == .credentialCompromised })
        #expect(
            events.filter { $0.act == .compromiseProgressed }.map { $0.facts["fact"] }
                == ["revokedInSalesforce", "replaced", "uploaded", "blockedInSalesforce"])
    }

    @Test("If the app was blocked before, the report shows its own reason and not that of the block")
    func reason() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.blocks.block(Self.alias, reason: "drill", as: Self.me)
        let view = try await org.service.blocks.reportCompromise(of: Self.alias, reason: "laptop lost", as: Self.me)
        #expect(view.reason == "laptop lost")
        #expect(view.block.reason == "drill")
    }

    @Test(
        "The report counts aprity's granted and refused sign-ins, and its `audit list` command shows them all"
    )
    func traces() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        try await org.change([("blocked", .bool(true))])
        org.clock.advance(by: 900)
        _ = try await org.service.diagnosis.test(Self.alias, as: Self.me) { _ in }
        let before = try await org.store.signIns(since: .distantPast)
        let refused = before.count { $0.outcome?.kind == .refused }
        #expect(refused > 0)
        let view = try await org.service.blocks.reportCompromise(of: Self.alias, reason: "tape lost", as: Self.me)
        let own = try #require(view.evidence.first)
        #expect(own.contains(": 1 granted, \(refused) refused ("))
        let listed = try await org.store.signIns(since: .distantPast).count
        #expect(own.contains("`aprity audit list --connection \(Self.alias) --act signedIn --limit \(listed)`"))
        #expect(view.evidence.contains { $0.contains("may be somebody else's") })
    }

    @Test("The upload is confirmed only after the app was blocked in Salesforce, even if a rotation was past it")
    func uploadedBefore() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.rotations.begin(of: Self.alias, as: Self.me)
        _ = try await org.service.rotations.confirmUpload(of: Self.alias, as: Self.me)
        let begun = try await org.service.blocks.reportCompromise(of: Self.alias, reason: "tape lost", as: Self.me)
        #expect(states(begun)[.blockedInSalesforce] == .now)
        #expect(states(begun)[.upload] == .later)
        #expect(
            await cause {
                _ = try await org.service.blocks.confirm(.uploaded(consumerKey: nil), of: Self.alias, as: Self.me)
            } == .rotationRefused)
        let blocked = try await org.service.blocks.confirm(.blockedInSalesforce, of: Self.alias, as: Self.me)
        let step = try #require(blocked.steps.first { $0.id == .upload })
        #expect(step.state == .now)
        #expect(step.clicks.contains { $0.contains("Unblock") })
        let told = try await org.service.blocks.confirm(.uploaded(consumerKey: nil), of: Self.alias, as: Self.me)
        #expect(states(told)[.upload] == .done)
        #expect(told.steps.first { $0.id == .upload }?.at == org.clock.now)
    }

    @Test("Without a report, the error says how to report, even if the app is blocked", arguments: [false, true])
    func notReported(_ isBlocked: Bool) async throws {
        let org = try await OneAppOrg()
        if isBlocked { _ = try await org.service.blocks.block(Self.alias, reason: "drill", as: Self.me) }
        for fact in [nil, CompromiseFact.blockedInSalesforce, .uploaded(consumerKey: nil), .revokedInSalesforce] {
            let error = await thrownByAwaiting {
                guard let fact else {
                    _ = try await org.service.blocks.continueCompromise(of: Self.alias, as: Self.me)
                    return
                }
                _ = try await org.service.blocks.confirm(fact, of: Self.alias, as: Self.me)
            }
            #expect(error?.cause == .compromiseNotReported)
            #expect(error?.description == "acme: The app's key was not reported as compromised.")
            #expect(error?.remedy.contains("`aprity credential compromise acme --reason TEXT`") == true)
        }
    }

    @Test("A given-up next certificate counts as neither created nor uploaded")
    func givenUp() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.blocks.reportCompromise(of: Self.alias, reason: "tape lost", as: Self.me)
        _ = try await org.service.blocks.confirm(.blockedInSalesforce, of: Self.alias, as: Self.me)
        _ = try await org.service.rotations.abort(of: Self.alias, as: Self.me)
        let view = try await org.service.blocks.compromise(of: Self.alias, as: Self.me)
        #expect(states(view)[.nextCertificate] == .now)
        #expect(states(view)[.upload] == .later)
    }

    @Test("With a second app, the former one stays blocked")
    func secondApp() async throws {
        let org = try await OneAppOrg()
        let thief = try await org.thief()
        _ = try await org.service.blocks.reportCompromise(
            of: Self.alias, reason: "tape lost", replacement: .init(inSecondApp: true), as: Self.me)
        try await org.change([("blocked", .bool(true))])
        let next = try await org.service.certificates.next(of: Self.alias, as: Self.me).pem
        let key = "3MVG9HarbourBikesSecondKeyForTheTests"
        try await org.makeSecondApp(consumerKey: key, certificatePEM: next)
        org.clock.advance(by: 900)
        _ = try await org.service.blocks.confirm(.blockedInSalesforce, of: Self.alias, as: Self.me)
        let told = try await org.service.blocks.confirm(.uploaded(consumerKey: key), of: Self.alias, as: Self.me)
        #expect(states(told)[.upload] == .done)
        let replaced = try await finish(org, atMost: 7_200)
        #expect(states(replaced)[.replaced] == .done)
        #expect(await thief.refusal() != nil)
        _ = try await org.service.blocks.confirm(.revokedInSalesforce, of: Self.alias, as: Self.me)
        #expect(try await org.service.blocks.unblock(Self.alias, as: Self.me).isUnblocked)
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        #expect(try await org.service.connections.named(Self.alias, as: Self.me).consumerKey == key)
    }

    @Test("Reporting a compromise while a former key is kept destroys that key at once and creates a new one")
    func whileRetiring() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.rotations.begin(of: Self.alias, as: Self.me)
        let next = try await org.service.certificates.next(of: Self.alias, as: Self.me).pem
        try await org.change([("certificatePEM", .string(next))])
        _ = try await org.service.rotations.confirmUpload(of: Self.alias, as: Self.me)
        for _ in 0..<2_000 {
            try await org.service.rotations.advance(of: Self.alias, as: Self.me)
            if try await org.service.rotations.view(of: Self.alias, as: Self.me).state == .retiring { break }
            org.clock.advance(by: 5)
        }
        _ = try await org.service.blocks.reportCompromise(of: Self.alias, reason: "tape lost", as: Self.me)
        var view = try await org.service.blocks.compromise(of: Self.alias, as: Self.me)
        for _ in 0..<60 where view.rotation.state != .prepared {
            org.clock.advance(by: 5)
            view = try await org.service.blocks.continueCompromise(of: Self.alias, as: Self.me)
        }
        #expect(view.rotation.state == .prepared)
        #expect(view.rotation.active.sha256 == view.certificateSHA256)
        #expect(try await org.records.read { try $0.all(CredentialRecord.self).count } == 2)
    }

    @Test("A false alarm can be withdrawn, and the app is unblocked as usual")
    func withdrawn() async throws {
        let org = try await OneAppOrg()
        #expect(
            await cause { try await org.service.blocks.withdrawCompromise(of: Self.alias, as: Self.me) }
                == .compromiseNotReported)
        _ = try await org.service.blocks.reportCompromise(of: Self.alias, reason: "drill", as: Self.me)
        try await org.service.blocks.withdrawCompromise(of: Self.alias, as: Self.me)
        #expect(
            await cause { _ = try await org.service.blocks.compromise(of: Self.alias, as: Self.me) }
                == .compromiseNotReported)
        #expect(try await org.service.blocks.unblock(Self.alias, as: Self.me).isUnblocked)
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
    }

    @Test("A rotation signs nothing during an ordinary block")
    func ordinaryBlock() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.rotations.begin(of: Self.alias, as: Self.me)
        _ = try await org.service.blocks.block(Self.alias, reason: "drill", as: Self.me)
        let before = try await org.records.read { try $0.reading.signIns(since: .distantPast).count }
        _ = try await org.service.rotations.confirmUpload(of: Self.alias, as: Self.me)
        try await org.service.rotations.advance(of: Self.alias, as: Self.me)
        #expect(try await org.records.read { try $0.reading.signIns(since: .distantPast).count } == before)
    }
}
