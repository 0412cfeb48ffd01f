package import ConnectedApp
internal import Foundation
package import JWTBearer

/// A front door on a memory store, with a test's time and transport.
package struct TestWorld: Sendable {
    package let time: TestTime
    package let surroundings: Surroundings
    package let store: MemoryStore
    package let orders: MemoryBlockOrders
    package let records: SealedRecords
    package let service: AppService
    /// What ``service`` was made with. A test changes a copy, to make another process on the same store.
    package let builder: ServiceBuilder

    /// - Parameters:
    ///   - transport: What requests go through; the default fails the test when touched.
    ///   - keys: `nil` for prepared keys in a sealed store.
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
    /// A world with one connection, whose app has one key.
    package static func connected(
        _ new: NewConnection = .test(), time: TestTime = TestTime(),
        transport: any HTTPTransport = ScriptedTransport.untouchable, keys: (any KeyStore)? = nil,
        as principal: Principal = Principal(.commandLine, name: "me")
    ) async throws -> TestWorld {
        let world = try await TestWorld(time: time, transport: transport, keys: keys)
        _ = try await world.service.connections.add(new, as: principal)
        return world
    }

    /// Changes a record outside aprity, or removes it.
    package func alter(_ kind: RecordKind, _ id: String, isMissing: Bool) async throws {
        try await store.write { writing in
            let key = RecordKey(kind, id)
            guard let stored = try writing.record(key), !isMissing else { return try writing.remove(key) }
            try writing.put(
                StoredRecord(
                    key: key, revision: stored.revision, body: stored.body + Data(" ".utf8),
                    masterKeyID: stored.masterKeyID, tag: stored.tag))
        }
    }
}

extension MasterKeyRing {
    /// The same in each test.
    package static func test() throws -> MasterKeyRing {
        try MasterKeyRing(fileContent: newFileContent(randomBytes: SeededRandom(seed: 7).bytes))
    }
}
