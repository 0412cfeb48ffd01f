internal import Foundation

/// Hides names in texts that are shown to others. Each name is replaced wherever it occurs, ignoring case, even
/// inside a longer word.
struct Masking {
    private let replacements: [(name: String, mask: String)]

    /// - Parameter names: The texts to hide, and what to show instead.
    init(_ names: [(name: String, mask: String)]) {
        // Longer names first, so that a name that contains a shorter one is replaced completely.
        replacements = names.filter { !$0.name.isEmpty }.sorted { $0.name.count > $1.name.count }
    }

    /// The first characters of a username and of its domain: `i…@a…`; `…` if the text is not a username.
    static func username(_ text: String) -> String {
        let parts = text.split(separator: "@", maxSplits: 1)
        guard parts.count == 2, let first = parts[0].first else { return "…" }
        return "\(first)…@\(parts[1].first.map(String.init) ?? "")…"
    }

    func apply(_ text: String) -> String {
        replacements.reduce(text) { $0.replacingOccurrences(of: $1.name, with: $1.mask, options: .caseInsensitive) }
    }

    /// Replaces the names in every text of a view's JSON, but not in the names of its members. Times lose fractions of
    /// a second.
    ///
    /// - Throws: `DecodingError` if a masked text is no longer valid in the view, such as the raw value of an
    ///   enumeration.
    func apply<View: Codable>(to view: View) throws -> View {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        let json = try JSONSerialization.jsonObject(with: encoder.encode(view), options: .fragmentsAllowed)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(
            View.self, from: JSONSerialization.data(withJSONObject: masked(json), options: .fragmentsAllowed))
    }

    private func masked(_ json: Any) -> Any {
        switch json {
        case let text as String: apply(text)
        case let list as [Any]: list.map(masked)
        case let object as [String: Any]: object.mapValues(masked)
        default: json
        }
    }
}
