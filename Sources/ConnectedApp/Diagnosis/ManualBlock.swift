/// A part of a page of the manual. Its texts mark commands and words to be typed with backticks, and other causes by links.
public enum ManualBlock: Sendable, Equatable {
    /// - Parameter level: 1 for the page's title.
    case heading(level: Int, String)
    case paragraph([ManualText])
    /// A command to be typed.
    case command(String)
    case steps([String])
    case table(head: [String], rows: [[[ManualText]]])
}

/// A piece of a sentence.
public enum ManualText: Sendable, Equatable {
    /// With backticks around what is to be typed.
    case plain(String)
    /// A text of the org's, word for word.
    case quoted(String)
    /// The page of another cause.
    case cause(Cause)
    /// The page that lists all causes.
    case index(String)
}

extension ManualBlock {
    static func paragraph(_ text: String) -> ManualBlock { .paragraph([.plain(text)]) }

    /// Links lead to pages beside this one.
    package var markdown: String {
        switch self {
        case .heading(let level, let text): String(repeating: "#", count: level) + " " + text
        case .paragraph(let pieces): pieces.map(\.markdown).joined()
        case .command(let command): "```sh\n\(command)\n```"
        case .steps(let steps): steps.enumerated().map { "\($0.offset + 1). \($0.element)" }.joined(separator: "\n")
        case .table(let head, let rows):
            ([Self.row(head), "|" + head.map { _ in "---|" }.joined()]
                + rows.map { row in Self.row(row.map { $0.map(\.markdown).joined() }) }).joined(separator: "\n")
        }
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    /// For a terminal: no markup but the backticks.
    public var text: String {
        switch self {
        case .heading(1, let text): text
        case .heading(_, let text): text + ":"
        case .paragraph(let pieces): pieces.map(\.text).joined()
        case .command(let command): "    " + command
        case .steps(let steps): steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }.joined(separator: "\n")
        case .table(_, let rows):
            rows.map { row in
                "  " + row.map { $0.map(\.text).joined() }.filter { !$0.isEmpty }.joined(separator: "  |  ")
            }
            .joined(separator: "\n")
        }
    }
}

extension ManualText {
    var markdown: String {
        switch self {
        case .plain(let text): text
        case .quoted(let text): "`\(text)`"
        case .cause(let cause): "[`\(cause.rawValue)`](\(cause.rawValue).md)"
        case .index(let text): "[\(text)](README.md)"
        }
    }

    var text: String {
        switch self {
        case .plain(let text), .quoted(let text): text
        case .cause(let cause): cause.rawValue
        case .index: ""
        }
    }
}
