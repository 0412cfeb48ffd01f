import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp
@testable import OrgSimulator

@Suite("Removing a connection")
struct OffboardingTests {
    private static let alias = OneAppOrg.alias
    private static let me = OneAppOrg.me

    @Test("Without destroying the keys, the app is blocked, its tokens are revoked, and the org's acceptance is shown")
    func blockedOnly() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        let view = try await org.service.blocks.offboard(Self.alias, destroysKeys: false, as: Self.me)
        #expect(!view.isRemoved)
        #expect(view.block?.reason == "connection taken out of use")
        #expect(view.keysDestroyed == 0)
        #expect(view.tokensLeft == 0)
        #expect(view.refusal.state == .accepted)
        #expect(view.warnings.count == 1)
        try #require(view.remains.count == 3)
        #expect(view.remains[0].contains("External Client App"))
        #expect(try await org.service.connections.named(Self.alias, as: Self.me).isBlocked)
        #expect(try await org.service.blocks.unblock(Self.alias, as: Self.me).isUnblocked)
    }

    @Test("If the app is gone from the org, the refusal is shown, and the keys are destroyed with the connection")
    func destroyed() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        _ = try await org.service.rotations.begin(of: Self.alias, as: Self.me)
        try await org.change([("$remove", .bool(true))])
        org.clock.advance(by: 900)
        let view = try await org.service.blocks.offboard(Self.alias, destroysKeys: true, as: Self.me)
        #expect(view.isRemoved)
        #expect(view.block?.reason == "connection removed")
        #expect(view.keysDestroyed == 2)
        #expect(view.refusal.state == .refused)
        #expect(view.refusal.cause != nil)
        #expect(view.warnings.isEmpty)
        let left = try await org.records.read { reading in
            try reading.all(AppRecord.self).count + reading.all(CredentialRecord.self).count
                + reading.all(RotationRecord.self).count
        }
        #expect(left == 0)
        #expect(
            try await org.records.read { try $0.reading.outstandingTokens(dueAt: .distantFuture, limit: 9) }.isEmpty)
    }

    @Test("A blocked app is removed without a sign-in, and the result says so", arguments: [false, true])
    func alreadyBlocked(destroysKeys: Bool) async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        _ = try await org.service.blocks.block(Self.alias, reason: "the key was copied", as: Self.me)
        let signIns = await org.simulation.history.logins.count
        let view = try await org.service.blocks.offboard(Self.alias, destroysKeys: destroysKeys, as: Self.me)
        #expect(view.isRemoved == destroysKeys)
        #expect(view.tokensLeft == 0)
        #expect(view.refusal.state == .notTried)
        #expect(view.refusal.cause == .blocked)
        #expect(view.refusal.at == nil)
        #expect(
            view.warnings == [
                "The app was blocked already, so aprity did not sign in to see whether the org still accepts the key. Block or "
                    + "delete the app in Salesforce."
            ])
        #expect(view.block?.reason == "the key was copied")
        #expect(await org.simulation.history.logins.count == signIns)
    }

    @Test("Removing a connection that shares its app removes only the connection")
    func shared() async throws {
        let org = try await OneAppOrg()
        try await org.add("second", sharing: Self.alias)
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        let view = try await org.service.blocks.offboard("second", destroysKeys: true, as: Self.me)
        #expect(view.isRemoved)
        #expect(view.keysDestroyed == 0)
        #expect(view.sharesAppWith == [Self.alias])
        #expect(view.refusal.state == .notTried)
        #expect(view.block == nil)
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
    }

    @Test("A connection whose tokens cannot be marked for revocation stays, and the error says why")
    func unmarked() async throws {
        let org = try await OneAppOrg()
        try await org.add("second", sharing: Self.alias)
        let store = FailingStore(org.store)
        let process = org.process(on: store, seed: 31)
        store.failWrites()
        let error = await thrownByAwaiting {
            try await process.blocks.offboard("second", destroysKeys: false, as: Self.me)
        }
        #expect(error?.cause == .diskFull)
        #expect(try await org.service.connections.named("second", as: Self.me).alias == "second")
    }

    @Test("A connection can be removed if the org does not answer, and the result claims nothing")
    func unanswered() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.tokens.accessToken(for: Self.alias, as: Self.me)
        let fault = JSONValue.record([
            ("kind", .string("drop")), ("prefix", .string("/services/oauth2/")), ("probability", .integer(1)),
        ])
        try await org.simulation.save(.record([("faults", .array([fault]))]))
        let view = try await org.service.blocks.offboard(Self.alias, destroysKeys: true, as: Self.me)
        #expect(view.isRemoved)
        #expect(view.refusal.state == .unanswered)
    }

    @Test(
        "Only a refusal of the app or its key counts as one; other refusals leave open whether the key is accepted",
        arguments: [
            ("invalid_client", "invalid client credentials", OffboardingView.LastSignIn.State.refused),
            ("invalid_grant", "invalid assertion", .refused), ("invalid_grant", "login rate exceeded", .unanswered),
            ("invalid_grant", "inactive user", .unanswered),
            ("invalid_grant", "ip restricted or invalid login hours", .unanswered),
            ("unknown_error", "retry your request", .unanswered), ("server_error", "down", .unanswered),
        ])
    func refusals(_ error: String, _ description: String, _ state: OffboardingView.LastSignIn.State) async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now }).refusing(error, description)
        let world = try await TestWorld.connected(time: time, transport: org.transport)
        let view = try await world.service.blocks.offboard("prod", destroysKeys: true, as: Self.me)
        #expect(view.refusal.state == state)
        #expect(view.warnings.contains { $0.hasPrefix("aprity could not find out") } == (state == .unanswered))
    }

    @Test("Without a Consumer Key, the result does not claim that anything is left in Salesforce")
    func neverConnected() async throws {
        let org = try await OneAppOrg()
        _ = try await org.service.connections.add(.test("unused", consumerKey: nil), as: Self.me)
        let kept = try await org.service.blocks.offboard("unused", destroysKeys: false, as: Self.me)
        #expect(kept.warnings.isEmpty)
        // The app is blocked now, but Salesforce still has no app that could be blocked.
        let view = try await org.service.blocks.offboard("unused", destroysKeys: true, as: Self.me)
        #expect(view.warnings.isEmpty)
        #expect(view.isRemoved)
        #expect(view.refusal.state == .notTried)
        try #require(view.remains.count == 1)
        #expect(view.remains[0].hasPrefix("Nothing that aprity knows of"))
        #expect(!view.remains[0].contains("u@acme.example"))
    }

    @Test("What another connection uses is to be kept: the app with the same Consumer Key, and the user")
    func usedByAnother() async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now }).refusing("invalid_client", "invalid client credentials")
        let world = try await TestWorld.connected(time: time, transport: org.transport)
        let prod = try await world.service.connections.named("prod", as: Self.me)
        var copy = NewConnection(alias: "copy", loginHost: prod.loginHost, username: prod.username)
        copy.consumerKey = prod.consumerKey
        copy.audience = prod.audience.url
        _ = try await world.service.connections.add(copy, as: Self.me)
        let view = try await world.service.blocks.offboard("copy", destroysKeys: true, as: Self.me)
        try #require(view.remains.count == 2)
        #expect(view.remains[0].hasPrefix("Keep the External Client App with Consumer Key"))
        #expect(view.remains[0].hasSuffix("the connection prod has this Consumer Key too."))
        #expect(view.remains[1] == "Keep the user \(prod.username): the connection prod signs in as it.")
    }

    @Test("No warning asks to delete an app that another connection has too")
    func sharedAppStays() async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now }).refusing("server_error", "down")
        let world = try await TestWorld.connected(time: time, transport: org.transport)
        let prod = try await world.service.connections.named("prod", as: Self.me)
        var copy = NewConnection(alias: "copy", loginHost: prod.loginHost, username: prod.username)
        copy.consumerKey = prod.consumerKey
        copy.audience = prod.audience.url
        _ = try await world.service.connections.add(copy, as: Self.me)
        let view = try await world.service.blocks.offboard("copy", destroysKeys: true, as: Self.me)
        #expect(view.refusal.state == .unanswered)
        #expect(
            view.warnings == [
                "aprity could not find out whether the org still accepts the key. Check in Salesforce that the app has the "
                    + "other connection's certificate, not this one's."
            ])
    }

    @Test("A stale revision changes nothing")
    func stale() async throws {
        let org = try await OneAppOrg()
        let error = await #expect(throws: ConnectedAppError.self) {
            try await org.service.blocks.offboard(Self.alias, destroysKeys: true, expectedRevision: 99, as: Self.me)
        }
        #expect(error?.cause == .recordChanged)
        #expect(try await !org.service.connections.named(Self.alias, as: Self.me).isBlocked)
    }
}
