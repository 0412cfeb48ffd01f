extension Parser {
    /// Parses conditions that are joined only by `AND` or only by `OR`. SOQL requires parentheses to mix them.
    mutating func condition() throws(SyntaxError) -> Condition {
        let first = try operand()
        for (keyword, join) in [("AND", Condition.and), ("OR", Condition.or)] where next.keyword == keyword {
            var operands = [first]
            while consumeIfNext(keyword) { operands.append(try operand()) }
            return join(operands)
        }
        return first
    }

    private mutating func operand() throws(SyntaxError) -> Condition {
        if consumeIfNext("NOT") { return .not(try nested { (parser) throws(SyntaxError) in try parser.operand() }) }
        if consumeIfNext(symbol: "(") {
            let inner = try nested { (parser) throws(SyntaxError) in try parser.condition() }
            try take(symbol: ")")
            return inner
        }
        return try comparison(of: try fieldExpression())
    }

    private mutating func comparison(of expression: FieldExpression) throws(SyntaxError) -> Condition {
        switch next.keyword {
        case "LIKE":
            _ = advance()
            return .like(expression, try likePattern())
        case "IN":
            _ = advance()
            return .isIn(expression, try valueSet())
        case "NOT":
            _ = advance()
            try take("IN")
            return .isNotIn(expression, try valueSet())
        case "INCLUDES":
            _ = advance()
            return .includes(expression, try literals())
        case "EXCLUDES":
            _ = advance()
            return .excludes(expression, try literals())
        default:
            let sign = next.text == "<>" ? "!=" : next.text
            guard next.kind == .symbol, let comparison = ComparisonOperator(rawValue: sign) else { throw unexpected() }
            _ = advance()
            return .comparison(expression, comparison, try literal())
        }
    }

    private mutating func valueSet() throws(SyntaxError) -> Condition.ValueSet {
        guard afterNext.keyword == "SELECT" else { return .literals(try literals()) }
        try take(symbol: "(")
        let query = try nested { (parser) throws(SyntaxError) in try parser.query() }
        try take(symbol: ")")
        return .query(query)
    }

    private mutating func literals() throws(SyntaxError) -> [Literal] {
        try take(symbol: "(")
        let literals = try list { (parser) throws(SyntaxError) in try parser.literal() }
        try take(symbol: ")")
        return literals
    }
}
