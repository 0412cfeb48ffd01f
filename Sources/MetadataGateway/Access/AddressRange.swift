internal import Glibc

/// The IP addresses from which a handle is accepted: one address, or a network in CIDR form.
package struct AddressRange: Equatable, Sendable, CustomStringConvertible {
    package let description: String
    private let network: [UInt8]
    private let bits: Int

    /// - Returns: `nil` if the text is no address, or if a network's address has bits after its prefix.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let network = Self.bytes(String(parts[0])) else { return nil }
        guard parts.count == 2 else {
            (description, self.network, bits) = (text, network, network.count * 8)
            return
        }
        guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let bits = Int(parts[1]), (0...network.count * 8).contains(bits)
        else { return nil }
        (description, self.network, self.bits) = (text, network, bits)
        guard (bits..<network.count * 8).allSatisfy({ !Self.bit($0, of: network) }) else { return nil }
    }

    /// Whether an address is in the range. An IPv4 address that is written as an IPv6 address is the same address.
    package func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(address), bytes.count == network.count else { return false }
        return (0..<bits).allSatisfy { Self.bit($0, of: bytes) == Self.bit($0, of: network) }
    }

    private static func bit(_ index: Int, of bytes: [UInt8]) -> Bool {
        bytes[index / 8] & (0x80 >> UInt8(index % 8)) != 0
    }

    /// - Returns: 4 bytes for IPv4, 16 for IPv6; `nil` if the text is no address.
    private static func bytes(_ text: String) -> [UInt8]? {
        // C ends a text at its first zero.
        guard !text.utf8.contains(0) else { return nil }
        var (four, six) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }
}
