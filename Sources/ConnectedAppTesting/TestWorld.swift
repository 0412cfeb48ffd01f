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
        let ring = try MasterKeyRing.test()
        records = SealedRecords(store: store, ring: ring)
        _ = try await records.initialise()
        service = AppService(
            records: records,
            gate: LeasedGate(records: records, orders: orders, surroundings: surroundings, name: "test"), audit: store,
            keys: keys ?? PreparedKeyStore(SealedKeyStore(ring: ring, surroundings: surroundings)),
            transports: OneTransport(transport), surroundings: surroundings)
    }
}

extension TestWorld {
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
