/// What `WHERE` and `HAVING` ask of a row.
package indirect enum Condition: Hashable, Sendable {
    case and([Condition])
    case or([Condition])
    case not(Condition)
    case comparison(FieldExpression, ComparisonOperator, Literal)
    case like(FieldExpression, LikePattern)
    case isIn(FieldExpression, ValueSet)
    case isNotIn(FieldExpression, ValueSet)
    case includes(FieldExpression, [Literal])
    case excludes(FieldExpression, [Literal])

    package enum ValueSet: Hashable, Sendable {
        case literals([Literal])
        /// A semi-join, or behind `NOT` an anti-join.
        case query(SOQLQuery)
    }
}

package enum ComparisonOperator: String, Hashable, Sendable {
    case equal = "="
    /// Also written `<>`.
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

/// The text behind `LIKE`, in which `\%` and `\_` mean the characters themselves.
package struct LikePattern: Hashable, Sendable {
    package enum Element: Hashable, Sendable {
        case text(String)
        /// `%`: any characters, or none.
        case anyText
        /// `_`: one character.
        case anyCharacter
    }

    package var elements: [Element]
}

package enum Literal: Hashable, Sendable {
    case null
    case boolean(Bool)
    case string(String)
    case number(Double)
    case date(CalendarDate)
    /// Seconds since 1970, in UTC.
    case dateTime(Double)
    /// A name such as `LAST_N_DAYS`, in capitals, with its number where it takes one.
    case dateLiteral(String, Int?)
    /// A currency's ISO code and an amount, such as `USD5000`.
    case currency(String, Double)
}

/// A day of the Gregorian calendar that exists.
package struct CalendarDate: Hashable, Sendable {
    package let year: Int
    package let month: Int
    package let day: Int

    package init?(year: Int, month: Int, day: Int) {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), (1...lengths[month - 1]).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Midnight of the day in UTC, in seconds since 1970.
    package var secondsSince1970: Double {
        // Years that begin in March have the leap day at their end.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Double(era * 146_097 + dayOfEra - 719_468) * 86_400
    }
}
