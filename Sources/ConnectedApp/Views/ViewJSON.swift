package import Foundation

/// Encodes views as the JSON of `--json` and of the API: indented, with sorted members, times in RFC 3339 in UTC with
/// whole seconds, and slashes that are not escaped. The names of members are the views' property names.
package enum ViewJSON {
    package static func encode(_ view: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(view)
    }

    /// Escapes hidden characters in a JSON text, except line feeds. The result is the same JSON value.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar != "\n", scalar.isHidden {
                // Above 16 bits, JSON escapes both halves of the surrogate pair.
                for unit in scalar.utf16 {
                    let hex = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
