/// A text with which a claim is compared. `*` stands for any characters, also none.
struct ClaimPattern: Sendable {
    /// In bytes.
    private static let longest = 500

    private let parts: [[UInt8]]

    /// - Returns: `nil` if the text is empty, or longer than 500 bytes.
    init?(_ text: String) {
        guard (1...Self.longest).contains(text.utf8.count) else { return nil }
        parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// What every matching text begins with.
    var beginning: String { String(decoding: parts[0], as: UTF8.self) }

    /// Takes time proportional to the product of both lengths at most.
    func matches(_ text: String) -> Bool {
        let text = Array(text.utf8)
        guard text.starts(with: parts[0]) else { return false }
        guard parts.count > 1, let last = parts.last else { return text.count == parts[0].count }
        var position = parts[0].count
        // The earliest place of each part leaves the most for the following ones.
        for part in parts[1..<(parts.count - 1)] {
            guard let found = Self.position(of: part, in: text, from: position) else { return false }
            position = found + part.count
        }
        return text.count - position >= last.count && text.suffix(last.count).elementsEqual(last)
    }

    private static func position(of part: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        guard text.count - start >= part.count else { return nil }
        return (start...(text.count - part.count)).first { text[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
