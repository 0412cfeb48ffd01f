import ConnectedAppTesting
import Foundation
import JWTBearer
import Testing

@testable import ConnectedApp

@Suite("The summaries of connections, from which lists are made")
struct ConnectionSummaryTests {
    private static let me = Principal(.commandLine, name: "me")

    /// Two connections with a shared app, and one with an app of its own.
    private static func world() async throws -> TestWorld {
        let world = try await TestWorld.connected(.test("one"))
        try await add("shared", sharing: "one", in: world)
        _ = try await world.service.connections.add(
            .test("two", loginHost: "https://other.my.salesforce.com", username: "i@other.example"), as: me)
        return world
    }

    private static func add(_ alias: String, sharing other: String, in world: TestWorld) async throws {
        var new = NewConnection(
            alias: alias, loginHost: "https://acme.my.salesforce.com", username: "\(alias)@acme.example")
        new.sameAppAs = other
        _ = try await world.service.connections.add(new, as: me)
    }

    /// The rows of the list, and what they should be according to the records of the connections.
    private static func rows(_ world: TestWorld) async throws -> (listed: [ConnectionRow], expected: [ConnectionRow]) {
        let list = try await world.service.overviews.list(ConnectionQuery(), as: me)
        var expected: [ConnectionRow] = []
        for view in try await world.service.connections.all(as: me) {
            let evidence = try await world.records.read { try $0.find(ConnectionEvidence.self, view.alias)?.value }
            expected.append(ConnectionRow(view, lastUsedAt: evidence?.signIn?.time))
        }
        return (list.rows, expected)
    }

    private static func summaryIDs(_ kind: RecordKind, _ world: TestWorld) async throws -> [String] {
        try await world.store.read { try $0.recordIDs(of: kind) }
    }

    /// Something that changes what the list shows.
    enum Act: CaseIterable {
        case nothing, consumerKey, loginHost, signIn, refusal, block, rotation, newKey, removal, removalOfShared,
            addition,
            sameAliasAgain

        func run(in world: TestWorld) async throws {
            let service = world.service
            switch self {
            case .nothing: break
            case .consumerKey:
                var changes = ConnectionChanges()
                changes.consumerKey = "3MVG9" + String(repeating: "n", count: 80)
                _ = try await service.connections.change("one", changes, as: me)
            case .loginHost:
                var changes = ConnectionChanges()
                changes.loginHost = "https://moved.my.salesforce.com"
                _ = try await service.connections.change("shared", changes, as: me)
            case .signIn, .refusal:
                let code = self == .signIn ? nil : Cause.allCases[0].rawValue
                let seen = ConnectionEvidence.SignIn(time: world.surroundings.now(), code: code)
                try await world.records.write { try $0.note(seen, of: "shared", as: me) }
            case .block: _ = try await service.blocks.block("two", reason: "test", as: me)
            case .rotation: _ = try await service.rotations.begin(of: "one", as: me)
            case .newKey:
                try await world.records.write { writing in
                    let app = try FoundConnection("two", writing).app.value
                    let other = try FoundConnection("one", writing).credential.value
                    var changed = app
                    changed.activeCredentialID = other.id
                    try writing.save(changed)
                }
            case .removal: try await service.connections.remove("two", as: me)
            case .removalOfShared: try await service.connections.remove("one", as: me)
            case .addition: try await add("third", sharing: "two", in: world)
            case .sameAliasAgain:
                try await service.connections.remove("two", as: me)
                try await add("two", sharing: "one", in: world)
            }
        }
    }

    @Test("After each act, the list shows what the records of the connections have", arguments: Act.allCases)
    func agrees(_ act: Act) async throws {
        let world = try await Self.world()
        _ = try await world.service.overviews.list(ConnectionQuery(), as: Self.me)
        try await act.run(in: world)
        let rows = try await Self.rows(world)
        #expect(rows.listed == rows.expected)
        let summaries = try await Self.summaryIDs(.connectionSummary, world)
        #expect(
            Set(summaries.compactMap { $0.split(separator: " ").last.map(String.init) })
                == Set(rows.listed.map(\.alias)))
        let apps = try await Self.summaryIDs(.app, world)
        #expect(try await Self.summaryIDs(.appSummary, world) == apps)
        #expect(try await world.records.storedState().alteredRecords == [])
    }

    @Test("A new process makes the same list from the summaries alone")
    func newProcess() async throws {
        let world = try await Self.world()
        var builder = world.builder.process("new", world.surroundings)
        builder.records = SealedRecords(store: world.store, ring: world.records.ring)
        let list = try await builder.service().overviews.list(ConnectionQuery(), as: Self.me)
        #expect(try await list.rows == Self.rows(world).expected)
        #expect(list.altered == [])
        #expect(list.total == 3)
    }

    /// Makes the store one of an earlier version.
    private static func removeSummaries(_ world: TestWorld) async throws {
        try await world.records.write { writing in
            for value in try writing.all(ConnectionSummary.self) { try writing.remove(value.value) }
            for value in try writing.all(AppSummary.self) { try writing.remove(value.value) }
            for value in try writing.all(ConsumerKeyUse.self) { try writing.remove(value.value) }
            writing.register.hasAllSummaries = false
        }
    }

    @Test("A store of an earlier version is listed, and gets its summaries then")
    func earlierVersion() async throws {
        let world = try await Self.world()
        let usual = try await Self.summaryIDs(.connectionSummary, world)
        _ = try await world.service.rotations.begin(of: "two", as: Self.me)
        let expected = try await Self.rows(world).expected
        try await Self.removeSummaries(world)
        #expect(try await world.service.connections.named("one", as: Self.me).sharesAppWith == ["shared"])
        #expect(try await world.service.overviews.list(ConnectionQuery(), as: Self.me).rows == expected)
        #expect(try await world.records.read { $0.hasAllSummaries })
        #expect(try await Self.summaryIDs(.connectionSummary, world) == usual)
        #expect(try await world.service.overviews.list(ConnectionQuery(), as: Self.me).rows == expected)
        #expect(try await world.service.connections.named("one", as: Self.me).sharesAppWith == ["shared"])
        #expect(try await world.records.storedState().alteredRecords == [])
    }

    @Test("Summaries are added in portions, and those of altered connections are left out")
    func portions() async throws {
        let world = try await Self.world()
        try await Self.removeSummaries(world)
        try await world.corrupt(.connection, "two")
        let first = try await world.records.write { try $0.addSummaries(after: "", limit: 2) { _ in nil } }
        #expect(first == "shared")
        #expect(try await !world.records.read { $0.hasAllSummaries })
        let second = try await world.records.write { try $0.addSummaries(after: "shared", limit: 2) { _ in nil } }
        #expect(second == nil)
        #expect(try await world.records.read { $0.hasAllSummaries })
        #expect(try await Self.summaryIDs(.connectionSummary, world).count == 2)
        let list = try await world.service.overviews.list(ConnectionQuery(), as: Self.me)
        #expect(list.altered == ["two"])
        #expect(list.rows.map(\.alias) == ["one", "shared"])
    }

    // MARK: Tampering

    @Test(
        "If a summary was altered, the list has the connection's row from its records",
        arguments: [RecordKind.connectionSummary, .appSummary], RecordDamage.allCases)
    func alteredSummary(_ kind: RecordKind, _ damage: RecordDamage) async throws {
        let world = try await Self.world()
        let expected = try await Self.rows(world).expected
        let id = try #require(try await Self.summaryIDs(kind, world).first)
        try await damage.apply(to: kind, id, in: world)
        var builder = world.builder.process("new", world.surroundings)
        builder.records = SealedRecords(store: world.store, ring: world.records.ring)
        for service in [world.service, builder.service()] {
            let list = try await service.overviews.list(ConnectionQuery(), as: Self.me)
            #expect(list.rows == expected)
            #expect(list.altered == [])
        }
        #expect(try await world.records.storedState().alteredRecords == ["\(kind.rawValue) \(id)"])
    }

    @Test("An earlier version of a summary is not shown")
    func earlierSummary() async throws {
        let world = try await Self.world()
        let former = try await world.store.read { try $0.records(of: .connectionSummary) }
        try await Act.loginHost.run(in: world)
        try await world.store.write { writing in for row in former { try writing.put(row) } }
        var builder = world.builder.process("new", world.surroundings)
        builder.records = SealedRecords(store: world.store, ring: world.records.ring)
        let list = try await builder.service().overviews.list(ConnectionQuery(), as: Self.me)
        #expect(try await list.rows == Self.rows(world).expected)
    }

    @Test(
        "If a record of a shown connection was altered, the list names the connection",
        arguments: [RecordKind.connection, .app, .credential], RecordDamage.allCases)
    func alteredRecord(_ kind: RecordKind, _ damage: RecordDamage) async throws {
        let world = try await Self.world()
        _ = try await world.service.overviews.list(ConnectionQuery(), as: Self.me)
        let target = try await world.service.targets.preferred("two")
        let ids: [RecordKind: String] = [.connection: "two", .app: target.appID, .credential: target.credentialID]
        try await damage.apply(to: kind, try #require(ids[kind]), in: world)
        let list = try await world.service.overviews.list(ConnectionQuery(), as: Self.me)
        #expect(list.altered == ["two"])
        #expect(list.rows.map(\.alias) == ["one", "shared"])
        #expect(list.total == 2)
    }

    @Test("A connection that somebody added to the store is named as altered")
    func foreign() async throws {
        let world = try await Self.world()
        try await world.store.write { writing in
            let row = try #require(try writing.record(RecordKey(.connection, "two")))
            try writing.put(
                StoredRecord(
                    key: RecordKey(.connection, "planted"), revision: 1, body: row.body, masterKeyID: row.masterKeyID,
                    tag: row.tag))
        }
        let list = try await world.service.overviews.list(ConnectionQuery(), as: Self.me)
        #expect(list.altered == ["planted"])
        #expect(list.rows.map(\.alias) == ["one", "shared", "two"])
    }

    // MARK: Others of the same app or key

    @Test("A list names twenty of the connections that share an app, and counts all of them")
    func manyShare() async throws {
        let world = try await TestWorld.connected(.test("one"))
        for number in 10..<35 { try await Self.add("s\(number)", sharing: "one", in: world) }
        let listed = try await world.service.connections.all(as: Self.me)
        #expect(listed.map(\.sharesAppWith.count) == Array(repeating: 20, count: 26))
        #expect(listed.map(\.sharesAppWithCount) == Array(repeating: 25, count: 26))
        let single = try await world.service.connections.named("one", as: Self.me)
        #expect(single.sharesAppWith == (10..<35).map { "s\($0)" })
        #expect(single.sharesAppWithCount == 25)
    }

    @Test("A connection whose Consumer Key another app got or lost is found by its present key")
    func sameKey() async throws {
        let world = try await TestWorld.connected(.test("one"))
        var new = NewConnection.test("two")
        new.consumerKey = "3MVG9" + String(repeating: "t", count: 80)
        _ = try await world.service.connections.add(new, as: Self.me)
        func others() async throws -> [String] {
            try await world.service.connections.named("one", as: Self.me).consumerKeyAlsoOf
        }
        #expect(try await others() == [])
        let key = try #require(try await world.service.connections.named("one", as: Self.me).consumerKey)
        var changes = ConnectionChanges()
        changes.consumerKey = key
        _ = try await world.service.connections.change("two", changes, as: Self.me)
        #expect(try await others() == ["two"])
        changes.consumerKey = "3MVG9" + String(repeating: "u", count: 80)
        _ = try await world.service.connections.change("two", changes, as: Self.me)
        #expect(try await others() == [])
    }

    @Test("Pages of the list of connections continue after an alias")
    func pages() async throws {
        let world = try await Self.world()
        let first = try await world.service.connections.page(after: "", limit: 2, as: Self.me)
        #expect(first.views.map(\.alias) == ["one", "shared"])
        #expect(first.hasMore)
        let second = try await world.service.connections.page(after: "shared", limit: 2, as: Self.me)
        #expect(second.views.map(\.alias) == ["two"])
        #expect(!second.hasMore)
        let removed = try await world.service.connections.page(after: "p", limit: 1, as: Self.me)
        #expect(removed.views.map(\.alias) == ["shared"])
        #expect(removed.hasMore)
        #expect(try await world.service.connections.page(after: "zz", limit: 1, as: Self.me).views.isEmpty)
    }
}
