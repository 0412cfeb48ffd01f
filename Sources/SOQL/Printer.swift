extension SOQLQuery {
    /// The query as text, printed from its syntax tree: in one line, with one spelling of keywords and literals, and with parentheses
    /// around every nested condition. Parsing it returns an equal query.
    ///
    /// A gateway forwards this text instead of the one that it received. Then what it has checked and what the org reads cannot
    /// differ.
    package var text: String {
        var clauses = [
            "SELECT " + select.map(\.text).joined(separator: ", "), "FROM " + from.text,
        ]
        if let scope { clauses.append("USING SCOPE \(scope)") }
        if let condition { clauses.append("WHERE \(condition.text)") }
        if let with { clauses.append("WITH \(with.text)") }
        if let grouping { clauses.append("GROUP BY \(grouping.text)") }
        if let having { clauses.append("HAVING \(having.text)") }
        if !order.isEmpty { clauses.append("ORDER BY " + order.map(\.text).joined(separator: ", ")) }
        if let limit { clauses.append("LIMIT \(limit)") }
        if let offset { clauses.append("OFFSET \(offset)") }
        return (clauses + options.map(\.text)).joined(separator: " ")
    }
}

extension SOQLQuery.Option {
    fileprivate var text: String {
        switch self {
        case .forView: "FOR VIEW"
        case .forReference: "FOR REFERENCE"
        case .forUpdate: "FOR UPDATE"
        case .updateTracking: "UPDATE TRACKING"
        case .updateViewStat: "UPDATE VIEWSTAT"
        case .allRows: "ALL ROWS"
        }
    }
}

extension FromClause {
    fileprivate var text: String {
        let own = path.joined(separator: ".") + (alias.map { " " + $0 } ?? "")
        return ([own] + joined.map { "\($0.path.joined(separator: ".")) \($0.alias)" }).joined(separator: ", ")
    }
}

extension SelectItem {
    fileprivate var text: String {
        switch self {
        case .field(let expression, let alias): expression.text + (alias.map { " " + $0 } ?? "")
        case .children(let query): "(\(query.text))"
        case .typeOf(let typeOf): typeOf.text
        case .fields(let set): "FIELDS(\(set.rawValue))"
        }
    }
}

extension TypeOf {
    fileprivate var text: String {
        let cases = branches.map { "WHEN \($0.object) THEN \(Self.list($0.fields))" }.joined(separator: " ")
        let rest = otherwise.isEmpty ? "" : " ELSE \(Self.list(otherwise))"
        return "TYPEOF \(relationship.text) \(cases)\(rest) END"
    }

    private static func list(_ fields: [FieldPath]) -> String { fields.map(\.text).joined(separator: ", ") }
}

extension FieldPath {
    fileprivate var text: String { names.joined(separator: ".") }
}

extension FieldExpression {
    fileprivate var text: String {
        switch self {
        case .path(let path): path.text
        case .function(let call): "\(call.function.rawValue)(\(call.arguments.map(\.text).joined(separator: ", ")))"
        }
    }
}

extension FunctionCall.Argument {
    fileprivate var text: String {
        switch self {
        case .expression(let expression): expression.text
        case .literal(let literal): literal.text
        }
    }
}

extension Grouping {
    fileprivate var text: String {
        let list = expressions.map(\.text).joined(separator: ", ")
        return switch kind {
        case .plain: list
        case .rollup: "ROLLUP(\(list))"
        case .cube: "CUBE(\(list))"
        }
    }
}

extension Ordering {
    fileprivate var text: String { expression.text + (descends ? " DESC" : "") + (nullsLast ? " NULLS LAST" : "") }
}

extension WithClause {
    fileprivate var text: String {
        switch self {
        case .securityEnforced: "SECURITY_ENFORCED"
        case .userMode: "USER_MODE"
        case .systemMode: "SYSTEM_MODE"
        case .dataCategories(let filters):
            "DATA CATEGORY "
                + filters.map { "\($0.group) \($0.relation.rawValue) (\($0.categories.joined(separator: ", ")))" }
                .joined(separator: " AND ")
        case .recordVisibilityContext(let settings):
            "RecordVisibilityContext ("
                + settings.map { "\($0.name)=\($0.value.text)" }.joined(separator: ", ") + ")"
        }
    }
}

extension Condition {
    fileprivate var text: String {
        switch self {
        case .and(let parts): parts.map(\.operand).joined(separator: " AND ")
        case .or(let parts): parts.map(\.operand).joined(separator: " OR ")
        case .not(let part): "NOT \(part.operand)"
        case .comparison(let expression, let comparison, let literal):
            "\(expression.text) \(comparison.rawValue) \(literal.text)"
        case .like(let expression, let pattern): "\(expression.text) LIKE \(pattern.text)"
        case .isIn(let expression, let values): "\(expression.text) IN \(values.text)"
        case .isNotIn(let expression, let values): "\(expression.text) NOT IN \(values.text)"
        case .includes(let expression, let values): "\(expression.text) INCLUDES \(Literal.list(values))"
        case .excludes(let expression, let values): "\(expression.text) EXCLUDES \(Literal.list(values))"
        }
    }

    /// The text as a part of another condition.
    private var operand: String {
        switch self {
        case .and, .or, .not: "(\(text))"
        case .comparison, .like, .isIn, .isNotIn, .includes, .excludes: text
        }
    }
}

extension Condition.ValueSet {
    fileprivate var text: String {
        switch self {
        case .literals(let literals): Literal.list(literals)
        case .query(let query): "(\(query.text))"
        }
    }
}

extension LikePattern {
    fileprivate var text: String {
        let parts = elements.map { element in
            switch element {
            case .text(let text): Literal.escaped(text, alsoEscaping: ["%", "_"])
            case .anyText: "%"
            case .anyCharacter: "_"
            }
        }
        return "'\(parts.joined())'"
    }
}

extension Literal {
    fileprivate static func list(_ literals: [Literal]) -> String {
        "(\(literals.map(\.text).joined(separator: ", ")))"
    }

    fileprivate var text: String {
        switch self {
        case .null: "NULL"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        case .string(let text): "'\(Self.escaped(text))'"
        case .number(let number): Self.shown(number)
        case .date(let date): date.text
        case .dateTime(let seconds): Self.shown(dateTime: seconds)
        case .dateLiteral(let name, nil): name
        case .dateLiteral(let name, let count?): "\(name):\(count)"
        case .currency(let code, let amount): code + Self.shown(amount)
        }
    }

    /// An integer has no fraction, because some fields take only integers.
    private static func shown(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? number.description
    }

    private static func shown(dateTime seconds: Double) -> String {
        let whole = Int(seconds.rounded(.down))
        let milliseconds = Int(((seconds - Double(whole)) * 1_000).rounded())
        let (days, rest) = (whole.floorDivided(by: 86_400), whole.floorRemainder(by: 86_400))
        let time = [rest / 3_600, rest / 60 % 60, rest % 60].map { $0.padded(to: 2) }.joined(separator: ":")
        let fraction = milliseconds == 0 ? "" : ".\(milliseconds.padded(to: 3))"
        return "\(CalendarDate(daysSince1970: days).text)T\(time)\(fraction)Z"
    }

    /// - Parameter others: Characters that are escaped too.
    fileprivate static func escaped(_ text: String, alsoEscaping others: Set<Unicode.Scalar> = []) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'", "\\":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case _ where others.contains(scalar):
                result += "\\"
                result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension CalendarDate {
    fileprivate var text: String { "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))" }
}

extension Int {
    fileprivate func padded(to length: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, length - digits.count)) + digits
    }
}
