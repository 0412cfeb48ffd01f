import Foundation

/// Hours of one weekday at which the users of a profile may sign in, in UTC; a day that is not named has none.
struct LoginHours: Codable, Equatable, Sendable {
    enum Day: String, Codable, CaseIterable, Sendable {
        case sunday, monday, tuesday, wednesday, thursday, friday, saturday
    }

    var day: Day
    /// Minutes since midnight, 0 through 1,440; the end is not included.
    var startMinutes = 0
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
