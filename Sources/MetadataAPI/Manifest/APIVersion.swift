internal import FoundationEssentials

/// A version of Salesforce's APIs, such as `66.0`. The part after the dot is always `0`.
public struct APIVersion: Hashable, Comparable, Sendable {
    /// The part before the dot, 1 to 999.
    let number: Int

    /// - Returns: `nil` unless `number` is 1 to 999.
    init?(number: Int) {
        guard (1...999).contains(number) else { return nil }
        self.number = number
    }

    public static func < (left: APIVersion, right: APIVersion) -> Bool { left.number < right.number }
}

extension APIVersion: LosslessStringConvertible {
    /// The version as in paths, envelopes and `package.xml`, such as `66.0`.
    public var description: String { "\(number).0" }

    /// Parses a version in the exact form `NN.0`, without `v`, leading zeros or spaces.
    public init?(_ text: String) {
        guard text.hasSuffix(".0"), let number = Int(text.dropLast(2)), let version = APIVersion(number: number),
            version.description == text
        else { return nil }
        self = version
    }
}

extension APIVersion: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let version = APIVersion(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "An API version looks like 66.0.")
        }
        self = version
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension APIVersion {
    /// Returns the highest version that `GET /services/data/` lists. Versions are compared as numbers (`100.0` is above
    /// `99.0`). Versions that cannot be parsed are ignored.
    ///
    /// - Parameter body: The JSON reply: an array of objects with a `version`.
    /// - Returns: `nil` if the body is not such an array or contains no valid version.
    public static func highest(inVersionList body: [UInt8]) -> APIVersion? {
        struct Row: Decodable { let version: String }
        guard let rows = try? JSONDecoder().decode([Row].self, from: Data(body)) else { return nil }
        return rows.compactMap { APIVersion($0.version) }.max()
    }
}
