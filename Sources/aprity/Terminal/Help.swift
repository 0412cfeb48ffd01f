internal import ConnectedApp
internal import Foundation

/// The texts that every `--help` has in common.
enum Help {
    /// Examples first, since they are what most people came for; the exit statuses last.
    ///
    /// - Parameter examples: Ready to be pasted: lines of at most 76 characters, longer commands broken by `\`.
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
