extension String {
    /// Without characters that nobody sees or that steer a terminal. One of them inside a secret would hide it from a search.
    var visible: String {
        String(UnicodeScalarView(unicodeScalars.filter { $0.properties.isWhitespace || !Self.isUnseen($0) }))
    }

    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
