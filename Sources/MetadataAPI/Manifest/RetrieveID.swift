/// The id of a retrieve job, from the org's reply to `retrieve`.
///
/// It has 15 or 18 ASCII letters and digits, so it can be used in requests and logs without escaping.
public struct RetrieveID: Hashable, Sendable, LosslessStringConvertible {
    public let description: String

    /// - Returns: `nil` unless the text has 15 or 18 ASCII letters and digits.
    public init?(_ text: String) {
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: false
            }
        }
        guard allowed, text.utf8.count == 15 || text.utf8.count == 18 else { return nil }
        description = text
    }
}

extension RetrieveID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = RetrieveID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A job id has 15 or 18 characters.")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
