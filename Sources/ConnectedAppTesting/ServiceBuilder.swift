package import ConnectedApp

/// Makes the services of a test. What a test does not set is the same in all of them.
package struct ServiceBuilder: Sendable {
    /// With the store and the master key.
    package var records: SealedRecords
    package var audit: any AuditLog
    package var orders: any BlockOrders = MemoryBlockOrders()
    package var keys: any KeyStore
    /// The default fails the test when it is used.
    package var transports: any TransportSource = OneTransport(ScriptedTransport.untouchable)
    package var surroundings: Surroundings
    /// The name of the process that the service stands for, as its leases carry it.
    package var process = "test"
    package var trail: AuditTrail?
    package var triesOtherKey = true

    /// On a store that also keeps the audit record, with prepared keys that are sealed with the ring.
    package init(_ store: any RecordStore & AuditLog, ring: MasterKeyRing, surroundings: Surroundings) {
        records = SealedRecords(store: store, ring: ring)
        audit = store
        keys = PreparedKeyStore(SealedKeyStore(ring: ring, surroundings: surroundings))
        self.surroundings = surroundings
    }

    /// A new process on what the builder holds; two calls make two processes.
    package func service() -> AppService {
        AppService(
            records: records,
            gate: LeasedGate(records: records, orders: orders, surroundings: surroundings, name: process),
            audit: audit, keys: keys, transports: transports, surroundings: surroundings, trail: trail,
            triesOtherKey: triesOtherKey)
    }

    /// The same records, orders, keys and transports, for another process with random bytes of its own.
    package func process(_ name: String, _ surroundings: Surroundings) -> ServiceBuilder {
        var other = self
        other.process = name
        other.surroundings = surroundings
        return other
    }
}

extension NewConnection {
    /// A connection to the org of the scripted answers. The Consumer Key is `nil` for one that shares another's app.
    package static func test(
        _ alias: String = "prod", loginHost: String = "https://acme.my.salesforce.com",
        username: String = "integration@acme.example", appKind: AppKind? = nil,
        consumerKey: String? = "3MVG9.consumer_key", audience: String? = nil, keyStore: KeyStoreKind? = nil,
        certificateDays: Int = 365, sameAppAs: String? = nil
    ) -> NewConnection {
        NewConnection(
            alias: alias, loginHost: loginHost, username: username, appKind: appKind, consumerKey: consumerKey,
            audience: audience, keyStore: keyStore, certificateDays: certificateDays, sameAppAs: sameAppAs)
    }
}
