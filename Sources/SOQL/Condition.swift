/// A condition of `WHERE` or `HAVING`.
package indirect enum Condition: Hashable, Sendable {
    case and([Condition])
    case or([Condition])
    case not(Condition)
    case comparison(FieldExpression, ComparisonOperator, Literal)
    case like(FieldExpression, LikePattern)
    case isIn(FieldExpression, ValueSet)
    case isNotIn(FieldExpression, ValueSet)
    /// `INCLUDES`, for multi-select picklists. A literal may join several values by semicolons, all of which must be
    /// selected.
    case includes(FieldExpression, [Literal])
    case excludes(FieldExpression, [Literal])

    /// The values after `IN` or `NOT IN`.
    package enum ValueSet: Hashable, Sendable {
        case literals([Literal])
        /// A sub-query: a semi-join after `IN`, an anti-join after `NOT IN`.
        case query(SOQLQuery)
    }
}

/// A comparison operator. The raw value is its spelling in SOQL.
package enum ComparisonOperator: String, Hashable, Sendable {
    case equal = "="
    /// Also written `<>`.
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

/// The pattern after `LIKE`. In the query, `\%` and `\_` mean the characters themselves; here, they are part of a text.
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

/// A literal value in a query.
package enum Literal: Hashable, Sendable {
    case null
    case boolean(Bool)
    case string(String)
    case number(Double)
    case date(CalendarDate)
    /// Seconds since 1970, in UTC.
    case dateTime(Double)
    /// A name of ``DateLiterals``, in capitals, with its number; `nil` if the name takes none.
    case dateLiteral(String, Int?)
    /// A currency's ISO code, in capitals, and an amount, such as `USD5000`.
    case currency(String, Double)
}

/// An existing day of the Gregorian calendar.
package struct CalendarDate: Hashable, Sendable {
    let year: Int
    let month: Int
    let day: Int

    /// Returns `nil` if there is no such day.
    init?(year: Int, month: Int, day: Int) {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), (1...lengths[month - 1]).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that begins this many days after 1970-01-01, which may be negative.
    init(daysSince1970 days: Int) {
        // As in ``secondsSince1970``, years begin in March, and an era has 400 of them.
        let shifted = days + 719_468
        let (era, dayOfEra) = (shifted.floorDivided(by: 146_097), shifted.floorRemainder(by: 146_097))
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Midnight of the day in UTC, in seconds since 1970.
    var secondsSince1970: Double {
        // Counting years from March puts the leap day at the end of the year.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Double(era * 146_097 + dayOfEra - 719_468) * 86_400
    }
}

extension Int {
    /// Rounds down, also if the number is negative. The divisor is positive.
    func floorDivided(by divisor: Int) -> Int { (self - floorRemainder(by: divisor)) / divisor }

    func floorRemainder(by divisor: Int) -> Int {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
