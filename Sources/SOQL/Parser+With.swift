extension Parser {
    /// Parses the clause after `WITH`.
    mutating func with() throws(SyntaxError) -> WithClause {
        if consumeIfNext("SECURITY_ENFORCED") { return .securityEnforced }
        if consumeIfNext("USER_MODE") { return .userMode }
        if consumeIfNext("SYSTEM_MODE") { return .systemMode }
        if consumeIfNext("RECORDVISIBILITYCONTEXT") { return .recordVisibilityContext(try settings()) }
        try take("DATA")
        try take("CATEGORY")
        var filters = [try dataCategoryFilter()]
        while consumeIfNext("AND") { filters.append(try dataCategoryFilter()) }
        return .dataCategories(filters)
    }

    private mutating func settings() throws(SyntaxError) -> [WithClause.Setting] {
        try take(symbol: "(")
        let settings = try list { (parser) throws(SyntaxError) in
            let name = try parser.name()
            try parser.take(symbol: "=")
            return WithClause.Setting(name: name, value: try parser.literal())
        }
        try take(symbol: ")")
        return settings
    }

    private mutating func dataCategoryFilter() throws(SyntaxError) -> WithClause.DataCategoryFilter {
        let group = try name()
        guard let relation = WithClause.DataCategoryFilter.Relation(rawValue: next.keyword) else { throw unexpected() }
        _ = advance()
        guard consumeIfNext(symbol: "(") else {
            return .init(group: group, relation: relation, categories: [try name()])
        }
        let categories = try list { (parser) throws(SyntaxError) in try parser.name() }
        try take(symbol: ")")
        return .init(group: group, relation: relation, categories: categories)
    }
}
