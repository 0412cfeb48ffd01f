/// Parses dates and times in the format of SOQL. The methods return `nil` for every other text.
enum DateText {
    /// Parses `2026-11-25`.
    static func date(_ text: String) -> CalendarDate? {
        var rest = Substring(text).utf8
        guard let date = date(&rest), rest.isEmpty else { return nil }
        return date
    }

    /// Parses `2026-11-25T05:00:00Z`, optionally with a fraction of a second, or with an offset such as `+01:00` or
    /// `+0100` instead of `Z`. Returns seconds since 1970, in UTC.
    static func dateTime(_ text: String) -> Double? {
        var rest = Substring(text).utf8
        guard let date = date(&rest), takes("T", &rest), let hour = number(2, &rest), takes(":", &rest),
            let minute = number(2, &rest), takes(":", &rest), let second = number(2, &rest),
            hour < 24, minute < 60, second < 60, let fraction = fraction(&rest), let offset = offset(&rest),
            rest.isEmpty
        else { return nil }
        return date.secondsSince1970 + Double(hour * 3_600 + minute * 60 + second - offset) + fraction
    }

    private static func date(_ rest: inout Substring.UTF8View) -> CalendarDate? {
        guard let year = number(4, &rest), takes("-", &rest), let month = number(2, &rest), takes("-", &rest),
            let day = number(2, &rest)
        else { return nil }
        return CalendarDate(year: year, month: month, day: day)
    }

    private static func fraction(_ rest: inout Substring.UTF8View) -> Double? {
        guard takes(".", &rest) else { return 0 }
        let digits = rest.prefix { $0.isDigit }
        rest = rest.dropFirst(digits.count)
        // The precision of the org is a millisecond.
        return digits.isEmpty ? nil : Double("0." + String(Substring(digits.prefix(3))))
    }

    /// Parses `Z` or an offset. Returns seconds east of UTC.
    private static func offset(_ rest: inout Substring.UTF8View) -> Int? {
        if takes("Z", &rest) { return 0 }
        let sign = takes("-", &rest) ? -1 : 1
        if sign == 1, !takes("+", &rest) { return nil }
        guard let hours = number(2, &rest) else { return nil }
        _ = takes(":", &rest)
        guard let minutes = number(2, &rest), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }

    private static func number(_ digits: Int, _ rest: inout Substring.UTF8View) -> Int? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy(\.isDigit) else { return nil }
        rest = rest.dropFirst(digits)
        return Int(Substring(text))
    }

    private static func takes(_ character: Unicode.Scalar, _ rest: inout Substring.UTF8View) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }
}

/// The names of "Date Formats and Date Literals in WHERE" (SOQL and SOSL Reference).
enum DateLiterals {
    /// The names that take no number.
    static let plain: Set = [
        "YESTERDAY", "TODAY", "TOMORROW", "LAST_WEEK", "THIS_WEEK", "NEXT_WEEK", "LAST_MONTH", "THIS_MONTH",
        "NEXT_MONTH", "LAST_90_DAYS", "NEXT_90_DAYS", "THIS_QUARTER", "LAST_QUARTER", "NEXT_QUARTER", "THIS_YEAR",
        "LAST_YEAR", "NEXT_YEAR", "THIS_FISCAL_QUARTER", "LAST_FISCAL_QUARTER", "NEXT_FISCAL_QUARTER",
        "THIS_FISCAL_YEAR", "LAST_FISCAL_YEAR", "NEXT_FISCAL_YEAR",
    ]
    /// The names that take a number, as in `LAST_N_DAYS:7`.
    static let counted: Set = [
        "LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO", "NEXT_N_WEEKS", "LAST_N_WEEKS", "N_WEEKS_AGO", "NEXT_N_MONTHS",
        "LAST_N_MONTHS", "N_MONTHS_AGO", "NEXT_N_QUARTERS", "LAST_N_QUARTERS", "N_QUARTERS_AGO", "NEXT_N_YEARS",
        "LAST_N_YEARS", "N_YEARS_AGO", "NEXT_N_FISCAL_QUARTERS", "LAST_N_FISCAL_QUARTERS", "N_FISCAL_QUARTERS_AGO",
        "NEXT_N_FISCAL_YEARS", "LAST_N_FISCAL_YEARS", "N_FISCAL_YEARS_AGO",
    ]
}
