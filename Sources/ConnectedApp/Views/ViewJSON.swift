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
}
