extension Unicode.Scalar {
    /// Whether the character makes a text look different from what it is: it is invisible, controls a terminal, or
    /// changes the direction of text. Line breaks and tabs are included.
    ///
    /// All code that shows text from outside aprity uses this definition. Each caller decides what to show instead.
    package var isHidden: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        case .closePunctuation, .connectorPunctuation, .currencySymbol, .dashPunctuation, .decimalNumber,
            .enclosingMark, .finalPunctuation, .initialPunctuation, .letterNumber, .lowercaseLetter, .mathSymbol,
            .modifierLetter, .modifierSymbol, .nonspacingMark, .openPunctuation, .otherLetter, .otherNumber,
            .otherPunctuation, .otherSymbol, .spaceSeparator, .spacingMark, .titlecaseLetter, .uppercaseLetter:
            // Variation selectors and fillers.
            properties.isDefaultIgnorableCodePoint
        @unknown default: true
        }
    }
}

extension String {
    /// The text without hidden characters, except white space. A search for a secret uses it, because a hidden
    /// character inside the secret would prevent a match.
    var visible: String {
        String(UnicodeScalarView(unicodeScalars.filter { $0.properties.isWhitespace || !$0.isHidden }))
    }
}
