/// Where queries are sent.
package enum QueryEndpoint: Sendable {
    /// `/query`
    case data
    /// `/tooling/query`
    case tooling
}

/// An object that a client may query, and what of it. Everything else is refused: a field that only filters or sorts, too, because
/// the rows then tell its values.
struct ReadableObject: Sendable {
    let name: String
    let endpoints: Set<QueryEndpoint>
    /// In small letters.
    let fields: Set<String>
    /// The names of the objects to which relationships lead, by the relationship's name in small letters.
    let parents: [String: String]
    /// The names of the objects of child records, by the relationship's name in small letters.
    let children: [String: String]

    /// Fields of every object. They name the users who created and changed a record.
    private static let common = "Id CreatedDate CreatedById LastModifiedDate LastModifiedById SystemModstamp"

    /// - Parameters:
    ///   - fields: The fields besides ``common``, separated by spaces.
    ///   - parents: The relationships besides `CreatedBy` and `LastModifiedBy`.
    init(
        _ name: String, _ endpoints: Set<QueryEndpoint>, _ fields: String, parents: [String: String] = [:],
        children: [String: String] = [:]
    ) {
        self.name = name
        self.endpoints = endpoints
        self.fields = Set((Self.common + " " + fields).lowercased().split(separator: " ").map(String.init))
        let all = parents.merging(["CreatedBy": "User", "LastModifiedBy": "User"]) { given, _ in given }
        self.parents = Dictionary(uniqueKeysWithValues: all.map { ($0.lowercased(), $1) })
        self.children = Dictionary(uniqueKeysWithValues: children.map { ($0.lowercased(), $1) })
    }

    /// Returns the object with an API name, in any case.
    static func named(_ name: String) -> ReadableObject? { byName[name.lowercased()] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name.lowercased(), $0) })
}
