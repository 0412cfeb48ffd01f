/// A Salesforce org id: `00D` and twelve letters or digits, case-sensitive. The 18-character form adds a checksum for
/// systems that do not preserve case. Both forms of one id are equal.
public struct OrganizationID: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The 15-character form.
    public let short: String

    /// - Returns: `nil` if the text is not an org id, or its checksum (characters 16 to 18) is wrong.
    public init?(_ text: String) {
        let units = Array(text.utf8)
        guard units.count == 15 || units.count == 18, text.hasPrefix("00D"), units.allSatisfy(Self.isAlphanumeric)
        else { return nil }
        short = String(text.prefix(15))
        if units.count == 18, text.suffix(3) != checksum { return nil }
    }

    /// The 18-character form.
    public var description: String { short + checksum }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = OrganizationID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an org id")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// One character for each group of five. Bit n is set if the group's character n is an upper-case letter.
    private var checksum: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")
        let units = Array(short.utf8)
        return String(
            (0..<3).map { group in
                let bits = (0..<5).filter { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(units[group * 5 + $0]) }
                return alphabet[bits.reduce(0) { $0 | 1 << $1 }]
            })
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
