public import Foundation

/// Encodes views as JSON: sorted keys, times in RFC 3339 and UTC, slashes not escaped.
public enum ViewJSON {
    public static func encode(_ view: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(view)
    }
}
