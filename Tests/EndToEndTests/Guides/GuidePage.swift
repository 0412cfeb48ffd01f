internal import Foundation

/// The parts of a documentation page that a reader copies.
struct GuidePage {
    /// A fenced block.
    struct Block {
        /// The line number of the block's first line.
        let line: Int
        /// The language of the fence; empty if there is none.
        let language: String
        let lines: [String]

        var isShell: Bool { language == "sh" }
        var firstLine: String { lines.first ?? "" }
        var text: String { lines.map { $0 + "\n" }.joined() }
    }

    /// The path, relative to the package's folder.
    let path: String
    let blocks: [Block]

    init(_ path: String) throws {
        self.path = path
        let text = try String(contentsOfFile: ManagedOrg.packageFolder + "/" + path, encoding: .utf8)
        blocks = Self.blocks(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    /// Returns all pages with commands to type. The cause pages are generated and not included.
    static func all() throws -> [GuidePage] {
        let folders = ["docs", "docs/guides"]
        let names = try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: ManagedOrg.packageFolder + "/" + folder)
                .filter { $0.hasSuffix(".md") }.map { folder + "/" + $0 }
        }
        return try (["README.md"] + names.sorted()).map(GuidePage.init)
    }

    private static func blocks(_ lines: [String]) -> [Block] {
        var blocks: [Block] = []
        var begun: (line: Int, indentation: Int, language: String)?
        for (number, line) in lines.enumerated() {
            let content = line.drop { $0 == " " }
            let isFence = content.hasPrefix("```")
            if isFence, let fence = begun {
                let inside = lines[fence.line..<number].map { String($0.dropFirst(fence.indentation)) }
                blocks.append(Block(line: fence.line + 1, language: fence.language, lines: inside))
                begun = nil
            } else if isFence {
                begun = (number + 1, line.count - content.count, String(content.dropFirst(3)))
            }
        }
        return blocks
    }
}
