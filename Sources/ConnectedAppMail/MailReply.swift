/// A reply of a mail server, which can have several lines (RFC 5321 §4.2).
struct MailReply {
    /// The maximum number of lines that are stored. No reply needs so many; further ones are dropped.
    private static let lineLimit = 100

    private var lines: [String] = []
    /// Whether the last line was the last one of its reply.
    private var isComplete = true

    /// Adds a line. It begins a new reply if the last reply is complete.
    mutating func add(_ line: String) {
        if isComplete { lines = [] }
        if lines.count < Self.lineLimit { lines.append(line.filter { !$0.isNewline }) }
        isComplete = !line.dropFirst(3).hasPrefix("-")
    }

    /// Whether the code is 4xx or 5xx.
    var isRefusal: Bool { lines.first.map { $0.hasPrefix("4") || $0.hasPrefix("5") } ?? false }

    /// All lines joined by spaces. Only the first line keeps its codes.
    var text: String {
        guard let first = lines.first else { return "" }
        let beginning = first.replacing(/^([0-9]{3})-/) { $0.output.1 + " " }
        return ([beginning] + lines.dropFirst().map(Self.withoutCodes)).joined(separator: " ")
    }

    /// The lines without codes, joined without a separator. So a word that the server split across lines can be found
    /// in it.
    var joinedText: String { lines.map(Self.withoutCodes).joined() }

    /// Removes the code and the enhanced code (RFC 2034), which each line repeats.
    private static func withoutCodes(_ line: String) -> String {
        line.replacing(/^[0-9]{3}[- ]?([245]\.[0-9]{1,3}\.[0-9]{1,3} ?)?/, with: "")
    }
}
