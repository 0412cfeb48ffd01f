/// What an admin's *Save* does to the state document: a merge that knows records by their identity.
///
/// Objects merge key by key. Orgs, apps, users, profiles, permission sets and groups merge record by record;
/// `"$remove": true` takes a record away. Every other array, and every other value, replaces the old one.
enum StatePatch {
    /// The keys that tell the records of an array apart, the first that the patch gives being used.
    private static let identities: [String: [String]] = [
        "orgs": ["id", "name"], "apps": ["name"], "users": ["username"], "profiles": ["name"],
        "permissionSets": ["name"], "groups": ["name"],
    ]

    /// - Throws: ``StateProblem`` for a record without identity, one that is changed twice, or one to remove that is not there.
    static func merge(_ patch: JSONValue, into document: JSONValue) throws(StateProblem) -> JSONValue {
        try merge(patch, into: document, path: "")
    }

    private static func merge(
        _ patch: JSONValue, into old: JSONValue?, path: String
    ) throws(StateProblem) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [JSONValue.Member] = []
        if case .object(let present)? = old { members = present }
        // Found by name, not by searching: a patch may have tens of thousands of members.
        var places = Dictionary(members.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        for change in changes {
            let place = path.isEmpty ? change.key : "\(path).\(change.key)"
            let present = places[change.key]
            let previous = present.map { members[$0].value }
            let merged: JSONValue
            if let keys = identities[change.key], case .array(let records) = change.value, records.areObjects {
                merged = try mergeRecords(records, into: previous, knownBy: keys, path: place)
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
        _ patches: [JSONValue], into old: JSONValue?, knownBy keys: [String], path: String
    ) throws(StateProblem) -> JSONValue {
        var records = IdentifiedRecords(old, knownBy: keys)
        for (number, patch) in patches.enumerated() {
            let place = "\(path)[\(number)]"
            guard let (key, identity) = keys.lazy.compactMap({ key in patch[key]?.string.map { (key, $0) } }).first
            else {
                throw StateProblem("\(place) has no \(keys.joined(separator: " or ")).")
            }
            let index = records.index(of: identity, by: key)
            if patch["$remove"] == .bool(true) {
                guard let index else { throw StateProblem("\(place) is to be removed, but is not there.") }
                records.remove(at: index)
            } else if records.isChanged(index) {
                // Each change of a record costs as much as the record is long.
                throw StateProblem("\(place) changes \(identity) a second time.")
            } else {
                records.put(try merge(patch, into: index.flatMap { records[$0] }, path: place), at: index)
            }
        }
        return .array(records.all)
    }
}

/// The records of an array, found by their identities without searching.
private struct IdentifiedRecords {
    private let keys: [String]
    /// `nil`: was removed.
    private var records: [JSONValue?] = []
    /// The places of the records, by the name of the identity and its value.
    private var places: [String: [String: Int]] = [:]
    private var changed: Set<Int> = []

    init(_ value: JSONValue?, knownBy keys: [String]) {
        self.keys = keys
        guard case .array(let present)? = value else { return }
        records = present
        // Backwards, so that of several records with one identity the first is found.
        for index in present.indices.reversed() { note(index) }
    }

    var all: [JSONValue] { records.compactMap { $0 } }

    subscript(index: Int) -> JSONValue? { records[index] }

    func index(of identity: String, by key: String) -> Int? { places[key]?[identity] }

    func isChanged(_ index: Int?) -> Bool { index.map(changed.contains) ?? false }

    mutating func remove(at index: Int) {
        forget(index)
        records[index] = nil
    }

    /// - Parameter index: `nil`: at the end.
    mutating func put(_ record: JSONValue, at index: Int?) {
        if let index {
            forget(index)
            records[index] = record
        } else {
            records.append(record)
        }
        let index = index ?? records.count - 1
        note(index)
        changed.insert(index)
    }

    private mutating func note(_ index: Int) {
        for key in keys {
            if let identity = records[index]?[key]?.string { places[key, default: [:]][identity] = index }
        }
    }

    private mutating func forget(_ index: Int) {
        for key in keys {
            guard let identity = records[index]?[key]?.string, places[key]?[identity] == index else { continue }
            places[key]?[identity] = nil
        }
    }
}

extension [JSONValue] {
    /// Whether records can be told apart here; names alone, as in a user's `permissionSets`, cannot.
    fileprivate var areObjects: Bool {
        !isEmpty
            && allSatisfy {
                if case .object = $0 { true } else { false }
            }
    }
}
