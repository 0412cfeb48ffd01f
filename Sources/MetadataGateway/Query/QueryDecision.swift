internal import SOQL

/// A query that a client may make: of each object only fields that it may read, in every clause and sub-query.
package struct ReadableQuery: Equatable, Sendable {
    /// The text to forward, printed from the syntax tree.
    package let text: String

    /// - Parameters:
    ///   - text: The query of a request.
    ///   - objects: What the client may query.
    /// - Throws: ``Refusal``. It does not depend on what the org has.
    init(_ text: String, at endpoint: QueryEndpoint, objects: QueryableObjects = QueryableObjects()) throws(Refusal) {
        let query: SOQLQuery
        do { query = try SOQLQuery(parsing: text).unaliased } catch {
            throw Refusal(.readOnly, "The query could not be parsed, so it is not known to be harmless.")
        }
        try Self.check(clausesOf: query)
        try Self.check(query.reach, at: endpoint, objects)
        self.text = query.text
    }

    /// Refuses clauses that change something, or whose effect on what is read is not known, also in sub-queries.
    private static func check(clausesOf query: SOQLQuery) throws(Refusal) {
        for query in query.withSubqueries {
            guard query.options.isEmpty else {
                throw Refusal(.readOnly, "FOR, UPDATE and ALL ROWS are not allowed in queries of clients.")
            }
            guard query.scope == nil else {
                throw Refusal(.notAllowed, "USING SCOPE is not allowed in queries of clients.")
            }
            switch query.with {
            case nil, .securityEnforced, .userMode: break
            case .systemMode, .dataCategories, .recordVisibilityContext:
                throw Refusal(.notAllowed, "This WITH clause is not allowed in queries of clients.")
            }
        }
    }

    private static func check(
        _ reach: QueryReach, at endpoint: QueryEndpoint, _ objects: QueryableObjects
    ) throws(Refusal) {
        guard reach.fieldSets.isEmpty else {
            throw Refusal(.notAllowed, "FIELDS() is not allowed in queries of clients. Name the fields.")
        }
        for object in reach.objects { try objects.check(try readable(object, at: endpoint)) }
        for field in reach.fields {
            let object = try readable(field.object, at: endpoint)
            try objects.check(object)
            guard object.fields.contains(field.name.lowercased()) else {
                throw Refusal(
                    .notAllowed, "Clients may not read the field \(Refusal.shown(field.name)) of \(object.name).")
            }
        }
    }

    /// Returns what a path leads to. A relationship that is not known leads nowhere.
    private static func readable(
        _ object: QueriedObject, at endpoint: QueryEndpoint
    ) throws(Refusal) -> ReadableObject {
        switch object {
        case .named(let name):
            guard let found = ReadableObject.named(name), found.endpoints.contains(endpoint) else {
                throw Refusal(.notAllowed, "Clients may not query the object \(Refusal.shown(name)) here.")
            }
            return found
        case .parent(let relationship, let child):
            return try target(of: relationship, in: try readable(child, at: endpoint), \.parents)
        case .children(let relationship, let parent):
            return try target(of: relationship, in: try readable(parent, at: endpoint), \.children)
        }
    }

    private static func target(
        of relationship: String, in object: ReadableObject,
        _ relationships: KeyPath<ReadableObject, [String: String]>
    ) throws(Refusal) -> ReadableObject {
        guard let name = object[keyPath: relationships][relationship.lowercased()],
            let found = ReadableObject.named(name)
        else {
            throw Refusal(
                .notAllowed,
                "Clients may not read through the relationship \(Refusal.shown(relationship)) of \(object.name).")
        }
        return found
    }
}
