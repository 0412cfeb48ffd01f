import Foundation
import SOQL

/// Converts the conditions of a query into tests of a row, or of a group of rows.
struct QueryCondition<Source> {
    typealias Test = (Source) -> Bool

    let now: Date
    /// The clause that contains the conditions.
    let clause: QueryPlace.Clause
    /// Returns the operand for an expression, or throws if the clause may not contain it.
    let operand: (FieldExpression) throws(QueryRefusal) -> QueryOperand<Source>
    /// Returns the values that a semi-join's query selects.
    let values: (SOQLQuery) throws(QueryRefusal) -> Set<QueryValue>

    /// Returns the test for a condition. Without a condition, the test is always true.
    ///
    /// - Parameter isTopLevel: False below `OR` and `NOT`, where semi-joins are not evaluated.
    /// - Throws: The refusal of an org, or of the simulator for what it cannot evaluate.
    func test(_ condition: Condition?, isTopLevel: Bool = true) throws(QueryRefusal) -> Test {
        switch condition {
        case nil: return { _ in true }
        case .and(let parts)?:
            let tests = try self.tests(parts, isTopLevel: isTopLevel)
            return { source in tests.allSatisfy { $0(source) } }
        case .or(let parts)?:
            let tests = try self.tests(parts, isTopLevel: false)
            return { source in tests.contains { $0(source) } }
        case .not(let part)?:
            let test = try test(part, isTopLevel: false)
            return { source in !test(source) }
        case .comparison(let expression, let sign, let literal)?:
            return try QueryRefusal.locating(expression, in: clause) { () throws(QueryRefusal) in
                try comparison(try operand(expression), sign, literal)
            }
        case .like(let expression, let pattern)?:
            return try QueryRefusal.locating(expression, in: clause) { () throws(QueryRefusal) in
                try like(try operand(expression), pattern)
            }
        case .isIn(let expression, let set)?: return try membership(expression, set, isTopLevel)
        case .isNotIn(let expression, let set)?:
            let test = try membership(expression, set, isTopLevel)
            return { source in !test(source) }
        case .includes?, .excludes?: throw .notEvaluated("INCLUDES and EXCLUDES")
        }
    }

    private func tests(_ parts: [Condition], isTopLevel: Bool) throws(QueryRefusal) -> [Test] {
        var tests: [Test] = []
        for part in parts { tests.append(try test(part, isTopLevel: isTopLevel)) }
        return tests
    }

    // MARK: Comparisons

    private func comparison(
        _ operand: QueryOperand<Source>, _ sign: ComparisonOperator, _ literal: Literal
    ) throws(QueryRefusal) -> Test {
        if case .dateLiteral(let name, let count) = literal {
            return try comparison(operand, sign, try DateRange(name, count, now: now))
        }
        guard let right = try value(literal, of: operand) else {
            switch sign {
            case .equal: return { operand.value($0) == nil }
            case .notEqual: return { operand.value($0) != nil }
            default: throw .malformed("null can be compared only with = and !=")
            }
        }
        switch sign {
        case .equal: return { operand.value($0)?.comparable == right.comparable }
        case .notEqual: return { operand.value($0)?.comparable != right.comparable }
        default: break
        }
        if operand.kind == .boolean || operand.kind == .id {
            throw .notEvaluated("\(sign.rawValue) of \(operand.name)")
        }
        return { source in
            guard let left = operand.value(source) else { return false }
            return switch sign {
            case .less: QueryValue.isLess(left, right)
            case .greater: QueryValue.isLess(right, left)
            case .lessOrEqual: !QueryValue.isLess(right, left)
            default: !QueryValue.isLess(left, right)
            }
        }
    }

    private func comparison(
        _ operand: QueryOperand<Source>, _ sign: ComparisonOperator, _ range: DateRange
    ) throws(QueryRefusal) -> Test {
        guard operand.kind == .dateTime else { throw .wrongType(operand.name, operand.kind) }
        return { source in
            guard case .dateTime(let date)? = operand.value(source) else { return sign == .notEqual }
            return switch sign {
            case .equal: range.start <= date && date < range.end
            case .notEqual: !(range.start <= date && date < range.end)
            case .less: date < range.start
            case .lessOrEqual: date < range.end
            case .greater: date >= range.end
            case .greaterOrEqual: date >= range.start
            }
        }
    }

    /// Returns the literal as a value that the operand can be compared with, or `nil` for `null`.
    private func value(_ literal: Literal, of operand: QueryOperand<Source>) throws(QueryRefusal) -> QueryValue? {
        switch (literal, operand.kind) {
        case (.null, _): return nil
        case (.string(let text), .text): return .text(text)
        case (.string(let text), .id):
            guard SalesforceID.isWellFormed(text) else { throw .invalidID(text) }
            return .id(text)
        case (.boolean(let flag), .boolean): return .boolean(flag)
        case (.number(let number), .number): return .number(number)
        case (.dateTime(let seconds), .dateTime): return .dateTime(Date(timeIntervalSince1970: seconds))
        default: throw .wrongType(operand.name, operand.kind)
        }
    }

    private func like(_ operand: QueryOperand<Source>, _ pattern: LikePattern) throws(QueryRefusal) -> Test {
        guard operand.kind == .text else { throw .notEvaluated("LIKE of \(operand.name), which is not a text,") }
        return { source in
            guard case .text(let text)? = operand.value(source) else { return false }
            return pattern.matches(text)
        }
    }

    // MARK: Sets

    private func membership(
        _ expression: FieldExpression, _ set: Condition.ValueSet, _ isTopLevel: Bool
    ) throws(QueryRefusal) -> Test {
        let operand = try QueryRefusal.locating(expression, in: clause) { () throws(QueryRefusal) in
            try self.operand(expression)
        }
        var members: Set<QueryValue?> = []
        switch set {
        case .literals(let literals):
            for literal in literals {
                let value = try QueryRefusal.locating(expression, in: clause) { () throws(QueryRefusal) in
                    try self.value(literal, of: operand)
                }
                members.insert(value?.comparable)
            }
        case .query(let query):
            guard isTopLevel else { throw .notEvaluated("a semi-join below OR or NOT") }
            guard operand.kind == .id else {
                throw .notEvaluated("a semi-join of \(operand.name), which is not an id,")
            }
            members = Set(try values(query).map { Optional($0.comparable) })
        }
        return { source in members.contains(operand.value(source)?.comparable) }
    }
}

extension LikePattern {
    /// Whether the pattern matches `text`, ignoring case. Backtracks only to the last `%`, so the time is at most
    /// proportional to the length of the text times that of the pattern.
    func matches(_ text: String) -> Bool {
        let units: [Unit] = elements.flatMap { element -> [Unit] in
            switch element {
            case .text(let text): text.lowercased().map { .character($0) }
            case .anyText: [.anyText]
            case .anyCharacter: [.anyCharacter]
            }
        }
        let text = Array(text.lowercased())
        var (position, unit) = (0, 0)
        var retry: (position: Int, unit: Int)?
        while position < text.count {
            if unit < units.count, units[unit] == .anyText {
                retry = (position, unit)
                unit += 1
            } else if unit < units.count, units[unit] == .anyCharacter || units[unit] == .character(text[position]) {
                position += 1
                unit += 1
            } else if let last = retry {
                retry = (last.position + 1, last.unit)
                (position, unit) = (last.position + 1, last.unit + 1)
            } else {
                return false
            }
        }
        return units[unit...].allSatisfy { $0 == .anyText }
    }

    private enum Unit: Equatable {
        case character(Character)
        case anyText, anyCharacter
    }
}
