/// A part of a page in the manual. Its texts mark commands and input with backticks, and other causes with links.
package enum ManualBlock: Sendable, Equatable {
    /// - Parameter level: 1 for the page's title.
    case heading(level: Int, String)
    case paragraph([ManualText])
    /// A command to run.
    case command(String)
    case steps([String])
    case table(head: [String], rows: [[[ManualText]]])
}

/// A piece of a sentence.
package enum ManualText: Sendable, Equatable {
    /// Text with backticks around commands and input.
    case plain(String)
    /// The org's text, verbatim.
    case quoted(String)
    /// A link to the page of another cause.
    case cause(Cause)
    /// A link with this text to the page that lists all causes. Text for a terminal leaves it out.
    case index(String)
}

extension ManualBlock {
    static func paragraph(_ text: String) -> ManualBlock { .paragraph([.plain(text)]) }

    /// The block as Markdown. Its links are relative to `docs/causes`.
    var markdown: String {
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

    /// The rows of a table for a terminal. An empty cell becomes a hyphen, so that the other cells keep their columns.
    private static func lines(_ rows: [[String]]) -> String {
        rows.map { cells in "  " + cells.map { $0.isEmpty ? "-" : $0 }.joined(separator: "  |  ") }
            .joined(separator: "\n")
    }

    /// The block for a terminal, with no markup but the backticks.
    package var text: String {
        switch self {
        case .heading(1, let text): text
        case .heading(_, let text): text + ":"
        case .paragraph(let pieces): pieces.map(\.text).joined()
        case .command(let command): "    " + command
        case .steps(let steps): steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }.joined(separator: "\n")
        case .table(let head, let rows):
            Self.lines([head] + rows.map { row in row.map { $0.map(\.text).joined() } })
        }
    }
}

extension ManualText {
    /// The piece as Markdown.
    var markdown: String {
        switch self {
        case .plain(let text): text
        case .quoted(let text): "`\(text)`"
        case .cause(let cause): "[`\(cause.rawValue)`](\(cause.rawValue).md)"
        case .index(let text): "[\(text)](README.md)"
        }
    }

    /// The piece for a terminal; empty for ``index(_:)``.
    var text: String {
        switch self {
        case .plain(let text), .quoted(let text): text
        case .cause(let cause): cause.rawValue
        case .index: ""
        }
    }
}
