/// What the name of a connection looks like.
enum ConnectionName {
    /// Whether it has 1 to 64 letters, digits, `-`, `_` or `.`, the first one a letter or digit; all ASCII.
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
