import Foundation
import SOQL

/// Evaluates queries over an org's tables.
struct QueryEvaluation {
    let tables: OrgTables
    let endpoint: QueryEndpoint
    /// Org time, which date literals are relative to.
    let now: Date
    /// The base path, such as `/services/data/v67.0`.
    let dataPath: String

    struct Result {
        /// The object in `FROM`.
        let object: OrgObject
        /// The number of records. For `COUNT()`, the number that it counted.
        let totalSize: Int
        /// All records of the answer, on all pages. Empty for `COUNT()`.
        let records: [JSONValue]
    }

    /// - Throws: The refusal of an org, or of the simulator for what it cannot evaluate.
    func result(of query: SOQLQuery) throws(QueryRefusal) -> Result {
        let object = try readable(query.from)
        try query.checkEvaluable()
        return try result(of: try object.restricted(query), from: object)
    }

    private func result(of query: SOQLQuery, from object: OrgObject) throws(QueryRefusal) -> Result {
        let table = tables.table(object)
        let scope = try scope(of: query.from, in: table)
        if query.isCount {
            guard !query.isGrouped else { throw .malformed("COUNT() cannot be used with GROUP BY or HAVING") }
            let rows = try rows(of: query, in: table, scope, among: table.rows)
            return Result(object: object, totalSize: rows.count, records: [])
        }
        if query.isAggregate {
            let matching = try filtered(table.rows, by: query, in: table, scope)
            let records = try AggregateEvaluation(evaluation: self, query: query, table: table, scope: scope)
                .records(of: matching)
            return Result(object: object, totalSize: records.count, records: records)
        }
        let shape = try shape(of: query, in: table, scope)
        let rows = object.limited(try rows(of: query, in: table, scope, among: table.rows))
        if rows.count > 1, endpoint == .tooling, query.selectsSingleRowField(scope) { throw .severalRows(rows.count) }
        let records = rows.map(shape.record)
        return Result(object: object, totalSize: records.count, records: records)
    }

    /// Returns the object of a `FROM`.
    ///
    /// - Throws: The refusal of an org if the endpoint does not have the object or the user may not read it.
    private func readable(_ from: FromClause) throws(QueryRefusal) -> OrgObject {
        let name = from.path.joined(separator: ".")
        let object = try tables.readable(name)
        guard endpoint.answers(object) else { throw .unsupported(name) }
        return object
    }

    /// The base path of the `url` in a record's attributes.
    var recordPath: String { "\(dataPath)/\(endpoint.recordPath)" }

    // MARK: Rows

    /// Returns the rows of `all` that meet the query's condition, in its order and within its `LIMIT` and `OFFSET`.
    func rows(
        of query: SOQLQuery, in table: QueryTable, _ scope: NameScope, among all: [QueryTable.Row]
    ) throws(QueryRefusal) -> [QueryTable.Row] {
        let found = try filtered(all, by: query, in: table, scope)
        var operands: [(QueryOperand<QueryTable.Row>, Ordering)] = []
        for ordering in query.order {
            let operand = try QueryRefusal.locating(ordering.expression, in: .order) { () throws(QueryRefusal) in
                try self.operand(ordering.expression, in: table, scope).operand
            }
            operands.append((operand, ordering))
        }
        return query.page(of: QueryOrder(operands: operands).sort(found))
    }

    private func filtered(
        _ rows: [QueryTable.Row], by query: SOQLQuery, in table: QueryTable, _ scope: NameScope
    ) throws(QueryRefusal) -> [QueryTable.Row] {
        let conditions = QueryCondition<QueryTable.Row>(
            now: now, clause: .condition,
            operand: { (expression) throws(QueryRefusal) in
                let (operand, field) = try operand(expression, in: table, scope)
                guard field.isFilterable else { throw .notFilterable(field.name) }
                return operand
            }, values: semiJoin)
        return rows.filter(try conditions.test(query.condition))
    }

    /// Returns the ids that a semi-join's query selects.
    private func semiJoin(_ query: SOQLQuery) throws(QueryRefusal) -> Set<QueryValue> {
        try query.checkEvaluable()
        guard !query.isAggregate, query.select.count == 1, case .field(.path(let path), nil) = query.select[0] else {
            throw .notEvaluated("a semi-join that does not select exactly one field")
        }
        if query.condition.hasSemiJoin { throw .notEvaluated("a semi-join within a semi-join") }
        let table = tables.table(try readable(query.from))
        let scope = try scope(of: query.from, in: table)
        let operand = try QueryRefusal.locating(.path(path)) { () throws(QueryRefusal) in
            try self.operand(.path(path), in: table, scope).operand
        }
        guard operand.kind == .id else { throw .notEvaluated("a semi-join that does not select an id") }
        return Set(try rows(of: query, in: table, scope, among: table.rows).compactMap(operand.value))
    }

    // MARK: Fields

    /// Returns the operand that reads a field of a row, or of a row that relationships lead to, and the field itself.
    ///
    /// - Throws: The refusal of an org if a field or relationship does not exist.
    func operand(
        _ expression: FieldExpression, in table: QueryTable, _ scope: NameScope
    ) throws(QueryRefusal) -> (operand: QueryOperand<QueryTable.Row>, field: QueryTable.Field) {
        switch expression {
        case .function(let call): throw .notEvaluated("\(call.function.rawValue)() in this place")
        case .path(let path): return try operand(scope.resolve(path.names)[...], in: table)
        }
    }

    private func operand(
        _ names: ArraySlice<String>, in table: QueryTable
    ) throws(QueryRefusal) -> (operand: QueryOperand<QueryTable.Row>, field: QueryTable.Field) {
        let name = names.first ?? ""
        guard names.count > 1 else {
            let position = try table.position(of: name)
            let field = table.fields[position]
            return (.init(name: field.name, kind: field.kind) { $0[position] }, field)
        }
        let target = try parent(name, of: table)
        let (inner, field) = try operand(names.dropFirst(), in: target.table)
        return (.init(name: inner.name, kind: inner.kind) { row in target.row(row).flatMap(inner.value) }, field)
    }

    /// Returns the aliases that a `FROM` declares, and checks them.
    ///
    /// - Throws: The refusal of an org if an alias is declared for a relationship that does not exist.
    func scope(of from: FromClause, in table: QueryTable) throws(QueryRefusal) -> NameScope {
        let scope = NameScope(from)
        for joined in from.joined {
            var table = table
            for name in scope.resolve(joined.path) {
                table = try QueryRefusal.locating(joined.path, in: .from) { () throws(QueryRefusal) in
                    try parent(name, of: table).table
                }
            }
        }
        return scope
    }

    /// Follows a relationship from a table to the table that it refers to.
    ///
    /// - Returns: The other table, the relationship's name in its own case, and a function that returns the row to
    ///   which a row refers, or `nil`.
    /// - Throws: The refusal of an org if there is no such relationship.
    func parent(
        _ name: String, of table: QueryTable
    ) throws(QueryRefusal) -> (table: QueryTable, name: String, row: (QueryTable.Row) -> QueryTable.Row?) {
        guard let parent = table.parent(name) else { throw .noRelationship(name) }
        let parentTable = tables.table(parent.object)
        let position = try table.position(of: parent.field)
        return (parentTable, parent.name, { row in row[position].flatMap(parentTable.row(id:)) })
    }
}

extension SOQLQuery {
    /// Whether the query returns groups of rows.
    var isAggregate: Bool {
        isGrouped
            || select.contains { item in
                if case .field(.function(let call), _) = item { call.function.isAggregate } else { false }
            }
    }

    fileprivate var isGrouped: Bool { grouping != nil || having != nil }

    /// Applies `OFFSET` and `LIMIT`.
    func page<Element>(of elements: [Element]) -> [Element] {
        let rest = elements.dropFirst(offset ?? 0)
        return Array(limit.map { rest.prefix($0) } ?? rest)
    }

    /// - Throws: ``QueryRefusal`` if the simulator parses a part of the query but cannot evaluate it.
    func checkEvaluable() throws(QueryRefusal) {
        if let scope, scope.lowercased() != "everything" { throw .notEvaluated("USING SCOPE \(scope)") }
        if with != nil { throw .notEvaluated("WITH") }
        if let grouping, grouping.kind != .plain { throw .notEvaluated("GROUP BY ROLLUP and CUBE") }
        if !options.isEmpty {
            throw .notEvaluated("FOR VIEW, FOR REFERENCE, FOR UPDATE, UPDATE TRACKING, UPDATE VIEWSTAT and ALL ROWS")
        }
    }
}

extension Condition? {
    fileprivate var hasSemiJoin: Bool {
        switch self {
        case .and(let parts)?, .or(let parts)?: parts.contains { Condition?.some($0).hasSemiJoin }
        case .not(let part)?: Condition?.some(part).hasSemiJoin
        case .isIn(_, .query)?, .isNotIn(_, .query)?: true
        default: false
        }
    }
}
