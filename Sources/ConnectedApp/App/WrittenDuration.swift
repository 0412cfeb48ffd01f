/// A duration as people write it: a number and a unit, such as `30m`, `12h` or `1d`.
package struct WrittenDuration: Sendable, Equatable {
    static let secondsByUnit: [Character: Int] = ["m": 60, "h": 3_600, "d": 86_400]

    package let seconds: Int

    /// - Returns: `nil` if the text has another form, or the number is negative or too large.
    package init?(_ text: String) {
        guard let unit = text.last.flatMap({ Self.secondsByUnit[$0] }), let count = Int(text.dropLast()), count >= 0,
            case (let seconds, let overflow) = count.multipliedReportingOverflow(by: unit), !overflow
        else { return nil }
        self.seconds = seconds
    }
}
