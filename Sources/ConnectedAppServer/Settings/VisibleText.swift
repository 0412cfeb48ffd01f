internal import ConnectedApp

/// Makes visible what a reader could not see, or what would show text in another order than it has.
enum VisibleText {
    /// Hidden characters but tab and line feed become `⟨U+202E⟩`. Nothing that HTML gives a meaning to is added or taken away.
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
