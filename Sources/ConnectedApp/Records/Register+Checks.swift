internal import Foundation

extension Register {
    /// Reads a record, and checks that it is authentic and current.
    ///
    /// - Returns: `nil` if the store should not contain it and does not.
    /// - Throws: ``ConnectedAppError``: `.recordAltered`, which names the connections of the record, `.masterKeyWrong`,
    ///   or `.storeDamaged` if it cannot be decoded.
    func checked<Value: RecordValue>(_ key: RecordKey, _ reading: any RecordReading, _ opener: RecordOpener) throws
        -> Revisioned<Value>?
    {
        let expected = try revision(of: key)
        guard let stored = try reading.record(key) else {
            if expected == nil { return nil }
            throw ConnectedAppError.altered(key, "it is missing", of: Self.connections(of: key, nil, reading))
        }
        return try checked(stored, expected, reading, opener)
    }

    /// Reads all records of a kind, sorted by id, and checks that each is authentic and current, and that none is
    /// missing. Throws as ``checked(_:_:_:)`` does.
    func checkedAll<Value: RecordValue>(_ reading: any RecordReading, _ opener: RecordOpener) throws -> [Revisioned<
        Value
    >] {
        let (stored, revisions) = try present(Value.kind, reading)
        return try stored.map { try checked($0, revisions[$0.key.description], reading, opener) }
    }

    /// Checks that each record of a kind is authentic and current, without decoding it, and that none is missing. Throws
    /// as ``checked(_:_:_:)`` does.
    func checkAll(_ kind: RecordKind, _ reading: any RecordReading, _ ring: MasterKeyRing) throws {
        let (stored, revisions) = try present(kind, reading)
        for record in stored {
            try naming(record, reading) { try Self.checkAuthentic(record, revisions[record.key.description], ring) }
        }
    }

    /// The records of a kind in the store, unchecked, and the revisions that they should have.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if one is missing.
    private func present(_ kind: RecordKind, _ reading: any RecordReading) throws -> ([StoredRecord], [String: Int]) {
        let stored = try reading.records(of: kind)
        let revisions = try revisions(of: kind)
        let present = Set(stored.map(\.key.description))
        if let missing = revisions.keys.filter({ !present.contains($0) }).min() {
            let key = RecordKey(kind, String(missing.dropFirst(kind.rawValue.count + 1)))
            throw ConnectedAppError.altered(key, "it is missing", of: Self.connections(of: key, nil, reading))
        }
        return (stored, revisions)
    }

    /// Adds the names of a record's connections to the error that says that it was altered.
    private func naming<Result>(
        _ stored: StoredRecord, _ reading: any RecordReading, _ check: () throws -> Result
    ) throws -> Result {
        do { return try check() } catch let error as ConnectedAppError where error.cause == .recordAltered {
            throw error.ofRecord(stored.key, of: Self.connections(of: stored.key, stored, reading))
        }
    }

    /// Reads the records of a kind that are authentic and current, sorted by id.
    func intact<Value: RecordValue>(_ reading: any RecordReading, _ opener: RecordOpener) throws -> [Revisioned<Value>]
    {
        let stored = try reading.records(of: Value.kind)
        // An altered node of the register makes only the records below it unreadable.
        guard let revisions = try? revisions(of: Value.kind) else {
            return stored.compactMap { try? checked($0, revision(of: $0.key), opener) }
        }
        return stored.compactMap { try? checked($0, revisions[$0.key.description], opener) }
    }

    private func checked<Value: RecordValue>(
        _ stored: StoredRecord, _ expected: Int?, _ reading: any RecordReading, _ opener: RecordOpener
    ) throws -> Revisioned<Value> {
        try naming(stored, reading) { try checked(stored, expected, opener) }
    }

    private func checked<Value: RecordValue>(_ stored: StoredRecord, _ expected: Int?, _ opener: RecordOpener) throws
        -> Revisioned<Value>
    {
        guard let expected else { throw ConnectedAppError.altered(stored.key, "aprity did not write it") }
        let value = try opener.open(stored, as: Value.self)
        try Self.checkRevision(stored, expected)
        guard value.recordID == stored.key.id else {
            throw ConnectedAppError.altered(stored.key, "it belongs to another name")
        }
        return Revisioned(value: value, revision: stored.revision)
    }

    /// The aliases of the connections that a record belongs to, from unauthenticated records. For messages only.
    private static func connections(
        of key: RecordKey, _ stored: StoredRecord?, _ reading: any RecordReading
    ) -> [String] {
        let appID: String? =
            switch key.kind {
            case .app, .rotation, .changeWatch, .approvedApp, .outbox: key.id
            case .credential: stored.flatMap { Seal.unauthenticated($0, as: CredentialRecord.self)?.appID }
            case .connection, .evidence, .testHistory, .certificateDownload, .spreadHistory, .doomedKey, .account,
                .apiToken, .apiTokenUse, .client, .clientUse, .trustPolicy, .exchangedToken, .gatewayProbe, .signInApp,
                .lastPull, .register,
                .connectionSummary, .appSummary, .consumerKeyUse,
                .registerNode:
                nil
            }
        // The error for which this is called is complete without names.
        guard let appID, let connections = try? reading.records(of: .connection) else { return [] }
        return connections.compactMap { Seal.unauthenticated($0, as: ConnectionRecord.self) }
            .filter { $0.appID == appID }.map(\.alias.description).sorted()
    }

    private static func checkRevision(_ stored: StoredRecord, _ expected: Int) throws {
        guard stored.revision == expected else {
            throw ConnectedAppError.altered(
                stored.key, "it has revision \(stored.revision), but the current one is \(expected)")
        }
    }

    /// The ``RecordKey/description`` of each record that is missing, not authentic or not current, sorted.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if a node of the register was altered.
    func alteredRecords(_ reading: any RecordReading, _ ring: MasterKeyRing) throws -> [String] {
        let revisions = try revisions(of: nil)
        let stored = try RecordKind.ofValues.flatMap { try reading.records(of: $0) }
        let altered = stored.filter { record in
            do {
                try Self.checkAuthentic(record, revisions[record.key.description], ring)
                return false
            } catch {
                return true
            }
        }
        let missing = Set(revisions.keys).subtracting(stored.map(\.key.description))
        let foreignNodes = try Set(reading.records(of: .registerNode).map(\.key.description)).subtracting(nodeNames())
        return (altered.map(\.key.description) + missing + foreignNodes).sorted()
    }

    /// Checks that a record is authentic and current, without decoding it.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` or `.masterKeyWrong`.
    func checkAuthentic(_ stored: StoredRecord, _ ring: MasterKeyRing) throws {
        try Self.checkAuthentic(stored, try revision(of: stored.key), ring)
    }

    private static func checkAuthentic(_ stored: StoredRecord, _ expected: Int?, _ ring: MasterKeyRing) throws {
        guard let expected else { throw ConnectedAppError.altered(stored.key, "aprity did not write it") }
        try Seal.authenticate(stored, ring: ring)
        try checkRevision(stored, expected)
    }
}
