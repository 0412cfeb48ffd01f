extension SOQLQuery {
    /// The same query without aliases of objects and relationships: each name is the path from the object after `FROM`.
    ///
    /// A name can be an alias, the object's own name or a relationship. Without aliases, a reader of the text cannot take it for
    /// something else than ``reach`` does. Aliases in the select list stay, because they name columns of the result.
    package var unaliased: SOQLQuery {
        let scope = NameScope(from)
        var query = self
        query.from = FromClause(path: from.path, alias: nil)
        query.select = select.map { $0.unaliased(scope) }
        query.condition = condition?.unaliased(scope)
        query.having = having?.unaliased(scope)
        query.grouping?.expressions = grouping?.expressions.map { $0.unaliased(scope) } ?? []
        query.order = order.map { ordering in
            var ordering = ordering
            ordering.expression = ordering.expression.unaliased(scope)
            return ordering
        }
        return query
    }
}

extension SelectItem {
    fileprivate func unaliased(_ scope: NameScope) -> SelectItem {
        switch self {
        case .field(let expression, let alias): return .field(expression.unaliased(scope), alias: alias)
        case .children(var query):
            let path = scope.resolve(query.from.path)
            query = query.unaliased
            query.from.path = path
            return .children(query)
        case .typeOf(var typeOf):
            typeOf.relationship = typeOf.relationship.unaliased(scope)
            return .typeOf(typeOf)
        case .fields: return self
        }
    }
}

extension FieldPath {
    fileprivate func unaliased(_ scope: NameScope) -> FieldPath { FieldPath(names: scope.resolve(names)) }
}

extension FieldExpression {
    fileprivate func unaliased(_ scope: NameScope) -> FieldExpression {
        switch self {
        case .path(let path): return .path(path.unaliased(scope))
        case .function(var call):
            call.arguments = call.arguments.map { argument in
                switch argument {
                case .expression(let expression): .expression(expression.unaliased(scope))
                case .literal: argument
                }
            }
            return .function(call)
        }
    }
}

extension Condition {
    fileprivate func unaliased(_ scope: NameScope) -> Condition {
        switch self {
        case .and(let parts): .and(parts.map { $0.unaliased(scope) })
        case .or(let parts): .or(parts.map { $0.unaliased(scope) })
        case .not(let part): .not(part.unaliased(scope))
        case .comparison(let expression, let comparison, let literal):
            .comparison(expression.unaliased(scope), comparison, literal)
        case .like(let expression, let pattern): .like(expression.unaliased(scope), pattern)
        case .isIn(let expression, let values): .isIn(expression.unaliased(scope), values.unaliased)
        case .isNotIn(let expression, let values): .isNotIn(expression.unaliased(scope), values.unaliased)
        case .includes(let expression, let literals): .includes(expression.unaliased(scope), literals)
        case .excludes(let expression, let literals): .excludes(expression.unaliased(scope), literals)
        }
    }
}

extension Condition.ValueSet {
    fileprivate var unaliased: Condition.ValueSet {
        switch self {
        case .literals: self
        case .query(let query): .query(query.unaliased)
        }
    }
}
