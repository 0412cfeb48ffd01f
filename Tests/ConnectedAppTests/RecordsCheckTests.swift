import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Records that were rolled back")
struct RecordsCheckTests {
    private static let me = Principal(.commandLine, name: "me")

    /// A store with a connection, and its records from before the block.
    private struct World {
        let world: TestWorld
        let before: [StoredRecord]

        init(_ kind: AppKind? = nil) async throws {
            world = try await TestWorld.connected(.test(appKind: kind))
            before = try await world.store.read { reading in
                try RecordKind.allCases.flatMap { try reading.records(of: $0) }
            }
        }

        /// Rolls back everything except the audit record.
        func putBack() async throws {
            try await world.store.write { writing in
                for kind in RecordKind.allCases {
                    for record in try writing.records(of: kind) { try writing.remove(record.key) }
                }
                for record in before { try writing.put(record) }
            }
        }

        /// A new process.
        func process(orders: MemoryBlockOrders = MemoryBlockOrders()) -> AppService {
            var builder = world.builder.process("new", world.surroundings)
            builder.records = SealedRecords(store: world.store, ring: world.records.ring)
            builder.orders = orders
            return builder.service()
        }
    }

    @Test("A process that has seen the block rejects records from before it")
    func running() async throws {
        let world = try await World()
        _ = try await world.world.service.blocks.block("prod", reason: "stolen", as: Self.me)
        try await world.putBack()
        let error = await thrownByAwaiting {
            try await world.world.service.tokens.accessToken(for: "prod", as: Self.me)
        }
        #expect(error?.cause == .blockMayBeLost)
        #expect(error?.evidence["records"] != nil)
    }

    @Test("A token that another process revoked is not accepted after a rollback, and nothing is written then")
    func revokedToken() async throws {
        let before = try await TestWorld.connected()
        let token = try await before.service.apiTokens.add(
            "script", scope: .everything, connections: nil, days: 1, as: Self.me
        ).token
        let old = try await before.store.read { reading in
            try RecordKind.allCases.flatMap { try reading.records(of: $0) }
        }
        var builder = before.builder.process("new", before.surroundings)
        builder.records = SealedRecords(store: before.store, ring: before.records.ring)
        try await builder.service().apiTokens.revoke("script", as: Self.me)
        try await before.store.write { writing in
            for kind in RecordKind.allCases {
                for record in try writing.records(of: kind) { try writing.remove(record.key) }
            }
            for record in old { try writing.put(record) }
        }
        // This process has not read the state after the revocation.
        let check = await thrownByAwaiting { try await before.service.apiTokens.check(token) }
        #expect(check?.cause == .blockMayBeLost)
        let change = await thrownByAwaiting {
            try await before.service.accounts.add(
                "evil", role: .admin, password: Password("correct horse battery"), as: Self.me)
        }
        #expect(change?.cause == .blockMayBeLost)
    }

    @Test("A new process rejects records that are older than the audit record")
    func starting() async throws {
        let world = try await World()
        try await world.process().checkRecords()
        _ = try await world.world.service.blocks.block("prod", reason: "stolen", as: Self.me)
        try await world.process().checkRecords()
        try await world.putBack()
        #expect(await thrownByAwaiting { try await world.process().checkRecords() }?.cause == .blockMayBeLost)
    }

    @Test("Blocking every app accepts the records as a new generation, and records that")
    func accepted() async throws {
        let world = try await World()
        _ = try await world.world.service.blocks.block("prod", reason: "stolen", as: Self.me)
        try await world.putBack()
        let process = world.process()
        async let blocking = process.blocks.block(nil, reason: "put back", as: Self.me)
        // The store may not list every lease, so each must have expired.
        await world.world.time.sleepers()
        world.world.time.advance(by: .seconds(6))
        _ = try await blocking
        try await world.process().checkRecords()
        let position = try await world.process().targets.records.read { $0.position }
        #expect(position.generation == 1)
        #expect(try await process.connections.named("prod", as: Self.me).isBlocked)
        #expect(try await world.world.store.events(limit: 20).contains { $0.act == .recordsPutBack })
        // A process that had seen the former generation continues.
        #expect(try await world.world.service.connections.named("prod", as: Self.me).isBlocked)
    }

    @Test("A lease from before the records were rolled back is void as soon as its process sees the new generation")
    func leaseOfFormerGeneration() async throws {
        let world = try await World()
        let old = world.process()
        let target = try await old.targets.preferred("prod")
        _ = try await world.world.service.tokens.setBudget(of: "prod", perHour: 30, reserve: nil, as: Self.me)
        let admission = try await old.targets.gate.lease(for: target.appID, alias: "prod")
        try await world.putBack()
        async let blocking = world.process().blocks.block(nil, reason: "put back", as: Self.me)
        await world.world.time.sleepers()
        try await old.targets.gate.renewLease()
        let gate = old.targets.gate
        #expect(!gate.isValid(admission))
        world.world.time.advance(by: .seconds(6))
        #expect(try await !blocking.isEmpty)
    }

    @Test("The revision continues after the newest recorded one, so that old leases differ from new ones")
    func revisions() async throws {
        let world = try await World()
        _ = try await world.world.service.blocks.block("prod", reason: "stolen", as: Self.me)
        let newest = try await world.world.records.read { $0.position }
        try await world.putBack()
        async let blocking = world.process().blocks.block(nil, reason: "put back", as: Self.me)
        await world.world.time.sleepers()
        world.world.time.advance(by: .seconds(6))
        _ = try await blocking
        #expect(try await world.process().targets.records.read { $0.position.revision } > newest.revision)
    }

    @Test("A block of one app does not accept rolled-back records: only its order is in force")
    func oneApp() async throws {
        let world = try await World()
        _ = try await world.world.service.blocks.block("prod", reason: "stolen", as: Self.me)
        try await world.putBack()
        async let blocking = world.process().blocks.block("prod", reason: "again", as: Self.me)
        await world.world.time.sleepers()
        world.world.time.advance(by: .seconds(6))
        let view = try #require(try await blocking.first)
        #expect(!view.isInStore)
        #expect(view.facts.first { $0.id == .knownTokensDead }?.because.contains("blockMayBeLost") == true)
    }

    @Test("An exported checkpoint of another store is no reason to refuse")
    func checkpointOfAnotherStore() async throws {
        let world = try await World()
        let own = try await world.world.records.write { writing in
            writing.historyID = "own"
            return writing.position
        }
        let later = RecordsPosition(generation: 0, revision: own.revision + 100)
        @Sendable func checkpoint(of history: String) -> AuditCheckpoint {
            AuditCheckpoint(
                sequence: 1, time: "", upToNumber: 1, digest: "", heads: [], previous: "", key: "", records: later,
                history: history)
        }
        for (history, isRefused) in [("other", false), ("own", true)] {
            let check = RecordsCheck { asked in asked == history ? checkpoint(of: history) : nil }
            let refusal: Cause? = try await world.world.records.read { reading in
                do {
                    try check.check(reading.position, reading.historyID, reading.reading)
                    return nil
                } catch let error as ConnectedAppError {
                    return error.cause
                }
            }
            #expect(refusal == (isRefused ? .blockMayBeLost : nil), "\(history)")
        }
    }

    @Test(
        "An app whose record is missing when every app is blocked is blocked when the record comes back",
        arguments: AppKind.allCases)
    func missingApp(_ kind: AppKind) async throws {
        let world = try await World(kind)
        let app = try #require(world.before.first { $0.key.kind == .app })
        try await world.world.store.write { try $0.remove(app.key) }
        let views = try await world.world.service.blocks.block(nil, reason: "tampered", as: Self.me)
        #expect(views.map(\.connections) == [["prod"]])
        #expect(views.map(\.inSalesforce) == [kind.blockingInSalesforce(named: nil).map(\.text)])
        try await world.world.store.write { try $0.put(app) }
        let later = world.process(orders: world.world.orders)
        #expect(
            await thrownByAwaiting { try await later.tokens.accessToken(for: "prod", as: Self.me) }?.cause == .blocked)
        try await later.blocks.revokeDueTokens()
        #expect(try await world.world.service.connections.named("prod", as: Self.me).isBlocked)
    }

    @Test("A connection record that was altered may name another app, so its block covers every app")
    func alteredConnection() async throws {
        let world = try await World()
        _ = try await world.world.service.connections.add(
            .test(
                "other", loginHost: "https://other.my.salesforce.com", username: "integration@other.example",
                consumerKey: "3MVG9.other_key"), as: Self.me)
        let records = try await world.world.store.read { try $0.records(of: .connection) }
        let prod = try #require(records.first { $0.key.id == "prod" })
        let other = try #require(records.first { $0.key.id == "other" })
        let altered = StoredRecord(
            key: prod.key, revision: prod.revision, body: other.body, masterKeyID: prod.masterKeyID, tag: prod.tag)
        try await world.world.store.write { try $0.put(altered) }
        _ = try await world.world.service.blocks.block("prod", reason: "stolen", as: Self.me)
        try await world.world.store.write { try $0.put(prod) }
        #expect(try await world.world.service.connections.named("prod", as: Self.me).isBlocked)
    }

    @Test("Verifying names the records that were altered")
    func verifyingRecords() async throws {
        let world = try await World()
        #expect(try await world.world.records.storedState().alteredRecords == [])
        let app = try #require(world.before.first { $0.key.kind == .app })
        try await world.world.store.write { try $0.remove(app.key) }
        #expect(try await world.world.records.storedState().alteredRecords == [app.key.description])
    }

    @Test("Blocking every app of a store that was not rolled back begins no generation")
    func untouched() async throws {
        let world = try await World()
        _ = try await world.world.service.blocks.block(nil, reason: "drill", as: Self.me)
        #expect(try await world.process().targets.records.read { $0.position.generation } == 0)
    }

    @Test("The audit record of each change names the resulting state")
    func positions() async throws {
        let world = try await World()
        _ = try await world.world.service.blocks.block("prod", reason: "stolen", as: Self.me)
        let position = try await world.world.records.read { $0.position }
        let events = try await world.world.store.events(limit: 50)
        #expect(events.first?.records == position)
        #expect(events.compactMap(\.records) == events.compactMap(\.records).sorted(by: >))
    }
}
