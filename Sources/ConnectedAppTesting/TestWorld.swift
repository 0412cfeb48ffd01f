package import ConnectedApp
internal import Foundation
package import JWTBearer

/// A service on a memory store, with a test's clock, seeded randomness and transport. The store is initialized and has
/// no connection.
package struct TestWorld: Sendable {
    package let time: TestTime
    package let surroundings: Surroundings
    package let store: MemoryStore
    package let orders: MemoryBlockOrders
    package let records: SealedRecords
    package let service: AppService
    /// The builder of ``service``. A test changes a copy to create another process on the same store.
    package let builder: ServiceBuilder

    /// - Parameters:
    ///   - transport: The transport for all requests; the default fails the test on any request.
    ///   - keys: The key store; `nil` for prepared keys in a sealed store.
    package init(
        time: TestTime = TestTime(), transport: any HTTPTransport = ScriptedTransport.untouchable,
        keys: (any KeyStore)? = nil
    ) async throws {
        self.time = time
        surroundings = .test(time)
        store = MemoryStore()
        orders = MemoryBlockOrders()
        var builder = ServiceBuilder(store, ring: try MasterKeyRing.test(), surroundings: surroundings)
        builder.orders = orders
        builder.transports = OneTransport(transport)
        if let keys { builder.keys = keys }
        self.builder = builder
        records = builder.records
        _ = try await records.initialise()
        service = builder.service()
    }
}

extension TestWorld {
    /// Creates a world with one connection, whose app has one key. Nothing is sent.
    package static func connected(
        _ new: NewConnection = .test(), time: TestTime = TestTime(),
        transport: any HTTPTransport = ScriptedTransport.untouchable, keys: (any KeyStore)? = nil,
        as principal: Principal = Principal(.commandLine, name: "me")
    ) async throws -> TestWorld {
        let world = try await TestWorld(time: time, transport: transport, keys: keys)
        _ = try await world.service.connections.add(new, as: principal)
        return world
    }

    /// The record that a test wants to change does not exist.
    package struct NoSuchRecord: Error {
        package let key: RecordKey
    }

    /// Changes a record's bytes as another program would: its tag no longer matches.
    ///
    /// - Throws: ``NoSuchRecord``.
    package func corrupt(_ kind: RecordKind, _ id: String) async throws {
        try await change(kind, id) { stored, writing in
            try writing.put(
                StoredRecord(
                    key: stored.key, revision: stored.revision, body: stored.body + Data(" ".utf8),
                    masterKeyID: stored.masterKeyID, tag: stored.tag))
        }
    }

    /// Removes a record as another program would.
    ///
    /// - Throws: ``NoSuchRecord``.
    package func remove(_ kind: RecordKind, _ id: String) async throws {
        try await change(kind, id) { stored, writing in try writing.remove(stored.key) }
    }

    private func change(
        _ kind: RecordKind, _ id: String, _ body: @escaping @Sendable (StoredRecord, any StoreWriting) throws -> Void
    ) async throws {
        let key = RecordKey(kind, id)
        try await store.write { writing in
            guard let stored = try writing.record(key) else { throw NoSuchRecord(key: key) }
            try body(stored, writing)
        }
    }
}

/// A change that another program may make to a record.
package enum RecordDamage: CaseIterable, Sendable {
    case corrupted, removed

    package func apply(to kind: RecordKind, _ id: String, in world: TestWorld) async throws {
        switch self {
        case .corrupted: try await world.corrupt(kind, id)
        case .removed: try await world.remove(kind, id)
        }
    }
}

extension MasterKeyRing {
    /// The key ring of every test: always the same key.
    package static func test() throws -> MasterKeyRing {
        try MasterKeyRing(fileContent: newFileContent(randomBytes: SeededRandom(seed: 7).bytes))
    }
}
