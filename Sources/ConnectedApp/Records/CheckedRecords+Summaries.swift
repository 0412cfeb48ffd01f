extension CheckedReading {
    /// Whether every connection and every app has a summary, apart from those whose records were altered. `false` in a
    /// store of an earlier version until ``CheckedWriting/addSummaries(after:limit:rotation:)`` has added them all.
    var hasAllSummaries: Bool { register.hasAllSummaries }

    /// The ids of the records that the store should contain and that begin with a text, sorted.
    func ids<Value: RecordValue>(of type: Value.Type, prefix: String) throws -> [String] {
        try register.ids(of: Value.kind, prefix: prefix)
    }

    /// The revision of a record that the store should contain, even if it was altered; `nil` if it should not.
    func expectedRevision<Value: RecordValue>(of type: Value.Type, _ id: String) throws -> Int? {
        try register.revision(of: RecordKey(Value.kind, id))
    }

    /// The records of a kind that the store should contain, sorted by their names.
    ///
    /// - Parameter known: What an earlier call returned for the same history of the store. Records whose revision has not
    ///   changed since are not read again, and neither are nodes of the register whose tag has not changed.
    func records<Value: RecordValue>(_ known: [KnownRecord<Value>]) throws -> [KnownRecord<Value>] {
        var position = 0
        var records: [KnownRecord<Value>] = []
        var changed: [Int] = []
        for entry in try register.entries(of: Value.kind) {
            while position < known.count, known[position].name.utf8.lexicographicallyPrecedes(entry.name.utf8) {
                position += 1
            }
            let former = position < known.count ? known[position] : nil
            if let former, former.revision == entry.revision, former.name == entry.name, former.value != nil {
                records.append(former)
            } else {
                changed.append(records.count)
                records.append(KnownRecord(name: entry.name, revision: entry.revision, value: nil))
            }
        }
        // Without the cache: so many records would displace those that sign-ins need.
        let opener = RecordOpener(ring: opener.ring, values: nil)
        if changed.count > Self.fewRecords {
            let intact: [Revisioned<Value>] = try register.intact(reading, opener)
            let byID = Dictionary(uniqueKeysWithValues: intact.map { ($0.value.recordID, $0.value) })
            for index in changed { records[index] = records[index].with(byID[records[index].id]) }
        } else {
            for index in changed {
                // An altered record has no value.
                let found: Revisioned<Value>?? = try? register.checked(
                    RecordKey(Value.kind, records[index].id), reading, opener)
                records[index] = records[index].with(found??.value)
            }
        }
        return records
    }

    /// Up to this many changed records are read one by one; for more, all records of the kind are read in one query.
    private static var fewRecords: Int { 200 }
}

/// A record that the store should contain, as a transaction has read it.
///
/// It is a class, so that copying thousands of them takes no time.
final class KnownRecord<Value: RecordValue>: Sendable {
    /// The ``RecordKey/description``.
    let name: String
    let revision: Int
    /// `nil` if the record was altered.
    let value: Value?

    init(name: String, revision: Int, value: Value?) {
        (self.name, self.revision, self.value) = (name, revision, value)
    }

    func with(_ value: Value?) -> KnownRecord { KnownRecord(name: name, revision: revision, value: value) }

    var id: String { Self.id(in: name) }

    /// The id in a ``RecordKey/description`` of this kind.
    static func id(in name: String) -> String {
        String(Substring(name.utf8.dropFirst(Value.kind.rawValue.utf8.count + 1)))
    }
}

extension CheckedWriting {
    /// As ``CheckedReading/hasAllSummaries``.
    var hasAllSummaries: Bool { register.hasAllSummaries }

    /// Adds summaries of connections that have none, to a store of an earlier version. When none is missing any more,
    /// ``hasAllSummaries`` becomes true. Connections with altered records get none.
    ///
    /// - Parameters:
    ///   - after: The alias of the last connection that was done; empty at first.
    ///   - limit: The maximum number of connections.
    ///   - rotation: Returns the rotation of an app; `nil` if none was ever begun or its record was altered.
    /// - Returns: The alias to continue after; `nil` if all are done.
    func addSummaries(
        after alias: String, limit: Int, rotation: (String) throws -> (any RecordValue)?
    ) throws -> String? {
        let rest = try ids(of: ConnectionRecord.self).filter { $0 > alias }
        for alias in rest.prefix(limit) {
            summaryChanges.note(connection: alias)
            guard let appID = (try? find(ConnectionRecord.self, alias))?.value.appID,
                try !expects(AppSummary.self, appID)
            else { continue }
            summaryChanges.apps.insert(appID)
            if let rotation = try rotation(appID) { summaryChanges.note(rotation) }
        }
        guard rest.count > limit else {
            register.hasAllSummaries = true
            return nil
        }
        return rest[limit - 1]
    }
}
