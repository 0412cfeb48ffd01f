/// A reply of a mail server, which can have several lines (RFC 5321 §4.2).
struct MailReply {
    /// The most lines that are stored, more than any reply needs.
    private static let mostLines = 100

    private var lines: [String] = []
    private var isComplete = true

    /// Adds a line. It begins a new reply if the last reply is complete.
    mutating func add(_ line: String) {
        if isComplete { lines = [] }
        if lines.count < Self.mostLines { lines.append(line.filter { !$0.isNewline }) }
        isComplete = !line.dropFirst(3).hasPrefix("-")
    }

    var isRefusal: Bool { lines.first.map { $0.hasPrefix("4") || $0.hasPrefix("5") } ?? false }

    /// All lines joined by spaces, with the codes of the first line only.
    var text: String {
        guard let first = lines.first else { return "" }
        let beginning = first.replacing(/^([0-9]{3})-/) { $0.output.1 + " " }
        return ([beginning] + lines.dropFirst().map(Self.withoutCodes)).joined(separator: " ")
    }

    /// The texts of the lines joined without separator, so that text that was split across lines is complete.
    var joinedText: String { lines.map(Self.withoutCodes).joined() }

    /// Removes the code and the enhanced code (RFC 2034), which each line repeats.
    private static func withoutCodes(_ line: String) -> String {
        line.replacing(/^[0-9]{3}[- ]?([245]\.[0-9]{1,3}\.[0-9]{1,3} ?)?/, with: "")
    }
}
