public import Foundation

/// The one way in which views become JSON: keys sorted, times RFC 3339 in UTC, slashes as they are.
public enum ViewJSON {
    public static func encode(_ view: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(view)
    }
}
