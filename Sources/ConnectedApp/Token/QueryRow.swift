/// A row of a query's result. It contains the rows of its parent relationships. Only texts and Boolean values can be
/// read.
package struct QueryRow: Decodable, Sendable, Equatable {
    private let members: [String: QueryValue]

    package init(from decoder: any Decoder) throws {
        members = try decoder.singleValueContainer().decode([String: QueryValue].self)
    }

    /// Returns a text as the org sent it, for comparisons and further queries. To show or store it, use ``text(_:)``.
    ///
    /// - Parameter path: A field, or relationships and a field joined by dots: `Parent.Profile.Name`. It is
    ///   case-sensitive.
    /// - Returns: `nil` if the row has no such field, or if its value is not a text.
    package func raw(_ path: String) -> String? {
        if case .text(let text)? = value(path) { text } else { nil }
    }

    /// Returns a text for output and storage, without secrets and shortened if it is very long.
    package func text(_ path: String) -> String? { raw(path).map { OrgWords().clean($0) } }

    /// Returns a Boolean value; `nil` if the row has no such field, or if its value is not `true` or `false`.
    package func flag(_ path: String) -> Bool? {
        if case .flag(let flag)? = value(path) { flag } else { nil }
    }

    private func value(_ path: String) -> QueryValue? {
        let names = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard let first = names.first, let value = members[first] else { return nil }
        guard names.count == 2 else { return value }
        return if case .row(let row) = value { row.value(names[1]) } else { nil }
    }

    /// The names of the row's own fields that are `true`, in alphabetical order.
    package var trueFields: [String] {
        members.compactMap { if case .flag(true) = $0.value { $0.key } else { nil } }.sorted()
    }
}

private indirect enum QueryValue: Decodable, Sendable, Equatable {
    case text(String)
    case flag(Bool)
    case row(QueryRow)
    /// `null`, a number or a list. No caller reads these.
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let row = try? container.decode(QueryRow.self) {
            self = .row(row)
        } else {
            self = .other
        }
    }
}
