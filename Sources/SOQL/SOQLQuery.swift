/// A parsed query of the Salesforce Object Query Language (SOQL). Names are as written; the parser does not look them
/// up.
///
/// The grammar is that of the *SOQL and SOSL Reference*, without the bind variables of Apex. The parser does not check
/// what only Salesforce knows: whether an object or field exists, and which clauses an object allows.
package struct SOQLQuery: Hashable, Sendable {
    package var select: [SelectItem]
    package var from: FromClause
    /// The name after `USING SCOPE`.
    package var scope: String?
    package var condition: Condition?
    package var with: WithClause?
    package var grouping: Grouping?
    package var having: Condition?
    package var order: [Ordering] = []
    package var limit: Int?
    package var offset: Int?
    package var options: [Option] = []

    /// An option at the end of a query, after `FOR`, `UPDATE` or `ALL`. All except `allRows` change something in the
    /// org: `forUpdate` locks the rows, and the others record that rows were viewed, referenced or searched for.
    package enum Option: Hashable, Sendable {
        case forView, forReference, forUpdate, updateTracking, updateViewStat, allRows
    }

    /// Whether the query is `SELECT COUNT() FROM …`, which returns a number instead of rows.
    package var isCount: Bool {
        guard select.count == 1, case .field(.function(let call), nil) = select[0] else { return false }
        return call.function == .count && call.arguments.isEmpty
    }
}

/// The `FROM` clause.
package struct FromClause: Hashable, Sendable {
    /// An object's name; in a sub-query a child relationship, optionally after the parent's name or alias.
    package var path: [String]
    var alias: String?
    /// Parent relationships that have an alias, as in `FROM Contact c, c.Account a`.
    package var joined: [AliasedPath] = []

    /// A relationship with its alias.
    package struct AliasedPath: Hashable, Sendable {
        package var path: [String]
        var alias: String
    }
}

/// The `GROUP BY` clause.
package struct Grouping: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case plain, rollup, cube }

    package var kind: Kind
    package var expressions: [FieldExpression]
}

/// One expression of the `ORDER BY` clause.
package struct Ordering: Hashable, Sendable {
    package var expression: FieldExpression
    package var descends = false
    /// Whether nulls come last. By default, they come first in both directions.
    package var nullsLast = false
}

/// The `WITH` clause.
package enum WithClause: Hashable, Sendable {
    case securityEnforced, userMode, systemMode
    /// `WITH DATA CATEGORY`. The filters are joined by `AND`.
    case dataCategories([DataCategoryFilter])
    /// `WITH RecordVisibilityContext (…)`.
    case recordVisibilityContext([Setting])

    /// A data category group and its categories.
    package struct DataCategoryFilter: Hashable, Sendable {
        enum Relation: String, Hashable, Sendable, CaseIterable {
            case at = "AT"
            case above = "ABOVE"
            case below = "BELOW"
            case aboveOrBelow = "ABOVE_OR_BELOW"
        }

        var group: String
        var relation: Relation
        var categories: [String]
    }

    /// A setting such as `maxDescriptorPerRecord=100`.
    package struct Setting: Hashable, Sendable {
        var name: String
        var value: Literal
    }
}
