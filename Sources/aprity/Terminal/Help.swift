internal import ConnectedApp
internal import Foundation

/// Builds the discussion of every `--help`.
enum Help {
    /// Returns the examples first, because most readers want them, then the text, and the exit statuses last.
    ///
    /// - Parameter examples: Commands that can be pasted. Each line has at most 76 characters; longer commands are
    ///   broken with `\`.
    static func text(_ body: String = "", examples: [String]) -> String {
        var paragraphs = [
            "Examples:\n" + examples.map { "  " + $0.replacing("\n", with: "\n  ") }.joined(separator: "\n")
        ]
        if !body.isEmpty { paragraphs.append(body) }
        paragraphs.append("Exit statuses:\n" + statuses)
        return paragraphs.joined(separator: "\n\n")
    }

    private static var statuses: String {
        ExitStatus.allCases.map { status in
            let number = String(status.rawValue)
            return "  " + String(repeating: " ", count: 2 - number.count) + number + "  " + status.meaning
        }.joined(separator: "\n")
    }
}
