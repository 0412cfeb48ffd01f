extension Parser {
    mutating func query() throws(SyntaxError) -> SOQLQuery {
        try take("SELECT")
        let select = try list { (parser) throws(SyntaxError) in try parser.selectItem() }
        try take("FROM")
        var query = SOQLQuery(select: select, from: try from())
        if consumeIfNext("USING") {
            try take("SCOPE")
            query.scope = try name()
        }
        if consumeIfNext("WHERE") { query.condition = try condition() }
        if consumeIfNext("WITH") { query.with = try with() }
        if next.keyword == "GROUP" { query.grouping = try grouping() }
        if consumeIfNext("HAVING") { query.having = try condition() }
        if consumeIfNext("ORDER") {
            try take("BY")
            query.order = try list { (parser) throws(SyntaxError) in try parser.ordering() }
        }
        if consumeIfNext("LIMIT") { query.limit = try count() }
        if consumeIfNext("OFFSET") { query.offset = try count() }
        query.options = try options()
        return query
    }

    private mutating func from() throws(SyntaxError) -> FromClause {
        var clause = FromClause(path: try dottedNames(), alias: alias())
        var scope = NameScope(clause)
        while consumeIfNext(symbol: ",") {
            let joined = FromClause.AliasedPath(path: try dottedNames(), alias: try name())
            guard scope.resolve(joined.path).count <= SOQLQuery.relationshipLimit else { throw unexpected() }
            scope.add(joined)
            clause.joined.append(joined)
        }
        return clause
    }

    /// Parses names that are joined by dots: the object's name or alias, at most five relationships, and a field.
    mutating func dottedNames() throws(SyntaxError) -> [String] {
        var names = [try name()]
        while consumeIfNext(symbol: ".") {
            guard names.count <= SOQLQuery.relationshipLimit + 1 else { throw unexpected() }
            names.append(try anyName())
        }
        return names
    }

    private mutating func grouping() throws(SyntaxError) -> Grouping {
        try take("GROUP")
        try take("BY")
        let kinds: [String: Grouping.Kind] = ["ROLLUP": .rollup, "CUBE": .cube]
        guard let kind = kinds[next.keyword], afterNext.text == "(" else {
            return Grouping(
                kind: .plain, expressions: try list { (parser) throws(SyntaxError) in try parser.fieldExpression() })
        }
        _ = advance()
        try take(symbol: "(")
        let expressions = try list { (parser) throws(SyntaxError) in try parser.fieldExpression() }
        try take(symbol: ")")
        return Grouping(kind: kind, expressions: expressions)
    }

    private mutating func ordering() throws(SyntaxError) -> Ordering {
        var ordering = Ordering(expression: try fieldExpression())
        if consumeIfNext("DESC") { ordering.descends = true } else { _ = consumeIfNext("ASC") }
        if consumeIfNext("NULLS") {
            ordering.nullsLast = consumeIfNext("LAST")
            if !ordering.nullsLast { try take("FIRST") }
        }
        return ordering
    }

    private mutating func options() throws(SyntaxError) -> [SOQLQuery.Option] {
        var options: [SOQLQuery.Option] = []
        while true {
            let choices: [String: SOQLQuery.Option]
            switch next.keyword {
            case "FOR": choices = ["VIEW": .forView, "REFERENCE": .forReference, "UPDATE": .forUpdate]
            case "UPDATE": choices = ["TRACKING": .updateTracking, "VIEWSTAT": .updateViewStat]
            case "ALL": choices = ["ROWS": .allRows]
            default: return options
            }
            _ = advance()
            options += try list { (parser) throws(SyntaxError) in
                guard let option = choices[parser.next.keyword] else { throw parser.unexpected() }
                _ = parser.advance()
                return option
            }
        }
    }
}
