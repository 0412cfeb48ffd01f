import Foundation

/// A value in a row of a queried table.
enum QueryValue: Hashable, Sendable {
    case id(String)
    case text(String)
    case boolean(Bool)
    case number(Double)
    case dateTime(Date)
    /// A value with members, such as the `Metadata` of a Tooling API object.
    case complex(JSONValue)

    /// The type of a value. The raw value is Salesforce's name of the type.
    enum Kind: String, Sendable {
        case id, boolean, dateTime
        case text = "string"
        case number = "double"
        case complex = "complexvalue"
    }

    /// The form for comparisons: texts in lower case, ids with 15 characters. Use it for dictionary keys too.
    var comparable: QueryValue {
        switch self {
        case .id(let id): .id(String(id.prefix(15)))
        case .text(let text): .text(text.lowercased())
        case .boolean, .number, .dateTime, .complex: self
        }
    }

    /// Whether `left` is less than `right`, compared by ``comparable``. False for values of different kinds.
    static func isLess(_ left: QueryValue, _ right: QueryValue) -> Bool {
        switch (left.comparable, right.comparable) {
        case (.id(let left), .id(let right)), (.text(let left), .text(let right)): left < right
        case (.number(let left), .number(let right)): left < right
        case (.dateTime(let left), .dateTime(let right)): left < right
        case (.boolean(let left), .boolean(let right)): !left && right
        default: false
        }
    }

    var json: JSONValue {
        switch self {
        case .id(let text), .text(let text): .string(text)
        case .boolean(let flag): .bool(flag)
        case .complex(let value): value
        case .number(let number):
            if let integer = Int64(exactly: number) { .integer(integer) } else { .number(number) }
        case .dateTime(let date): .string(Self.timestamp(date))
        }
    }

    /// Returns a time in the REST API's format: `2026-11-25T05:00:00.000+0000`.
    private static func timestamp(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)) + "+0000"
    }
}
