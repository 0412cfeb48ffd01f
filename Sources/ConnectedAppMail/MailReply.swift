/// The lines of one reply of a mail server (RFC 5321 §4.2).
struct MailReply {
    /// More than any reply needs.
    private static let mostLines = 100

    private var lines: [String] = []
    private var isComplete = true

    /// - Parameter line: The next line that came. It begins another reply if the last one was complete.
    mutating func add(_ line: String) {
        if isComplete { lines = [] }
        if lines.count < Self.mostLines { lines.append(line.filter { !$0.isNewline }) }
        isComplete = !line.dropFirst(3).hasPrefix("-")
    }

    var isRefusal: Bool { lines.first.map { $0.hasPrefix("4") || $0.hasPrefix("5") } ?? false }

    /// All lines as one, with the codes of the first.
    var text: String {
        guard let first = lines.first else { return "" }
        let beginning = first.replacing(/^([0-9]{3})-/) { $0.output.1 + " " }
        return ([beginning] + lines.dropFirst().map(Self.withoutCodes)).joined(separator: " ")
    }

    /// The words of the lines with nothing in between: what was split is whole again.
    var joinedWords: String { lines.map(Self.withoutCodes).joined() }

    /// Without the code, and the enhanced code (RFC 2034), which each line repeats.
    private static func withoutCodes(_ line: String) -> String {
        line.replacing(/^[0-9]{3}[- ]?([245]\.[0-9]{1,3}\.[0-9]{1,3} ?)?/, with: "")
    }
}
