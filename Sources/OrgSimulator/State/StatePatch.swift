/// Merges a patch into the state document, identifying records by name or id.
///
/// Objects merge key by key. Orgs, apps, users, profiles, permission sets and groups merge record by record;
/// `"$remove": true` removes a record, and an empty array removes all of them. A record that does not exist yet is
/// appended. All other arrays and values replace the old ones; `null` restores the default.
enum StatePatch {
    /// The member that removes the record in whose patch it occurs.
    static let removal = (key: "$remove", value: JSONValue.bool(true))

    /// The keys that identify the records of an array. The first of them that a patch contains is used.
    private static let identities: [String: [String]] = [
        "orgs": ["id", "name"], "apps": ["name"], "users": ["username"], "profiles": ["name"],
        "permissionSets": ["name"], "groups": ["name"],
    ]

    /// Returns the merged document. It is not decoded and not validated.
    ///
    /// - Throws: ``StateProblem`` if a record's patch has no name or id, if the patch changes one record twice, or if
    ///   it removes a record that does not exist.
    static func merge(_ patch: JSONValue, into document: JSONValue) throws(StateProblem) -> JSONValue {
        try merge(patch, into: document, path: "")
    }

    private static func merge(
        _ patch: JSONValue, into old: JSONValue?, path: String
    ) throws(StateProblem) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [JSONValue.Member] = []
        if case .object(let present)? = old { members = present }
        // Members are looked up in a dictionary, because a patch can have tens of thousands of them.
        var places = Dictionary(members.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        for change in changes {
            let place = path.isEmpty ? change.key : "\(path).\(change.key)"
            let present = places[change.key]
            let previous = present.map { members[$0].value }
            let merged: JSONValue
            if let keys = identities[change.key], case .array(let records) = change.value, records.areObjects {
                merged = try mergeRecords(records, into: previous, identifiedBy: keys, path: place)
            } else {
                merged = try merge(change.value, into: previous, path: place)
            }
            if let present {
                members[present].value = merged
            } else {
                places[change.key] = members.count
                members.append(.init(key: change.key, value: merged))
            }
        }
        return .object(members)
    }

    private static func mergeRecords(
        _ patches: [JSONValue], into old: JSONValue?, identifiedBy keys: [String], path: String
    ) throws(StateProblem) -> JSONValue {
        var records = IdentifiedRecords(old, identifiedBy: keys)
        for (number, patch) in patches.enumerated() {
            let place = "\(path)[\(number)]"
            guard let (key, identity) = keys.lazy.compactMap({ key in patch[key]?.string.map { (key, $0) } }).first
            else {
                throw StateProblem("\(place) has no \(keys.joined(separator: " or ")).")
            }
            let index = records.index(of: identity, by: key)
            if patch[removal.key] == removal.value {
                guard let index else { throw StateProblem("\(place) cannot be removed: it does not exist.") }
                records.remove(at: index)
            } else if records.isChanged(index) {
                // Each change copies the record, so many changes of one long record would take too long.
                throw StateProblem("\(place) changes \(identity) a second time.")
            } else {
                records.put(try merge(patch, into: index.flatMap { records[$0] }, path: place), at: index)
            }
        }
        return .array(records.all)
    }
}

/// The records of an array, indexed by their identities.
private struct IdentifiedRecords {
    private let keys: [String]
    /// The records in order; `nil` for a removed record.
    private var records: [JSONValue?] = []
    /// The indices of the records, by identity key and value.
    private var places: [String: [String: Int]] = [:]
    private var changed: Set<Int> = []

    init(_ value: JSONValue?, identifiedBy keys: [String]) {
        self.keys = keys
        guard case .array(let present)? = value else { return }
        records = present
        // In reverse order, so that the first of several records with the same identity is found.
        for index in present.indices.reversed() { addToIndex(index) }
    }

    var all: [JSONValue] { records.compactMap { $0 } }

    subscript(index: Int) -> JSONValue? { records[index] }

    func index(of identity: String, by key: String) -> Int? { places[key]?[Self.folded(identity, key)] }

    /// Salesforce ignores the case of usernames, and of no other identity here.
    private static func folded(_ identity: String, _ key: String) -> String {
        key == "username" ? identity.lowercased() : identity
    }

    func isChanged(_ index: Int?) -> Bool { index.map(changed.contains) ?? false }

    mutating func remove(at index: Int) {
        removeFromIndex(index)
        records[index] = nil
    }

    /// Replaces the record at `index`, or appends it if `index` is `nil`.
    mutating func put(_ record: JSONValue, at index: Int?) {
        if let index {
            removeFromIndex(index)
            records[index] = record
        } else {
            records.append(record)
        }
        let index = index ?? records.count - 1
        addToIndex(index)
        changed.insert(index)
    }

    private mutating func addToIndex(_ index: Int) {
        for key in keys {
            guard let identity = records[index]?[key]?.string else { continue }
            places[key, default: [:]][Self.folded(identity, key)] = index
        }
    }

    private mutating func removeFromIndex(_ index: Int) {
        for key in keys {
            guard let identity = records[index]?[key]?.string.map({ Self.folded($0, key) }),
                places[key]?[identity] == index
            else { continue }
            places[key]?[identity] = nil
        }
    }
}

extension [JSONValue] {
    /// Whether the array holds records only, and at least one. An array of names, such as a user's `permissionSets`,
    /// does not.
    fileprivate var areObjects: Bool {
        !isEmpty
            && allSatisfy {
                if case .object = $0 { true } else { false }
            }
    }
}
