import ConnectedAppTesting
import Foundation
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("Keys to be destroyed")
struct DoomedKeyTests {
    private static let me = Principal(.commandLine, name: "me")

    /// A memory store that counts how often it was asked to erase.
    private final class ErasingStore: RecordStore {
        private let content: MemoryStore
        private let state = Mutex((patience: [Duration](), succeeds: true))

        init(_ content: MemoryStore) { self.content = content }

        /// The time-out of each attempt.
        var patience: [Duration] { state.withLock { $0.patience } }

        func setSucceeds(_ succeeds: Bool) { state.withLock { $0 = ([], succeeds) } }

        func read<T: Sendable>(_ body: @Sendable (any StoreReading) throws -> T) async throws -> T {
            try await content.read(body)
        }

        func write<T: Sendable>(_ body: @escaping @Sendable (any StoreWriting) throws -> T) async throws -> T {
            try await content.write(body)
        }

        func eraseRemoved(within patience: Duration) async throws -> Bool {
            state.withLock { state in
                state.patience.append(patience)
                return state.succeeds
            }
        }
    }

    /// A service on a store with one connection, whose app has two keys.
    private func service() async throws -> (AppService, ErasingStore) {
        let (surroundings, content) = (Surroundings.test(TestTime()), MemoryStore())
        let store = ErasingStore(content)
        let ring = try MasterKeyRing.test()
        var builder = ServiceBuilder(content, ring: ring, surroundings: surroundings)
        builder.records = SealedRecords(store: store, ring: ring)
        _ = try await builder.records.initialise()
        let service = builder.service()
        _ = try await service.connections.add(.test(), as: Self.me)
        _ = try await service.rotations.begin(of: "prod", as: Self.me)
        return (service, store)
    }

    private func destroyed(_ service: AppService) async throws -> Int {
        try await service.audit.records(connection: nil, act: .keyDestroyed, limit: 100, as: Self.me).count
    }

    @Test("The store's files are erased once per run, for all keys")
    func once() async throws {
        let (service, store) = try await service()
        try await service.connections.remove("prod", as: Self.me)
        #expect(try await destroyed(service) == 2)
        #expect(store.patience == [.seconds(5)])
        _ = try await service.connections.finishRemoval(of: "prod", as: Self.me)
        #expect(store.patience.count == 1, "nothing is left to erase")
    }

    @Test("If a reader prevents it, all sealed keys wait, and a server's schedule does not wait for the reader")
    func prevented() async throws {
        let (service, store) = try await service()
        store.setSucceeds(false)
        let error = await thrownByAwaiting { try await service.connections.remove("prod", as: Self.me) }
        #expect(error?.cause == .storeBusy)
        #expect(try await destroyed(service) == 0)
        store.setSucceeds(true)
        try await service.connections.keyDestruction.destroy(as: Principal(.schedule, name: "rotation"))
        #expect(try await destroyed(service) == 2)
        #expect(store.patience == [.zero])
    }
}
