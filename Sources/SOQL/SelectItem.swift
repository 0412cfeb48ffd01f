/// One item of a select list.
package enum SelectItem: Hashable, Sendable {
    case field(FieldExpression, alias: String?)
    /// A sub-query for the rows of a child relationship.
    case children(SOQLQuery)
    case typeOf(TypeOf)
    /// `FIELDS(…)`.
    case fields(FieldSet)

    /// The set of fields that `FIELDS()` selects.
    package enum FieldSet: String, Hashable, Sendable, CaseIterable {
        case all = "ALL"
        case standard = "STANDARD"
        case custom = "CUSTOM"
    }
}

/// A `TYPEOF` clause: fields of a polymorphic relationship, depending on the object that it refers to.
package struct TypeOf: Hashable, Sendable {
    /// `WHEN` an object `THEN` fields.
    struct Branch: Hashable, Sendable {
        var object: String
        var fields: [FieldPath]
    }

    var relationship: FieldPath
    var branches: [Branch]
    /// The fields after `ELSE`; empty without one.
    var otherwise: [FieldPath] = []
}

/// A path of relationships, each from child to parent, that ends with a field: `Parent.Profile.Name`.
package struct FieldPath: Hashable, Sendable {
    /// The names as written, including an alias of the object; see ``NameScope/resolve(_:)``. Never empty.
    package var names: [String]
}

/// A field, or a function of fields.
package enum FieldExpression: Hashable, Sendable {
    case path(FieldPath)
    case function(FunctionCall)
}

/// A function and its arguments.
package struct FunctionCall: Hashable, Sendable {
    package enum Argument: Hashable, Sendable {
        case expression(FieldExpression)
        case literal(Literal)
    }

    package var function: SOQLFunction
    package var arguments: [Argument]
}

/// A function of SOQL. The raw value is its name in capitals.
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

    /// Whether the function combines many rows into one value.
    package var isAggregate: Bool {
        switch self {
        case .count, .countDistinct, .minimum, .maximum, .sum, .average: true
        default: false
        }
    }
}
