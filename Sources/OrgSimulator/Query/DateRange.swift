import Foundation

/// The range of a date literal, such as `TODAY` or `LAST_N_DAYS:30`. Days begin at midnight UTC, because the simulated
/// users have no time zone.
struct DateRange {
    let start: Date
    /// The first moment after the range.
    let end: Date

    /// - Parameters:
    ///   - name: The literal in upper case, without its count.
    ///   - count: The number after the colon, in days.
    /// - Throws: The refusal of a literal that the simulator does not evaluate.
    init(_ name: String, _ count: Int?, now: Date) throws(QueryRefusal) {
        let today = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / Self.day).rounded(.down) * Self.day)
        let days = Double(count ?? 0)
        switch (name, count) {
        case ("TODAY", _): self.init(start: today, days: 1)
        case ("YESTERDAY", _): self.init(start: today - Self.day, days: 1)
        case ("TOMORROW", _): self.init(start: today + Self.day, days: 1)
        case ("LAST_90_DAYS", _): self.init(start: today - 90 * Self.day, days: 91)
        case ("LAST_N_DAYS", _?): self.init(start: today - days * Self.day, days: days + 1)
        case ("N_DAYS_AGO", _?): self.init(start: today - days * Self.day, days: 1)
        case ("NEXT_N_DAYS", _?): self.init(start: today + Self.day, days: days)
        default: throw .notEvaluated(name)
        }
    }

    private static let day = 86_400.0

    private init(start: Date, days: Double) {
        self.start = start
        end = start + days * Self.day
    }
}
