extension Parser {
    /// Parses the clause after `WITH`.
    mutating func with() throws(SyntaxError) -> WithClause {
        if takes("SECURITY_ENFORCED") { return .securityEnforced }
        if takes("USER_MODE") { return .userMode }
        if takes("SYSTEM_MODE") { return .systemMode }
        if takes("RECORDVISIBILITYCONTEXT") { return .recordVisibilityContext(try settings()) }
        try take("DATA")
        try take("CATEGORY")
        var filters = [try dataCategoryFilter()]
        while takes("AND") { filters.append(try dataCategoryFilter()) }
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
        guard takes(symbol: "(") else { return .init(group: group, relation: relation, categories: [try name()]) }
        let categories = try list { (parser) throws(SyntaxError) in try parser.name() }
        try take(symbol: ")")
        return .init(group: group, relation: relation, categories: categories)
    }
}
