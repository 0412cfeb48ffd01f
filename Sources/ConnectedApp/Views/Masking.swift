internal import Foundation

/// Hides names in texts that leave the house: each name is replaced wherever it stands, whatever sentence it came into.
struct Masking {
    private let replacements: [(name: String, mask: String)]

    /// - Parameter names: What is hidden, with what is shown instead.
    init(_ names: [(name: String, mask: String)]) {
        // Longer names first, so that one inside another leaves no rest.
        replacements = names.filter { !$0.name.isEmpty }.sorted { $0.name.count > $1.name.count }
    }

    static func username(_ text: String) -> String {
        let parts = text.split(separator: "@", maxSplits: 1)
        guard parts.count == 2, let first = parts[0].first else { return "…" }
        return "\(first)…@\(parts[1].first.map(String.init) ?? "")…"
    }

    func apply(_ text: String) -> String {
        replacements.reduce(text) { $0.replacingOccurrences(of: $1.name, with: $1.mask, options: .caseInsensitive) }
    }

    /// Every text of a view, by way of its JSON.
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
