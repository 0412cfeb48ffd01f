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

    /// - Throws: ``StateProblem`` for a record without identity, or one to remove that is not there.
    static func merge(_ patch: JSONValue, into document: JSONValue) throws(StateProblem) -> JSONValue {
        try merge(patch, into: document, path: "")
    }

    private static func merge(
        _ patch: JSONValue, into old: JSONValue?, path: String
    ) throws(StateProblem) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [JSONValue.Member] = []
        if case .object(let present)? = old { members = present }
        for change in changes {
            let place = path.isEmpty ? change.key : "\(path).\(change.key)"
            let present = members.firstIndex { $0.key == change.key }
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
                members.append(.init(key: change.key, value: merged))
            }
        }
        return .object(members)
    }

    private static func mergeRecords(
        _ patches: [JSONValue], into old: JSONValue?, knownBy keys: [String], path: String
    ) throws(StateProblem) -> JSONValue {
        var records: [JSONValue] = []
        if case .array(let present)? = old { records = present }
        for (number, patch) in patches.enumerated() {
            let place = "\(path)[\(number)]"
            guard let key = keys.first(where: { patch[$0]?.string != nil }), let identity = patch[key] else {
                throw StateProblem("\(place) has no \(keys.joined(separator: " or ")).")
            }
            let index = records.firstIndex { $0[key] == identity }
            if patch["$remove"] == .bool(true) {
                guard let index else { throw StateProblem("\(place) is to be removed, but is not there.") }
                records.remove(at: index)
            } else if let index {
                records[index] = try merge(patch, into: records[index], path: place)
            } else {
                records.append(try merge(patch, into: nil, path: place))
            }
        }
        return .array(records)
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
