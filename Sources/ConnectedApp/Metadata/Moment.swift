package import Foundation

/// Parses a time, such as `2026-11-01T00:00:00Z`, or a day, which begins at midnight UTC.
package enum Moment {
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    package static func parse(_ text: String) throws -> Date {
        // The styles ignore what follows a date.
        if text.wholeMatch(of: #/\d{4}-\d{2}-\d{2}/#) != nil,
            let day = try? Date(text, strategy: .iso8601.year().month().day())
        {
            return day
        }
        if text.wholeMatch(of: #/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})/#) != nil,
            let time = try? Date(
                text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")))
        {
            return time
        }
        throw ConnectedAppError(
            .usage, detail: "\(text) is not a time. Write it as 2026-11-01T00:00:00Z, or a day as 2026-11-01.")
    }
}
