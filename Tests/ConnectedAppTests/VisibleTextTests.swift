import Testing

@testable import ConnectedApp

@Suite("Hidden characters in texts")
struct VisibleTextTests {
    static let hidden: [(name: String, scalar: Unicode.Scalar)] = [
        ("a control character", "\u{1B}"), ("delete", "\u{7F}"), ("a control character of C1", "\u{9B}"),
        ("a tab", "\t"), ("a line break", "\n"), ("a line separator", "\u{2028}"),
        ("a paragraph separator", "\u{2029}"), ("text from right to left", "\u{202E}"), ("an isolate", "\u{2066}"),
        ("an Arabic letter mark", "\u{61C}"), ("a byte order mark", "\u{FEFF}"), ("a space without width", "\u{200B}"),
        ("a soft hyphen", "\u{AD}"), ("a tag", "\u{E0041}"), ("a variation selector", "\u{FE0F}"),
        ("a filler", "\u{3164}"), ("a private character", "\u{E000}"), ("no character", "\u{FFFF}"),
    ]

    @Test(
        "A character is hidden if it is invisible, controls a terminal, or changes the direction of text",
        arguments: hidden)
    func recognised(_ row: (name: String, scalar: Unicode.Scalar)) {
        #expect(row.scalar.isHidden, "\(row.name)")
    }

    @Test(
        "Letters, signs and spaces of every script are not hidden",
        arguments: Array("aé ß 東ﷺ\u{A0}\u{300}€👍🏽´_".unicodeScalars))
    func seen(_ scalar: Unicode.Scalar) {
        #expect(!scalar.isHidden)
    }

    @Test("A search for a secret ignores hidden characters, and keeps white space")
    func search() {
        #expect("se\u{200B}c\u{FE0F}\u{0}ret\tof\nmine".visible == "secret\tof\nmine")
    }
}
