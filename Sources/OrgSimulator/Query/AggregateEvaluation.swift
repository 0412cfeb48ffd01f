import Foundation
import SOQL

/// Evaluates `GROUP BY`, `HAVING` and the aggregate functions, after `WHERE` has selected the rows.
struct AggregateEvaluation {
    typealias Group = [QueryTable.Row]

    let evaluation: QueryEvaluation
    let query: SOQLQuery
    let table: QueryTable
    let scope: NameScope
    /// The paths in `GROUP BY`, resolved and in lower case.
    private let groupedPaths: Set<[String]>

    init(evaluation: QueryEvaluation, query: SOQLQuery, table: QueryTable, scope: NameScope) {
        self.evaluation = evaluation
        self.query = query
        self.table = table
        self.scope = scope
        let paths = query.grouping?.expressions.compactMap { expression in
            if case .path(let path) = expression { scope.resolve(path.names).map { $0.lowercased() } } else { nil }
        }
        groupedPaths = Set(paths ?? [])
    }

    /// Returns one record for each group, in the order of `ORDER BY`, or else of each group's first row. Without `GROUP
    /// BY`, all rows are one group, even if there are none.
    ///
    /// - Throws: The refusal of an org, or of the simulator for what it cannot evaluate.
    func records(of rows: [QueryTable.Row]) throws(QueryRefusal) -> [JSONValue] {
        let members = try members()
        let conditions = QueryCondition<Group>(
            now: evaluation.now, clause: .having, operand: operand,
            values: { (_) throws(QueryRefusal) in throw .notEvaluated("a semi-join in HAVING") })
        var operands: [(QueryOperand<Group>, Ordering)] = []
        for ordering in query.order {
            let operand = try QueryRefusal.locating(ordering.expression, in: .order) { () throws(QueryRefusal) in
                try self.operand(ordering.expression)
            }
            operands.append((operand, ordering))
        }
        let groups = try groups(of: rows).filter(try conditions.test(query.having))
        return query.page(of: QueryOrder(operands: operands).sort(groups)).map { group in
            .object(
                [.init(key: "attributes", value: ["type": "AggregateResult"])]
                    + members.map { .init(key: $0.key, value: $0.operand.value(group)?.json ?? .null) })
        }
    }

    private func groups(of rows: [QueryTable.Row]) throws(QueryRefusal) -> [Group] {
        guard let grouping = query.grouping else { return [rows] }
        var keys: [QueryOperand<QueryTable.Row>] = []
        for expression in grouping.expressions {
            let key = try QueryRefusal.locating(expression, in: .grouping) { () throws(QueryRefusal) in
                let key = try evaluation.operand(expression, in: table, scope).operand
                guard key.kind != .dateTime else { throw .notGroupable(key.name) }
                return key
            }
            keys.append(key)
        }
        var numbers: [[QueryValue?]: Int] = [:]
        var groups: [Group] = []
        for row in rows {
            let key = keys.map { $0.value(row)?.comparable }
            if let number = numbers[key] {
                groups[number].append(row)
            } else {
                numbers[key] = groups.count
                groups.append([row])
            }
        }
        return groups
    }

    /// Returns the members of a record, in the order of the select list. An aggregate without an alias is named
    /// `expr0`, `expr1`, …
    private func members() throws(QueryRefusal) -> [(key: String, operand: QueryOperand<Group>)] {
        var members: [(key: String, operand: QueryOperand<Group>)] = []
        var names: Set<String> = []
        var unnamed = 0
        for item in query.select {
            guard case .field(let expression, let alias) = item else {
                throw .malformed("an aggregate query can select only fields and aggregates")
            }
            var key = alias
            if key == nil, case .function = expression {
                key = "expr\(unnamed)"
                unnamed += 1
            }
            let operand = try QueryRefusal.locating(expression) { () throws(QueryRefusal) in
                try self.operand(expression)
            }
            let name = key ?? operand.name
            guard names.insert(name.lowercased()).inserted else {
                throw .malformed("duplicate alias: \(name)")
            }
            members.append((name, operand))
        }
        return members
    }

    private func operand(_ expression: FieldExpression) throws(QueryRefusal) -> QueryOperand<Group> {
        switch expression {
        case .function(let call): return try aggregate(call)
        case .path(let path):
            let operand = try evaluation.operand(expression, in: table, scope).operand
            guard isGrouped(path) else { throw .malformed("Field must be grouped or aggregated: \(operand.name)") }
            return QueryOperand(name: operand.name, kind: operand.kind) { group in group.first.flatMap(operand.value) }
        }
    }

    private func isGrouped(_ path: FieldPath) -> Bool {
        groupedPaths.contains(scope.resolve(path.names).map { $0.lowercased() })
    }

    private func aggregate(_ call: FunctionCall) throws(QueryRefusal) -> QueryOperand<Group> {
        let name = call.function.rawValue
        guard call.function.isAggregate else { throw .notEvaluated("\(name)()") }
        guard call.arguments.count == 1, case .expression(let argument) = call.arguments[0] else {
            throw .malformed("\(name) requires one field")
        }
        let (inner, field) = try evaluation.operand(argument, in: table, scope)
        guard field.isCountable, call.function.accepts(inner.kind) else { throw .noAggregate(name, of: inner.name) }
        let kind: QueryValue.Kind
        switch call.function {
        case .minimum, .maximum: kind = inner.kind
        default: kind = .number
        }
        let function = call.function
        return QueryOperand(name: name, kind: kind) { group in function.value(of: group.compactMap(inner.value)) }
    }
}

extension SOQLFunction {
    /// Whether this function can aggregate values of a kind.
    fileprivate func accepts(_ kind: QueryValue.Kind) -> Bool {
        switch self {
        case .sum, .average: kind == .number
        case .minimum, .maximum: kind != .boolean
        case .count, .countDistinct: kind != .boolean
        default: false
        }
    }

    /// Returns the aggregate of a group's values that are not null. If there are none, the count is 0 and every other
    /// aggregate is `nil`, which means null.
    fileprivate func value(of values: [QueryValue]) -> QueryValue? {
        switch self {
        case .count: return .number(Double(values.count))
        case .countDistinct: return .number(Double(Set(values.map(\.comparable)).count))
        case .minimum: return values.min(by: QueryValue.isLess)
        case .maximum: return values.max(by: QueryValue.isLess)
        default: break
        }
        let numbers = values.compactMap { value in
            if case .number(let number) = value { number } else { nil }
        }
        guard !numbers.isEmpty else { return nil }
        let sum = numbers.reduce(0, +)
        return .number(self == .sum ? sum : sum / Double(numbers.count))
    }
}
