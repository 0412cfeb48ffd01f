/// An object that a query reads. It is identified by the path to it, because only an org's schema knows to which object
/// a relationship leads.
///
/// Names are as written; SOQL compares them case-insensitively.
package indirect enum QueriedObject: Hashable, Sendable {
    /// An object named after `FROM`, or after `WHEN` in a `TYPEOF`.
    case named(String)
    /// The parent that a relationship in a dotted name leads to.
    case parent(relationship: String, of: QueriedObject)
    /// The child records that a sub-query in a select list reads.
    case children(relationship: String, of: QueriedObject)
}

/// A field that a query reads, with its object.
package struct QueriedField: Hashable, Sendable {
    package var object: QueriedObject
    package var name: String
}

/// A `FIELDS()` of a query, with its object.
package struct QueriedFieldSet: Hashable, Sendable {
    package var object: QueriedObject
    var set: SelectItem.FieldSet
}

/// Everything that a query reads in any of its clauses and sub-queries. Objects and fields have no duplicates; those of
/// `SELECT` come before those of `GROUP BY`, `ORDER BY`, `WHERE` and `HAVING`. Data categories are not included.
///
/// It includes fields that only filter, group or sort rows, because a query can reveal their values that way.
package struct QueryReach: Hashable, Sendable {
    package private(set) var objects: [QueriedObject] = []
    package private(set) var fields: [QueriedField] = []
    /// The sets of fields that are selected by `FIELDS()`.
    package private(set) var fieldSets: [QueriedFieldSet] = []

    private var knownObjects: Set<QueriedObject> = []
    private var knownFields: Set<QueriedField> = []
}

extension SOQLQuery {
    /// The objects and fields that the query reads.
    package var reach: QueryReach {
        var reach = QueryReach()
        reach.add(self, .named(from.path.joined(separator: ".")))
        return reach
    }
}

extension QueryReach {
    fileprivate mutating func add(_ query: SOQLQuery, _ object: QueriedObject) {
        add(object)
        let scope = NameScope(query.from)
        for joined in query.from.joined { _ = add(object, through: scope.resolve(joined.path)) }
        for item in query.select { add(item, object, scope) }
        for expression in query.grouping?.expressions ?? [] { add(expression, object, scope) }
        for ordering in query.order { add(ordering.expression, object, scope) }
        for condition in [query.condition, query.having].compactMap({ $0 }) { add(condition, object, scope) }
    }

    private mutating func add(_ item: SelectItem, _ object: QueriedObject, _ scope: NameScope) {
        switch item {
        case .field(let expression, _): add(expression, object, scope)
        case .fields(let set): fieldSets.append(QueriedFieldSet(object: object, set: set))
        case .children(let query):
            let path = scope.resolve(query.from.path).joined(separator: ".")
            add(query, .children(relationship: path, of: object))
        case .typeOf(let typeOf):
            let target = add(object, through: scope.resolve(typeOf.relationship.names))
            for branch in typeOf.branches {
                add(.named(branch.object))
                for field in branch.fields { add(field.names, of: .named(branch.object)) }
            }
            for field in typeOf.otherwise { add(field.names, of: target) }
        }
    }

    private mutating func add(_ expression: FieldExpression, _ object: QueriedObject, _ scope: NameScope) {
        switch expression {
        case .path(let path): add(scope.resolve(path.names), of: object)
        case .function(let call):
            for case .expression(let inner) in call.arguments { add(inner, object, scope) }
        }
    }

    private mutating func add(_ condition: Condition, _ object: QueriedObject, _ scope: NameScope) {
        switch condition {
        case .and(let parts), .or(let parts): for part in parts { add(part, object, scope) }
        case .not(let part): add(part, object, scope)
        case .comparison(let expression, _, _), .like(let expression, _), .includes(let expression, _),
            .excludes(let expression, _):
            add(expression, object, scope)
        case .isIn(let expression, let set), .isNotIn(let expression, let set):
            add(expression, object, scope)
            if case .query(let query) = set { add(query, .named(query.from.path.joined(separator: "."))) }
        }
    }

    private mutating func add(_ names: [String], of object: QueriedObject) {
        guard let name = names.last else { return }
        let field = QueriedField(object: add(object, through: Array(names.dropLast())), name: name)
        if knownFields.insert(field).inserted { fields.append(field) }
    }

    /// Adds the parents that the relationships lead to, one after another. Returns the last.
    private mutating func add(_ object: QueriedObject, through relationships: [String]) -> QueriedObject {
        relationships.reduce(object) { object, relationship in
            let parent = QueriedObject.parent(relationship: relationship, of: object)
            add(parent)
            return parent
        }
    }

    private mutating func add(_ object: QueriedObject) {
        if knownObjects.insert(object).inserted { objects.append(object) }
    }
}

/// Resolves the names by which a query may refer to its own object: its alias, the object's name, and the aliases of
/// joined relationships.
package struct NameScope: Sendable {
    private var own: Set<String>
    private var joined: [String: [String]] = [:]

    package init(_ from: FromClause) {
        own = Set([from.alias, from.path.last].compactMap { $0?.lowercased() })
        for joined in from.joined { add(joined) }
    }

    mutating func add(_ relationship: FromClause.AliasedPath) {
        joined[relationship.alias.lowercased()] = resolve(relationship.path)
    }

    /// Returns the relationships and the field of a path. If its first name is the query's own object or alias, that is
    /// removed. If it is the alias of a joined relationship, it is replaced by the path to that. Case does not matter.
    package func resolve(_ names: [String]) -> [String] {
        guard names.count > 1, let first = names.first?.lowercased() else { return names }
        if own.contains(first) { return Array(names.dropFirst()) }
        if let path = joined[first] { return path + names.dropFirst() }
        return names
    }
}
