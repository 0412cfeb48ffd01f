extension Unicode.Scalar {
    /// Whether a text with this character is not what it looks like: nobody sees the character, a terminal obeys it, or it
    /// changes the order in which text is shown. Line breaks and tabs are among them.
    ///
    /// The one definition for every place that shows foreign text; each decides what to show instead.
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
    /// Without hidden characters. One of them inside a secret would hide it from a search.
    var visible: String {
        String(UnicodeScalarView(unicodeScalars.filter { $0.properties.isWhitespace || !$0.isHidden }))
    }
}
