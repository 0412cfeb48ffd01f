import Foundation

/// A period of a weekday, in UTC, in which users of a profile can sign in. If a profile has login hours, its users
/// cannot sign in on days without any.
struct LoginHours: Codable, Equatable, Sendable {
    enum Day: String, Codable, CaseIterable, Sendable {
        case sunday, monday, tuesday, wednesday, thursday, friday, saturday
    }

    var day: Day
    /// The start in minutes since midnight, 0 to 1,440.
    var startMinutes = 0
    /// The end in minutes since midnight, 0 to 1,440, not included.
    var endMinutes = 1_440

    init(day: Day) { self.day = day }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(day: try keys.decode(Day.self, forKey: .day))
        startMinutes = try keys.value(.startMinutes, or: startMinutes)
        endMinutes = try keys.value(.endMinutes, or: endMinutes)
    }

    var isInOrder: Bool { startMinutes >= 0 && startMinutes < endMinutes && endMinutes <= 1_440 }

    func contain(_ time: Date) -> Bool {
        let minutes = Int((time.timeIntervalSince1970 / 60).rounded(.down))
        let (days, minute) = (minutes / 1_440, minutes % 1_440)
        // 1 January 1970 was a Thursday.
        return Day.allCases[(days + 4) % 7] == day && (startMinutes..<endMinutes).contains(minute)
    }
}
