import ConnectedAppSQLite
import ConnectedAppTesting
import Foundation
import JWTBearer
import Testing

@testable import ConnectedApp

/// Tests of sign-ins, outstanding tokens and leases that every store must pass.
@Suite("Store conformance of the gate's tables")
struct GateTablesTests {
    private static let account = SignInAccount(
        organization: "acme.my.salesforce.com", username: "integration@acme.example")

    private static func token(_ secret: String, app: String = "app", at seconds: Double) throws -> OutstandingToken {
        try OutstandingToken(
            AccessToken(
                secret: secret, scope: nil, instanceURL: "https://acme.my.salesforce.com", identityURL: nil,
                tokenType: nil),
            appID: app, alias: "acme", firstSeen: Date(timeIntervalSince1970: seconds), ring: .test(),
            randomBytes: SeededRandom(seed: 5).bytes)
    }

    @Test(
        "Sign-ins are counted by account, purpose and time, and can be read by their place from the oldest",
        arguments: StoreKind.all)
    func counts(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        for seconds in [300.0, 100, 200] { _ = try await store.begin(.test(at: seconds)) }
        _ = try await store.begin(.test(at: 250, purpose: .rotation))
        _ = try await store.begin(.test("other@acme.example", at: 250))
        let by = SignInAccount(organization: "00D000000000001EAA", username: Self.account.username)
        try await store.read { reading throws in
            func count(_ purposes: Set<SignInPurpose>, since: Double) throws -> Int {
                try reading.signIns(
                    of: [by, Self.account], for: purposes, since: Date(timeIntervalSince1970: since))
            }
            let counts = try [
                count([.use], since: 0), count([.use], since: 200), count([.use, .rotation], since: 0),
                count([.diagnosis], since: 0),
            ]
            #expect(counts == [3, 2, 4, 0])
            let places = try (0..<4).map {
                try reading.startOfSignIn($0, of: [Self.account], for: [.use], since: .distantPast)?
                    .timeIntervalSince1970
            }
            #expect(places == [100, 200, 300, nil])
        }
    }

    @Test("Sign-ins without an outcome are counted by app", arguments: StoreKind.all)
    func unfinished(_ kind: StoreKind) async throws {
        let store = try kind.make(try TemporaryFolder())
        let number = try await store.begin(.test(at: 100))
        try await store.finish(number, .granted)
        for egress in ["direct", "proxy:1"] { _ = try await store.begin(.test(at: 100, egress: egress)) }
        try await store.read { reading throws in
            #expect(try reading.unfinishedSignIns(of: "app", since: .distantPast) == 2)
            #expect(try reading.unfinishedSignIns(of: "another", since: .distantPast) == 0)
        }
    }

    @Test("Finished ordinary sign-ins are tallied by connection, egress and time", arguments: StoreKind.all)
    func tallies(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        func enter(_ entry: SignInEntry, _ outcome: SignInOutcome) async throws {
            try await store.finish(try await store.begin(entry), outcome)
        }
        for outcome in [SignInOutcome.granted, .refused, .refused, SignInOutcome(.unanswered, code: "timedOut")] {
            try await enter(.test("a", at: 100), outcome)
        }
        _ = try await store.begin(.test("a", at: 100))
        for purpose in [SignInPurpose.diagnosis, .rotation] {
            try await enter(.test("a", at: 100, purpose: purpose), .refused)
        }
        try await enter(.test("b", at: 100), .refused)
        try await enter(.test("b", at: 100, purpose: .diagnosis), .granted)
        try await enter(.test("c", at: 100, egress: "proxy:1"), .refused)
        func tallies(_ egress: String, since: Double) async throws -> [SignInTally] {
            try await store.read { try $0.tallies(through: egress, since: Date(timeIntervalSince1970: since)) }
                .sorted { $0.party.username < $1.party.username }
        }
        #expect(
            try await tallies("direct", since: 100) == [
                SignInTally(
                    party: SignInParty(appID: "app", username: "a"), granted: 1, refused: 2, worksAgain: false),
                SignInTally(party: SignInParty(appID: "app", username: "b"), granted: 0, refused: 1, worksAgain: true),
            ])
        #expect(try await tallies("proxy:1", since: 100).map(\.refused) == [1])
        #expect(try await tallies("direct", since: 101).isEmpty)
        func refusals(_ egress: String, since: Double, atMost most: Int) async throws -> Int {
            try await store.read {
                try $0.refusals(through: egress, since: Date(timeIntervalSince1970: since), atMost: most)
            }
        }
        #expect(try await refusals("direct", since: 100, atMost: 20) == 3)
        #expect(try await refusals("direct", since: 100, atMost: 2) == 2)
        #expect(try await refusals("proxy:1", since: 100, atMost: 20) == 1)
        #expect(try await refusals("direct", since: 101, atMost: 20) == 0)
    }

    @Test("An entry can be withdrawn only while it has no outcome; old entries are removed", arguments: StoreKind.all)
    func withdrawn(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let first = try await store.begin(.test(at: 100))
        let second = try await store.begin(.test(at: 200))
        try await store.finish(second, .granted)
        try await store.write { writing in
            try writing.withdraw(first)
            try writing.withdraw(second)
        }
        #expect(try await store.signIns(since: .distantPast).map(\.outcome) == [.granted])
        try await store.write { try $0.forgetSignIns(before: Date(timeIntervalSince1970: 201)) }
        #expect(try await store.signIns(since: .distantPast).isEmpty)
    }

    @Test("The newest measurement of others' sign-ins is stored per account", arguments: StoreKind.all)
    func others(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        #expect(try await store.read { try $0.othersUse(of: [Self.account]) } == nil)
        for count in [3, 7] {
            let use = OthersUse(count: count, measuredAt: Date(timeIntervalSince1970: Double(count)))
            try await store.write { try $0.setOthersUse(use, of: Self.account) }
            #expect(try await store.read { try $0.othersUse(of: [Self.account]) } == use)
        }
    }

    @Test(
        "Tokens are read as they were stored, the most overdue first; held tokens are removed after a time",
        arguments: StoreKind.all)
    func tokens(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let tokens = try [
            Self.token("a", at: 100), Self.token("b", at: 50), Self.token("c", app: "another", at: 60),
        ]
        try await store.write { writing in for token in tokens { try writing.keep(token) } }
        try await store.read { reading throws in
            #expect(try reading.outstandingTokens(of: "app") == [tokens[1], tokens[0]])
            #expect(try reading.outstandingTokens(dueAt: .distantFuture, limit: 9).isEmpty)
            #expect(try reading.hasOutstandingToken(sha256: tokens[2].sha256))
            #expect(try reading.outstandingTokens(of: "app").map { try $0.secret(.test()) } == ["b", "a"])
        }
        let due = tokens[2].toBeRevoked(Date(timeIntervalSince1970: 500))
        try await store.write { writing in
            try writing.keep(due)
            try writing.forgetHeldTokens(firstSeenBefore: Date(timeIntervalSince1970: 90))
        }
        try await store.read { reading throws in
            #expect(try reading.outstandingTokens(dueAt: Date(timeIntervalSince1970: 500), limit: 9) == [due])
            #expect(try reading.outstandingTokens(dueAt: Date(timeIntervalSince1970: 499), limit: 9).isEmpty)
            #expect(try reading.outstandingTokens(of: "app") == [tokens[0]])
        }
        try await store.write { try $0.forget(tokenSHA256: due.sha256) }
        #expect(try await store.read { try $0.hasOutstandingToken(sha256: due.sha256) } == false)
    }

    @Test("A token's row that was changed to another host does not reveal the token")
    func turned() throws {
        let token = try Self.token("secret", at: 1)
        var text = String(decoding: try JSONEncoder().encode(token), as: UTF8.self)
        #expect(!text.contains("secret"))
        text = text.replacing("acme.my.salesforce.com", with: "evil.my.salesforce.com")
        let turned = try JSONDecoder().decode(OutstandingToken.self, from: Data(text.utf8))
        #expect(throws: ConnectedAppError.self) { try turned.secret(.test()) }
    }

    @Test("A process has one lease, which it renews and removes", arguments: StoreKind.all)
    func leases(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        func lease(_ process: String, _ revision: Int) -> Lease {
            Lease(process: process, name: "here", revision: revision, renewedAt: Date(timeIntervalSince1970: 1))
        }
        for (process, revision) in [("b", 1), ("a", 1), ("b", 2)] {
            let lease = lease(process, revision)
            try await store.write { try $0.renew(lease) }
        }
        #expect(try await store.read { try $0.leases() } == [lease("a", 1), lease("b", 2)])
        try await store.write { try $0.removeLease(of: "a") }
        #expect(try await store.read { try $0.leases() } == [lease("b", 2)])
    }

    @Test("Writes that share a commit succeed or fail individually", arguments: StoreKind.all)
    func together(_ kind: StoreKind) async throws {
        struct Undone: Error {}
        let folder = try TemporaryFolder()
        let store = try kind.make(folder)
        let kept = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let entry = SignInEntry.test("user\(number)@acme.example", at: Double(number))
                    do {
                        try await store.write { writing in
                            _ = try writing.begin(entry)
                            if number.isMultiple(of: 3) { throw Undone() }
                        }
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        let numbers = try await store.signIns(since: .distantPast).map { Int($0.startedAt.timeIntervalSince1970) }
        #expect(kept == 133)
        #expect(numbers.count == 133)
        #expect(numbers.allSatisfy { !$0.isMultiple(of: 3) })
    }
}
