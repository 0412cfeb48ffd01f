package import Foundation

/// Encodes views as JSON: sorted keys, times in RFC 3339 and UTC, slashes not escaped.
package enum ViewJSON {
    package static func encode(_ view: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(view)
    }
}
