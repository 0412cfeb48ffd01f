/// Writes the few JSON texts of the grant by hand, to control the order of members and the form of numbers: whole
/// seconds, no fractions, no escaped slashes.
enum JSONText {
    /// Returns a JSON string literal (RFC 8259 §7) that escapes only what must be escaped.
    static func string(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{0}"..<"\u{20}":
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
