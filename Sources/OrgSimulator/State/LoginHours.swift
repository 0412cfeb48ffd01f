import Foundation

/// A period of one weekday, in UTC, in which users of a profile can sign in. A profile can have several periods for a
/// day. If it has any period at all, its users cannot sign in on the days without one.
struct LoginHours: Codable, Equatable, Sendable {
    /// The raw values are stored in the state document. ``contains(_:)`` relies on the order.
    enum Day: String, Codable, CaseIterable, Sendable {
        case sunday, monday, tuesday, wednesday, thursday, friday, saturday
    }

    var day: Day
    /// The first minute of the period, counted from midnight: 0 to 1,439.
    var startMinutes = 0
    /// The minute after the last one, counted from midnight: 1 to 1,440.
    var endMinutes = 1_440

    init(day: Day) { self.day = day }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(day: try keys.decode(Day.self, forKey: .day))
        startMinutes = try keys.value(.startMinutes, or: startMinutes)
        endMinutes = try keys.value(.endMinutes, or: endMinutes)
    }

    /// Whether the start is before the end, and both are within the day.
    var isValid: Bool { startMinutes >= 0 && startMinutes < endMinutes && endMinutes <= 1_440 }

    /// Whether `time` is in this period.
    func contains(_ time: Date) -> Bool {
        // Rounded down, so that times before 1970, which are negative, are on the right day too.
        let days = (time.timeIntervalSince1970 / 86_400).rounded(.down)
        let minute = Int((time.timeIntervalSince1970 - days * 86_400) / 60)
        // 1 January 1970 was a Thursday.
        let weekday = (Int(days) % 7 + 7 + 4) % 7
        return Day.allCases[weekday] == day && (startMinutes..<endMinutes).contains(minute)
    }
}
