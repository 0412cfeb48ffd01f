/// How often aprity pulls the metadata of a connection's org by itself: from 15 minutes to 30 days.
package struct PullInterval: Sendable, Equatable, Codable, CustomStringConvertible {
    private static let bounds = 15 * 60...30 * 86_400

    package let seconds: Int

    /// - Throws: ``ConnectedAppError`` with `.usage`.
    package init(seconds: Int) throws(ConnectedAppError) {
        guard Self.bounds.contains(seconds) else {
            throw ConnectedAppError(
                .usage, subject: "\(seconds)",
                detail: "An interval has from \(Self.bounds.lowerBound) to \(Self.bounds.upperBound) seconds.")
        }
        self.seconds = seconds
    }

    /// - Parameter seconds: From an interval that was checked.
    init(unchecked seconds: Int) { self.seconds = seconds }

    /// - Parameter text: A number and a unit: `m`, `h` or `d`, such as `1d`.
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    package init(_ text: String) throws(ConnectedAppError) {
        guard let seconds = WrittenDuration(text)?.seconds, Self.bounds.contains(seconds) else {
            throw ConnectedAppError(
                .usage, subject: text,
                detail: "This is not an interval from 15 minutes to 30 days, such as 30m, 12h or 1d.")
        }
        self.seconds = seconds
    }

    package init(from decoder: any Decoder) throws {
        try self.init(seconds: try decoder.singleValueContainer().decode(Int.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }

    /// In the largest unit of which it is a multiple, such as `1d`. Seconds that are no whole minute are written with `s`, which
    /// ``init(_:)`` does not read.
    package var description: String {
        for unit in ["d", "h", "m"] as [Character] {
            if let length = WrittenDuration.secondsByUnit[unit], seconds.isMultiple(of: length) {
                return "\(seconds / length)\(unit)"
            }
        }
        return "\(seconds)s"
    }
}
