/// How many calls a client has made in the last hour and in the last day, to within five minutes.
package struct CallTally: Codable, Equatable, Sendable {
    /// How many calls a client may make; `nil` for any number.
    package struct Limit: Codable, Equatable, Sendable {
        package let perHour: Int?
        package let perDay: Int?

        package init(perHour: Int? = nil, perDay: Int? = nil) { (self.perHour, self.perDay) = (perHour, perDay) }
    }

    /// In seconds.
    private static let slotLength = 300
    private static let (hour, day) = (3_600, 86_400)

    /// The calls of five minutes.
    private struct Slot: Codable, Equatable {
        /// The number of the slot since 1970.
        let number: Int
        var calls: Int
    }

    /// The oldest first.
    private var slots: [Slot] = []

    package init() {}

    /// Counts a call.
    ///
    /// - Parameter time: Seconds since 1970. If the clock was set back, the call counts in the latest slot.
    package mutating func add(at time: Int) {
        let number = max(time / Self.slotLength, slots.last?.number ?? 0)
        if slots.last?.number == number {
            slots[slots.count - 1].calls += 1
        } else {
            slots.append(Slot(number: number, calls: 1))
        }
        let oldest = number - Self.day / Self.slotLength
        slots.removeAll { $0.number < oldest }
    }

    /// How many calls were made in the last hour. A slot counts as long as a part of it is in that hour.
    package func lastHour(at time: Int) -> Int { calls(within: Self.hour, at: time) }

    package func lastDay(at time: Int) -> Int { calls(within: Self.day, at: time) }

    /// Returns after how many seconds a call may be made; `nil` if one may be made now.
    package func wait(_ limit: Limit, at time: Int) -> Int? {
        let waits = [(limit.perHour, Self.hour), (limit.perDay, Self.day)].compactMap { most, period in
            most.flatMap { wait(most: $0, within: period, at: time) }
        }
        return waits.max()
    }

    private func calls(within period: Int, at time: Int) -> Int {
        slots.reduce(0) { $0 + (Self.isWithin($1, period, at: time) ? $1.calls : 0) }
    }

    private static func isWithin(_ slot: Slot, _ period: Int, at time: Int) -> Bool {
        (slot.number + 1) * slotLength > time - period
    }

    private func wait(most: Int, within period: Int, at time: Int) -> Int? {
        var left = calls(within: period, at: time)
        guard left >= most else { return nil }
        for slot in slots where Self.isWithin(slot, period, at: time) {
            left -= slot.calls
            if left < most { return (slot.number + 1) * Self.slotLength + period - time }
        }
        // Nothing is allowed at all.
        return period
    }
}
