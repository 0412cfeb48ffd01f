/// Record ids: 15 case-sensitive characters, and a suffix of 3 characters that makes the id unique even if case is
/// ignored.
enum SalesforceID {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    private static let suffixAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")

    /// Returns a random id of 18 characters that begins with `prefix`.
    ///
    /// - Parameter prefix: At most 13 characters.
    static func make(prefix: String, using random: inout SeededRandom) -> String {
        var body = prefix + "8d"
        while body.count < 15 { body.append(alphabet[Int(random.next(below: 62))]) }
        return body + suffix(of: body)
    }

    /// Whether a text has the form of an id: 15 or 18 ASCII letters and digits.
    static func isWellFormed(_ text: String) -> Bool {
        [15, 18].contains(text.count) && text.allSatisfy { alphabet.contains($0) }
    }

    /// Whether `id` has 18 characters, begins with `prefix` and ends with the correct suffix.
    static func isValid(_ id: String, prefix: String) -> Bool {
        guard id.count == 18, id.hasPrefix(prefix), id.allSatisfy({ alphabet.contains($0) }) else { return false }
        return String(id.suffix(3)) == suffix(of: String(id.prefix(15)))
    }

    /// Returns the suffix of an id. Each of its characters encodes which of five characters are capitals.
    private static func suffix(of body: String) -> String {
        let characters = Array(body)
        return String(
            stride(from: 0, to: 15, by: 5).map { start in
                let capitals = (0..<5).reduce(0) { mask, offset in
                    characters[start + offset].isUppercase ? mask | 1 << offset : mask
                }
                return suffixAlphabet[capitals]
            })
    }
}
