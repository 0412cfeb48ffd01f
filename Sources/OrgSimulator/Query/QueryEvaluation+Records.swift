import SOQL

extension QueryEvaluation {
    /// Returns the shape of the records that a query without aggregates selects.
    ///
    /// - Throws: The refusal of an org if a field or relationship does not exist or is selected twice, or of the
    ///   simulator for what it cannot evaluate.
    func shape(
        of query: SOQLQuery, in table: QueryTable, _ scope: NameScope
    ) throws(QueryRefusal) -> RecordShape {
        var shape = RecordShape(table, at: recordPath)
        for item in query.select {
            switch item {
            case .field(.path(let path), nil):
                try QueryRefusal.locating(.path(path)) { () throws(QueryRefusal) in
                    try add(scope.resolve(path.names)[...], to: &shape)
                }
            case .field(.path, _?): throw .malformed("only aggregate expressions use field aliasing")
            case .field(.function(let call), _): throw .notEvaluated("\(call.function.rawValue)()")
            case .children(let query): try add(query, to: &shape, scope)
            case .typeOf: throw .notEvaluated("TYPEOF")
            case .fields: throw .notEvaluated("FIELDS()")
            }
        }
        return shape
    }

    /// Adds a field of the record, or of a record that relationships lead to.
    private func add(_ names: ArraySlice<String>, to shape: inout RecordShape) throws(QueryRefusal) {
        let name = names.first ?? ""
        guard names.count > 1 else { return try shape.add(position: try shape.table.position(of: name)) }
        let target = try parent(name, of: shape.table)
        var inner = shape.parents[target.name]?.shape ?? RecordShape(target.table, at: recordPath)
        try add(names.dropFirst(), to: &inner)
        shape.add(parent: target.name, inner, target.row)
    }

    /// Adds a sub-query of child records.
    private func add(_ query: SOQLQuery, to shape: inout RecordShape, _ outer: NameScope) throws(QueryRefusal) {
        try query.checkEvaluable()
        guard !query.isAggregate else { throw .notEvaluated("an aggregate sub-query") }
        let name = outer.resolve(query.from.path).joined(separator: ".")
        guard let children = shape.table.children(name), tables.mayRead(children.object),
            endpoint == .tooling || endpoint.answers(children.object)
        else {
            throw .noChildren(name)
        }
        let table = tables.table(children.object)
        let scope = try scope(of: query.from, in: table)
        let inner = try self.shape(of: query, in: table, scope)
        let (id, link) = (try shape.table.position(of: shape.table.keyName), try table.position(of: children.field))
        // All children are filtered and sorted once, then limited for each parent.
        var unlimited = query
        (unlimited.limit, unlimited.offset) = (nil, nil)
        let byParent = Dictionary(grouping: try rows(of: unlimited, in: table, scope, among: table.rows)) {
            $0[link]?.comparable
        }
        try shape.add(children: children.name) { row in
            let rows = query.page(of: row[id].flatMap { byParent[$0.comparable] } ?? [])
            guard !rows.isEmpty else { return .null }
            return [
                "totalSize": .integer(Int64(rows.count)), "done": true, "records": .array(rows.map(inner.record)),
            ]
        }
    }
}
