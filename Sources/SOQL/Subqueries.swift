extension SOQLQuery {
    /// The query and all queries in it, in its select list and its conditions.
    package var withSubqueries: [SOQLQuery] {
        let selected = select.flatMap { item -> [SOQLQuery] in
            if case .children(let query) = item { query.withSubqueries } else { [] }
        }
        return [self] + selected + [condition, having].compactMap(\.self).flatMap(\.subqueries)
    }
}

extension Condition {
    fileprivate var subqueries: [SOQLQuery] {
        switch self {
        case .and(let parts), .or(let parts): parts.flatMap(\.subqueries)
        case .not(let part): part.subqueries
        case .isIn(_, .query(let query)), .isNotIn(_, .query(let query)): query.withSubqueries
        case .isIn(_, .literals), .isNotIn(_, .literals), .comparison, .like, .includes, .excludes: []
        }
    }
}
