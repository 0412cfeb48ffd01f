/// Notes for people: an org or a file can give rise to tens of thousands.
enum ShownNotes {
    static let most = 20
    /// Characters of one note.
    static let longest = 300

    /// The first notes, shortened, and how many more there are.
    static func cut(_ notes: [String]) -> [String] {
        let first = notes.prefix(most).map { shortened($0, to: longest) }
        return first + (notes.count > most ? ["\(notes.count - most) more notes of this kind are not shown."] : [])
    }

    static func shortened(_ text: String, to count: Int) -> String {
        text.count > count ? String(text.prefix(count)) + "…" : text
    }
}
