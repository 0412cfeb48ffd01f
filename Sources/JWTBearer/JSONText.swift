/// Writes the few JSON texts of the grant by hand, so that member order and number form are ours: whole seconds,
/// no fraction, no escaped slash.
enum JSONText {
    /// A JSON string literal (RFC 8259 §7): only what must be escaped is escaped.
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
