internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// Serves the manual's pages about causes, for users who have no copy of `docs/`.
struct CausePages: Sendable {
    let pages: Pages

    func add(to routes: RouterGroup<ServerContext>) {
        routes.get("causes", use: index)
        routes.get("causes/:code", use: page)
    }

    @Sendable private func index(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        return try pages.response(
            .causes, CauseIndex(), frame: Pages.Frame(title: "Causes", formToken: session.formToken))
    }

    @Sendable private func page(_ request: Request, _ context: ServerContext) async throws -> Response {
        let session = try context.signedIn()
        guard let cause = Cause(rawValue: try context.captured("code")) else {
            throw ServerRefusal(.notFound, detail: "There is no cause with this code.")
        }
        return try pages.response(
            .cause, ShownManual(CausePage.blocks(cause)),
            frame: Pages.Frame(title: cause.entry.summary, formToken: session.formToken))
    }
}

/// All causes, by chapter. The property names are the tags of `causes.mustache`.
struct CauseIndex {
    struct Chapter {
        let title: String
        let causes: [Line]
    }

    /// A cause with a link to its page. `testRun.mustache` uses it too.
    struct Line {
        let path: String
        let code: String
        let summary: String

        init(_ cause: Cause) {
            path = SettingsPath.cause(cause)
            code = cause.rawValue
            summary = cause.entry.summary
        }
    }

    let chapters: [Chapter]

    init() {
        chapters = Cause.Chapter.allCases.map { chapter in
            Chapter(
                title: chapter.title,
                causes: Cause.allCases.filter { $0.entry.chapter == chapter }.map(Line.init))
        }
    }
}

/// A manual page in the form that the templates need. The property names are the tags of `cause.mustache` and
/// `manualText.mustache`.
struct ShownManual {
    /// A piece of a text: plain text or code, with a link or without.
    struct Piece {
        let text: String
        let isCode: Bool
        /// The path of the link; `nil` if the piece has none.
        let link: String?
    }

    struct Cell {
        let pieces: [Piece]
    }

    struct Row {
        let cells: [Cell]
    }

    struct Table {
        let head: [Cell]
        let rows: [Row]
    }

    /// Exactly one property is set. It selects the HTML element.
    struct Block {
        var title: String?
        var heading: String?
        var subheading: String?
        var paragraph: Cell?
        var command: String?
        var steps: Steps?
        var table: Table?
    }

    struct Steps {
        let items: [Cell]
    }

    let blocks: [Block]

    init(_ blocks: [ManualBlock]) {
        self.blocks = blocks.map { block in
            switch block {
            case .heading(1, let text): Block(title: text)
            case .heading(2, let text): Block(heading: text)
            case .heading(_, let text): Block(subheading: text)
            case .paragraph(let texts): Block(paragraph: Self.cell(texts))
            case .command(let command): Block(command: command)
            case .steps(let steps): Block(steps: Steps(items: steps.map { Self.cell([.plain($0)]) }))
            case .table(let head, let rows):
                Block(
                    table: Table(
                        head: head.map { Self.cell([.plain($0)]) },
                        rows: rows.map { Row(cells: $0.map(Self.cell)) }))
            }
        }
    }

    private static func cell(_ texts: [ManualText]) -> Cell { Cell(pieces: texts.flatMap(pieces)) }

    private static func pieces(_ text: ManualText) -> [Piece] {
        switch text {
        case .plain(let text):
            Prose.pieces(text).map { Piece(text: $0.text, isCode: $0.isCode, link: nil) }
        case .quoted(let text): [Piece(text: text, isCode: true, link: nil)]
        case .cause(let cause): [Piece(text: cause.rawValue, isCode: true, link: SettingsPath.cause(cause))]
        case .index(let text): [Piece(text: text, isCode: false, link: SettingsPath.causes)]
        }
    }
}
