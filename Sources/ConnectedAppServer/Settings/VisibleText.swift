internal import ConnectedApp

/// Makes visible the characters that are invisible or that change the order of the text on the screen.
enum VisibleText {
    /// Replaces each hidden character, except tab and line feed, by its code point in the form `⟨U+202E⟩`. The result
    /// is valid HTML if the text is.
    static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHidden(scalar) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let padding = String(repeating: "0", count: max(0, 4 - digits.count))
                shown.append(contentsOf: "⟨U+\(padding)\(digits)⟩".unicodeScalars)
            } else {
                shown.append(scalar)
            }
        }
        return String(shown)
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isHidden && scalar != "\n" && scalar != "\t"
    }
}
