internal import ConnectedAppTesting
internal import Foundation
internal import Synchronization
internal import Testing

@testable internal import ConnectedApp

@Suite("Accounts")
struct AccountServiceTests {
    private let me = Principal(.commandLine, name: "tester")
    private let password = Password("correct horse battery")

    @Test(
        "A password is 12 characters to 256 bytes, not the name, and not a repeated character",
        arguments: [
            ("correct horse battery", true), ("elevenchars", false), ("twelve chars", true),
            (String(repeating: "abcd", count: 64), true), (String(repeating: "abcd", count: 64) + "e", false),
            ("Alice.Example", false), ("aaaaaaaaaaaa", false), ("ääöüéàèçñøßå", true),
        ])
    func passwords(_ text: String, _ isFit: Bool) throws {
        let name = try AccountName("alice.example")
        if isFit {
            #expect(throws: Never.self) { try Password(text).check(for: name) }
        } else {
            let error = #expect(throws: ConnectedAppError.self) { try Password(text).check(for: name) }
            #expect(error?.cause == .passwordUnfit)
            #expect(error?.description.contains(text) == false || text == "Alice.Example")
        }
    }

    @Test("A password matches in composed and decomposed form, and nothing else matches")
    func matching() throws {
        let hash = try PasswordHash(of: Password("caf\u{E9} caf\u{E9} caf\u{E9}"), cost: .low, salt: [1, 2, 3])
        #expect(try hash.matches(Password("cafe\u{301} cafe\u{301} cafe\u{301}")))
        #expect(try !hash.matches(Password("cafe cafe cafe")))
        #expect(try !hash.matches(Password("")))
        #expect(try !PasswordHash(unmatchedAt: .low).matches(Password("")))
        let long = String(repeating: "abcd", count: 64)
        #expect(try !PasswordHash(of: Password(long), cost: .low, salt: [1]).matches(Password(long + "e")))
    }

    @Test("A forged cost is rejected before it uses memory")
    func forgedCost() throws {
        let forged = #"{"cost":{"costExponent":40,"blockSize":8,"parallelism":1},"salt":"AA==","hash":"AA=="}"#
        let hash = try JSONDecoder().decode(PasswordHash.self, from: Data(forged.utf8))
        let error = #expect(throws: ConnectedAppError.self) { try hash.matches(password) }
        #expect(error?.cause == .storeDamaged)
    }

    @Test("A password has no description")
    func hidden() {
        #expect("\(password)" == "Password(hidden)")
        #expect(String(reflecting: password) == "Password(hidden)")
        var dumped = ""
        dump(password, to: &dumped)
        #expect(!dumped.contains("horse"))
    }

    @Test(
        "Names are 1 to 64 letters, digits and some signs, and capitals do not count",
        arguments: [("Alice", "alice"), (" ada@acme.example ", "ada@acme.example"), ("a+b_c-d.e", "a+b_c-d.e")])
    func names(_ text: String, _ name: String) throws { #expect(try AccountName(text).description == name) }

    @Test("Other names are malformed", arguments: ["", "-a", "a b", "a/b", "é", String(repeating: "a", count: 65)])
    func malformedNames(_ text: String) {
        let error = #expect(throws: ConnectedAppError.self) { try AccountName(text) }
        #expect(error?.cause == .accountNameMalformed)
    }

    @Test("A name can be used once, whatever its capitals are")
    func taken() async throws {
        let accounts = try await TestWorld().service.accounts
        _ = try await accounts.add("alice", role: .admin, password: password, as: me)
        let error = await #expect(throws: ConnectedAppError.self) {
            try await accounts.add("ALICE", role: .user, password: password, as: me)
        }
        #expect(error?.cause == .accountTaken)
    }

    @Test("The last admin can go only if no account is left")
    func lastAdmin() async throws {
        let accounts = try await TestWorld().service.accounts
        _ = try await accounts.add("alice", role: .admin, password: password, as: me)
        _ = try await accounts.add("bob", role: .user, password: password, as: me)
        let error = await #expect(throws: ConnectedAppError.self) { try await accounts.remove("alice", as: me) }
        #expect(error?.cause == .lastAdmin)
        let demoted = await #expect(throws: ConnectedAppError.self) {
            try await accounts.setRole(of: "alice", to: .user, as: me)
        }
        #expect(demoted?.cause == .lastAdmin)
        try await accounts.remove("bob", as: me)
        try await accounts.remove("alice", as: me)
        #expect(try await accounts.all(as: me).shown == [])
    }

    @Test("An account without an admin beside it can be changed")
    func noAdmin() async throws {
        let accounts = try await TestWorld().service.accounts
        _ = try await accounts.add("bob", role: .user, password: password, as: me)
        try await accounts.setPassword(of: "bob", to: Password("another long password"), as: me)
        #expect(try await accounts.setRole(of: "bob", to: .admin, as: me).role == .admin)
    }

    @Test("An altered account cannot sign in, is named, and can be removed", arguments: RecordDamage.allCases)
    func altered(_ damage: RecordDamage) async throws {
        let world = try await TestWorld()
        let accounts = world.service.accounts
        _ = try await accounts.add("alice", role: .admin, password: password, as: me)
        _ = try await accounts.add("bob", role: .user, password: password, as: me)
        try await damage.apply(to: .account, "bob", in: world)
        let error = await #expect(throws: ConnectedAppError.self) {
            try await accounts.signIn("bob", password: password)
        }
        #expect(error?.cause == .recordAltered)
        let all = try await accounts.all(as: me)
        #expect(all.shown.map(\.name) == ["alice"])
        #expect(all.altered == ["bob"])
        try await accounts.remove("bob", as: me)
        #expect(try await accounts.all(as: me).altered == [])
    }

    @Test("Each change is in the audit record, without the password")
    func audited() async throws {
        let world = try await TestWorld()
        let accounts = world.service.accounts
        _ = try await accounts.add("alice", role: .admin, password: password, as: me)
        try await accounts.setPassword(of: "alice", to: Password("another long password"), as: me)
        try await accounts.endSessions(of: "alice", as: me)
        try await accounts.remove("alice", as: me)
        let events = try await world.store.events(limit: 9)
        #expect(events.map(\.act) == [.accountRemoved, .accountChanged, .accountChanged, .accountAdded])
        #expect(events.allSatisfy { $0.facts["account"] == "alice" })
        #expect(events.map { $0.facts["changed"] } == [nil, "sessions", "password", nil])
    }

    @Test("The newest attempt is checked first, and the oldest of too many is dropped")
    func passwordWork() async throws {
        let work = PasswordWork()
        let hold = DispatchSemaphore(value: 0)
        for _ in 0..<PasswordWork.width { work.add(.init(run: { hold.wait() }, drop: {})) }
        let order = Mutex<[Int]>([])
        let dropped = Mutex<[Int]>([])
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            for number in 0...PasswordWork.capacity {
                work.add(
                    .init(
                        run: {
                            let count = order.withLock { order in
                                order.append(number)
                                return order.count
                            }
                            if count == PasswordWork.capacity { done.resume() }
                        }, drop: { dropped.withLock { $0.append(number) } }))
            }
            // One thread is free, so the order is that of the queue.
            hold.signal()
        }
        hold.signal()
        #expect(dropped.withLock { $0 } == [0])
        #expect(order.withLock { $0 } == Array((1...PasswordWork.capacity).reversed()))
    }
}

@Suite("API tokens")
struct APITokenServiceTests {
    private let me = Principal(.commandLine, name: "tester")

    @Test("A token's text has a form that scanners recognize, and only that form is read")
    func text() throws {
        let token = APITokenText(randomBytes: SeededRandom(seed: 5).bytes)
        #expect(token.text.wholeMatch(of: /aprity_[0-9a-f]{16}_[A-Za-z0-9_\-]{43}/) != nil)
        #expect(APITokenText(" \(token.text)\n")?.secretSHA256 == token.secretSHA256)
        #expect(APITokenText(token.text)?.id == token.id)
        for text in ["", "aprity_", String(token.text.dropLast()), token.text + "A", "x" + token.text] {
            #expect(APITokenText(text) == nil, "\(text.count)")
        }
        #expect(!"\(token)".contains(token.text.suffix(43)))
    }

    @Test("A token is removed from every text that may be shown")
    func removed() {
        let token = APITokenText(randomBytes: SeededRandom(seed: 5).bytes).text
        #expect(
            OrgWords.withoutSecrets("The header was \(token), they say.")
                == "The header was \(OrgWords.mark), they say.")
        let harmless = "aprity_http_connections aprity_wrong_credentials_total aprity_0123456789abcdef"
        #expect(OrgWords.withoutSecrets(harmless) == harmless)
    }

    @Test("The store has the hash of a token only")
    func hashed() async throws {
        let world = try await TestWorld()
        let token = try await world.service.apiTokens.add(
            "script", scope: .read, connections: nil, days: 1, as: me
        ).token
        let secret = token.suffix(43)
        let bodies = try await world.store.read { reading in
            try RecordKind.allCases.flatMap { try reading.records(of: $0) }.map {
                String(decoding: $0.body, as: UTF8.self)
            }
        }
        #expect(!bodies.contains { $0.contains(secret) })
        #expect(try await world.store.events(limit: 5).allSatisfy { !"\($0.facts)".contains(secret) })
    }

    @Test("A token can be revoked by name or id, even if its record was altered")
    func revoke() async throws {
        let world = try await TestWorld()
        let tokens = world.service.apiTokens
        _ = try await tokens.add("one", scope: .read, connections: nil, days: 1, as: me)
        let two = try await tokens.add("two", scope: .read, connections: nil, days: 1, as: me)
        try await tokens.revoke("one", as: me)
        try await world.corrupt(.apiToken, two.id)
        #expect(try await tokens.all(as: me).altered == [two.id])
        try await tokens.revoke(two.id, as: me)
        #expect(try await tokens.all(as: me).altered == [])
        let error = await #expect(throws: ConnectedAppError.self) { try await tokens.revoke("one", as: me) }
        #expect(error?.cause == .apiTokenUnknown)
    }

    @Test("A token for a connection that was removed does not apply to a later connection of the same name")
    func reusedName() async throws {
        let world = try await TestWorld()
        let tokens = world.service.apiTokens
        for alias in ["acme", "other"] { _ = try await world.service.connections.add(.test(alias), as: me) }
        let text = try await tokens.add("script", scope: .read, connections: ["acme", "other"], days: 1, as: me).token
        try await world.service.connections.remove("acme", as: me)
        _ = try await world.service.connections.add(.test("acme"), as: me)
        guard case .granted(let grant) = try await tokens.check(text) else {
            Issue.record("The token was not accepted.")
            return
        }
        #expect(grant.connections == [try Alias("other")])
        try await world.service.connections.remove("other", as: me)
        #expect(try await tokens.all(as: me).shown.first?.connections == [])
    }

    @Test("A name can be used once")
    func taken() async throws {
        let tokens = try await TestWorld().service.apiTokens
        _ = try await tokens.add("script", scope: .read, connections: nil, days: 1, as: me)
        let error = await #expect(throws: ConnectedAppError.self) {
            try await tokens.add("script", scope: .everything, connections: nil, days: 1, as: me)
        }
        #expect(error?.cause == .apiTokenTaken)
    }

    @Test("A lost or altered last use does not prevent the use of a token", arguments: RecordDamage.allCases)
    func dispensableUse(_ damage: RecordDamage) async throws {
        let time = TestTime()
        let world = try await TestWorld(time: time)
        let tokens = world.service.apiTokens
        let added = try await tokens.add("script", scope: .read, connections: nil, days: 1, as: me)
        _ = try await tokens.check(added.token)
        try await damage.apply(to: .apiTokenUse, added.id, in: world)
        #expect(try await tokens.all(as: me).shown.first?.lastUsedAt == nil)
        time.advance(by: .seconds(60))
        guard case .granted = try await tokens.check(added.token) else {
            Issue.record("the token was not accepted")
            return
        }
        #expect(try await tokens.all(as: me).shown.first?.lastUsedAt == time.now)
    }
}
