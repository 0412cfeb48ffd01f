package import ConnectedApp

/// Creates the services of a test, with defaults for what the test does not set.
package struct ServiceBuilder: Sendable {
    /// The records: the store and the master key.
    package var records: SealedRecords
    package var audit: any AuditLog
    package var orders: any BlockOrders = MemoryBlockOrders()
    package var keys: any KeyStore
    /// The default fails the test on any request.
    package var transports: any TransportSource = OneTransport(ScriptedTransport.untouchable)
    var surroundings: Surroundings
    /// The name of the service's process, which its leases contain.
    var process = "test"
    /// The path of the folder for scheduled pulls.
    package var pullFolder = "/nonexistent"
    /// Signs checkpoints of the audit record; `nil` for none.
    package var trail: AuditTrail?
    /// See ``SignInForUse/triesOtherKey``.
    package var triesOtherKey = true

    /// Uses a store that also has the audit record, and prepared keys that are sealed with the ring.
    package init(_ store: any RecordStore & AuditLog, ring: MasterKeyRing, surroundings: Surroundings) {
        records = SealedRecords(store: store, ring: ring)
        audit = store
        keys = PreparedKeyStore(SealedKeyStore(ring: ring, surroundings: surroundings))
        self.surroundings = surroundings
    }

    /// Returns a service for a new process on the builder's stores. Two calls make two processes.
    package func service() -> AppService {
        AppService(
            records: records,
            gate: LeasedGate(records: records, orders: orders, surroundings: surroundings, name: process),
            audit: audit, keys: keys, transports: transports, surroundings: surroundings, pullFolder: pullFolder,
            trail: trail,
            passwordCost: .low, triesOtherKey: triesOtherKey)
    }

    /// Returns a builder for another process that shares everything with this one, except its clock and randomness.
    package func process(_ name: String, _ surroundings: Surroundings) -> ServiceBuilder {
        var other = self
        other.process = name
        other.surroundings = surroundings
        return other
    }
}

extension NewConnection {
    /// A connection to the scripted org, whose tokens programs may get. Pass `nil` as the Consumer Key for one that shares another's app.
    package static func test(
        _ alias: String = "prod", loginHost: String = "https://acme.my.salesforce.com",
        username: String = "integration@acme.example", appKind: AppKind? = nil,
        consumerKey: String? = "3MVG9.consumer_key", audience: String? = nil, keyStore: KeyStoreKind? = nil,
        certificateDays: Int? = nil, sameAppAs: String? = nil
    ) -> NewConnection {
        NewConnection(
            alias: alias, loginHost: loginHost, username: username, appKind: appKind, consumerKey: consumerKey,
            audience: audience, keyStore: keyStore, certificateDays: certificateDays, sameAppAs: sameAppAs,
            allowsTokens: true)
    }
}
