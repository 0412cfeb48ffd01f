/// Shortens lists of notes for output. An org or a file can cause tens of thousands of notes.
enum ShownNotes {
    /// The maximum number of notes.
    static let most = 20
    /// The maximum number of characters in a note.
    static let longest = 300

    /// The first notes, shortened, and a note that says how many more there are.
    static func cut(_ notes: [String]) -> [String] {
        let first = notes.prefix(most).map { shortened($0, to: longest) }
        let rest = notes.count - most
        guard rest > 0 else { return first }
        return first + ["\(rest) more note\(rest == 1 ? "" : "s") of this kind \(rest == 1 ? "is" : "are") not shown."]
    }

    /// The first `count` characters, and an ellipsis if there are more.
    static func shortened(_ text: String, to count: Int) -> String {
        text.count > count ? String(text.prefix(count)) + "…" : text
    }
}
