/// Identifies a component in what an org sends. An org may spell a name differently in different replies, with other
/// capitals or percent-encoded characters. Such names are equal.
package struct ComponentID: Hashable, Codable, Sendable {
    package let type: String
    private let name: String

    package init(_ type: String, _ name: String) {
        self.type = type
        self.name = (name.contains("%") ? Self.decoded(name) : name).lowercased()
    }

    /// Returns the text without percent-encoding; the text itself if it is not valid.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                return text
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self) ?? text
    }
}
