/// One part of a select list.
package enum SelectItem: Hashable, Sendable {
    case field(FieldExpression, alias: String?)
    /// Rows of a child relationship.
    case children(SOQLQuery)
    case typeOf(TypeOf)
    case fields(FieldSet)

    /// What `FIELDS()` stands for.
    package enum FieldSet: String, Hashable, Sendable, CaseIterable {
        case all = "ALL"
        case standard = "STANDARD"
        case custom = "CUSTOM"
    }
}

/// `TYPEOF`: fields of a polymorphic relationship, by the object that it leads to.
package struct TypeOf: Hashable, Sendable {
    package struct Branch: Hashable, Sendable {
        package var object: String
        package var fields: [FieldPath]
    }

    package var relationship: FieldPath
    package var branches: [Branch]
    package var otherwise: [FieldPath] = []
}

/// Relationships from child to parent, and a field at the end: `Parent.Profile.Name`.
package struct FieldPath: Hashable, Sendable {
    /// As written, an alias of the object included. Never empty.
    package var names: [String]
}

package enum FieldExpression: Hashable, Sendable {
    case path(FieldPath)
    case function(FunctionCall)
}

package struct FunctionCall: Hashable, Sendable {
    package enum Argument: Hashable, Sendable {
        case expression(FieldExpression)
        case literal(Literal)
    }

    package var function: SOQLFunction
    package var arguments: [Argument]
}

/// The functions of SOQL, by their names in capitals.
package enum SOQLFunction: String, Hashable, Sendable, CaseIterable {
    case count = "COUNT"
    case countDistinct = "COUNT_DISTINCT"
    case minimum = "MIN"
    case maximum = "MAX"
    case sum = "SUM"
    case average = "AVG"
    case calendarMonth = "CALENDAR_MONTH"
    case calendarQuarter = "CALENDAR_QUARTER"
    case calendarYear = "CALENDAR_YEAR"
    case dayInMonth = "DAY_IN_MONTH"
    case dayInWeek = "DAY_IN_WEEK"
    case dayInYear = "DAY_IN_YEAR"
    case dayOnly = "DAY_ONLY"
    case fiscalMonth = "FISCAL_MONTH"
    case fiscalQuarter = "FISCAL_QUARTER"
    case fiscalYear = "FISCAL_YEAR"
    case hourInDay = "HOUR_IN_DAY"
    case weekInMonth = "WEEK_IN_MONTH"
    case weekInYear = "WEEK_IN_YEAR"
    case convertCurrency = "CONVERTCURRENCY"
    case convertTimezone = "CONVERTTIMEZONE"
    case distance = "DISTANCE"
    case format = "FORMAT"
    case geolocation = "GEOLOCATION"
    case grouping = "GROUPING"
    case toLabel = "TOLABEL"

    /// Whether it makes one value of many rows.
    package var isAggregate: Bool {
        switch self {
        case .count, .countDistinct, .minimum, .maximum, .sum, .average: true
        default: false
        }
    }
}
