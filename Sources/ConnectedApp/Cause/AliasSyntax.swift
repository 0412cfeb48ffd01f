/// The syntax of a connection's name, the ``Alias``.
enum AliasSyntax {
    /// Whether the text consists of 1 to 64 ASCII letters, digits, `-`, `_` or `.`, and begins with a letter or digit.
    static func isValid(_ text: String) -> Bool {
        let units = Array(text.utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            let character = Character(UnicodeScalar(byte))
            return byte < 0x80 && (character.isLetter || character.isNumber)
        }
        return (1...64).contains(units.count) && isAlphanumeric(units[0])
            && units.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }
}
