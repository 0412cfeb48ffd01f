import Foundation

/// A range of IPv4 or IPv6 addresses, both ends included.
struct IPRange: Codable, Equatable, Sendable {
    var start: String
    var end: String

    init(start: String, end: String) {
        self.start = start
        self.end = end
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        start = try keys.decode(String.self, forKey: .start)
        end = try keys.decode(String.self, forKey: .end)
    }

    /// Both ends as bytes; `nil` if they are not two addresses of one family in ascending order.
    var bounds: (lower: [UInt8], upper: [UInt8])? {
        guard let lower = Self.bytes(of: start), let upper = Self.bytes(of: end), lower.count == upper.count,
            !upper.lexicographicallyPrecedes(lower)
        else { return nil }
        return (lower, upper)
    }

    /// Returns false if the address or the range is invalid, or if they belong to different families.
    func contains(_ address: String) -> Bool {
        guard let bounds, let bytes = Self.bytes(of: address), bytes.count == bounds.lower.count else { return false }
        return !bytes.lexicographicallyPrecedes(bounds.lower) && !bounds.upper.lexicographicallyPrecedes(bytes)
    }

    /// Returns 4 bytes for an IPv4 address or an IPv4-mapped IPv6 address, 16 bytes for any other IPv6 address, and
    /// `nil` for other text.
    static func bytes(of address: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, address, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &sixteen) == 1 else { return nil }
        let mapped = sixteen.prefix(10).allSatisfy { $0 == 0 } && sixteen[10] == 0xFF && sixteen[11] == 0xFF
        return mapped ? Array(sixteen.suffix(4)) : sixteen
    }
}
