internal import Foundation

/// Carries out the steps that a page of aprity shows, from their text alone: those in Setup as a ``ClickReader``, and those
/// on aprity's pages by the labels of buttons and links.
struct PageReader: Sendable {
    /// A step that names something that does not exist.
    struct WrongTurn: Error, CustomStringConvertible {
        let description: String
    }

    let walk: SetupWalk
    /// The address of the connection's page.
    let connection: String

    private var browser: Browser { walk.browser }

    func carryOut(_ steps: [String]) async throws {
        guard !steps.isEmpty else { throw WrongTurn(description: "The page shows no steps.") }
        for step in steps where try await !performOnPage(step) {
            let file = step.firstMatch(of: #/aprity-[-\w]+\.crt/#).map { String($0.0) } ?? ""
            _ = try await ClickReader(walk: walk, certificate: browser.downloads + "/" + file).carryOut([step])
        }
    }

    /// - Returns: `false` if the step is not one on a page of aprity.
    private func performOnPage(_ step: String) async throws -> Bool {
        guard
            let named = step.firstMatch(of: #/(?:[Cc]lick|[Cc]hoose) (.+?) on this connection's (rotation )?page/#)
        else { return false }
        try await browser.open(connection + (named.2 == nil ? "" : "/rotation"))
        try await perform(String(named.1))
        return true
    }

    /// Clicks the button or the link with this label on the present page.
    func perform(_ label: String) async throws {
        let find = """
            const all = Array.from(document.querySelectorAll('main a, main button'));
            const found = all.find(e => e.textContent.trim() === arguments[0]);
            return !found ? '' : found.hasAttribute('download') ? 'download' : found.localName;
            """
        switch try await browser.run(find, label) as? String {
        case "download": try await download(label)
        case "a": try await browser.follow(label)
        case "button":
            if label == "Block this app" { try await browser.type("drill", into: "#block-reason") }
            try await browser.press(label)
        default: throw WrongTurn(description: "\(label) is not on \(try await browser.url)")
        }
    }

    /// Clicks a download, and waits for its file. Earlier files are removed first, so that the browser uses the name that
    /// the page shows.
    private func download(_ label: String) async throws {
        let files = FileManager.default
        for file in try files.contentsOfDirectory(atPath: browser.downloads) {
            try files.removeItem(atPath: browser.downloads + "/" + file)
        }
        try await browser.click(link: label)
        // Chromium renames the file when it is complete.
        try await browser.until("\(label) downloads no certificate") {
            _ = try await browser.url
            return try files.contentsOfDirectory(atPath: browser.downloads).contains { $0.hasSuffix(".crt") }
        }
    }
}
