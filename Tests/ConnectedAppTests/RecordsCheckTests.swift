import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Records that were put back")
struct RecordsCheckTests {
    private static let me = Principal(.commandLine, name: "me")

    /// A store with a connection, and what its records were before that was blocked.
    private struct World {
        let world: TestWorld
        let before: [StoredRecord]

        init() async throws {
            world = try await TestWorld()
            _ = try await world.service.add(
                NewConnection(
                    alias: "prod", loginHost: "https://acme.my.salesforce.com", username: "integration@acme.example",
                    consumerKey: "3MVG9.consumer_key"), as: me)
            before = try await world.store.read { reading in
                try RecordKind.allCases.flatMap { try reading.records(of: $0) }
            }
        }

        /// Everything as it was, but for the audit record.
        func putBack() async throws {
            try await world.store.write { writing in
                for kind in RecordKind.allCases {
                    for record in try writing.records(of: kind) { try writing.remove(record.key) }
                }
                for record in before { try writing.put(record) }
            }
        }

        /// A process that starts now.
        func process() -> AppService {
            let records = SealedRecords(store: world.store, ring: world.records.ring)
            return AppService(
                records: records,
                gate: LeasedGate(
                    records: records, orders: MemoryBlockOrders(), surroundings: world.surroundings, name: "new"),
                audit: world.store, keys: SealedKeyStore(ring: world.records.ring, surroundings: world.surroundings),
                transports: OneTransport(ScriptedTransport.untouchable), surroundings: world.surroundings)
        }
    }

    @Test("A process that has seen the block refuses records from before it")
    func running() async throws {
        let world = try await World()
        _ = try await world.world.service.block("prod", reason: "stolen", as: Self.me)
        try await world.putBack()
        let error = await thrownByAwaiting { try await world.world.service.token(for: "prod", as: Self.me) }
        #expect(error?.cause == .blockMayBeLost)
        #expect(error?.evidence["records"] != nil)
    }

    @Test("A process that starts refuses records that the audit record has left behind")
    func starting() async throws {
        let world = try await World()
        try await world.process().checkRecords()
        _ = try await world.world.service.block("prod", reason: "stolen", as: Self.me)
        try await world.process().checkRecords()
        try await world.putBack()
        #expect(await thrownByAwaiting { try await world.process().checkRecords() }?.cause == .blockMayBeLost)
    }

    @Test("Blocking every app accepts the records as a new generation, and that is in the audit record")
    func accepted() async throws {
        let world = try await World()
        _ = try await world.world.service.block("prod", reason: "stolen", as: Self.me)
        try await world.putBack()
        let process = world.process()
        _ = try await process.block(nil, reason: "put back", as: Self.me)
        try await world.process().checkRecords()
        let position = try await world.process().records.read { $0.position }
        #expect(position.generation == 1)
        #expect(try await process.connection("prod", as: Self.me).isBlocked)
        #expect(try await world.world.store.events(limit: 20).contains { $0.act == .recordsPutBack })
        // A process that had seen the former generation goes on.
        #expect(try await world.world.service.connection("prod", as: Self.me).isBlocked)
    }

    @Test("Blocking every app of a store that was not put back begins no generation")
    func untouched() async throws {
        let world = try await World()
        _ = try await world.world.service.block(nil, reason: "drill", as: Self.me)
        #expect(try await world.process().records.read { $0.position.generation } == 0)
    }

    @Test("Each record that a change leaves tells of the state that it led to")
    func positions() async throws {
        let world = try await World()
        _ = try await world.world.service.block("prod", reason: "stolen", as: Self.me)
        let position = try await world.world.records.read { $0.position }
        let events = try await world.world.store.events(limit: 50)
        #expect(events.first?.records == position)
        #expect(events.compactMap(\.records) == events.compactMap(\.records).sorted(by: >))
    }
}
