extension String {
    /// The text without the white space, invisible characters and quotes around it, which copying from a page, a mail
    /// or a file adds. Quotes are removed only in pairs. Nothing inside the text changes.
    var trimmingPasteArtifacts: String {
        var rest = Substring(self)
        while true {
            if let first = rest.first, first.isSurrounding {
                rest.removeFirst()
            } else if let last = rest.last, last.isSurrounding {
                rest.removeLast()
            } else if rest.count > 1, let first = rest.first, let last = rest.last, Self.quotes[first] == last {
                rest = rest.dropFirst().dropLast()
            } else {
                return String(rest)
            }
        }
    }

    private static let quotes: [Character: Character] = [
        "\"": "\"", "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "«": "»", "<": ">",
    ]
}

extension String {
    /// The text without the white space and line breaks around it.
    package var trimmingWhiteSpace: String {
        var slice = Substring(self)
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }
}

extension Character {
    /// White space, the byte order mark, and characters without width.
    fileprivate var isSurrounding: Bool {
        isWhitespace || ["\u{FEFF}", "\u{200B}", "\u{200E}", "\u{200F}", "\u{2060}", "\u{00AD}"].contains(self)
    }
}
