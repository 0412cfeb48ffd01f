import ConnectedApp
import Foundation

/// Formats the failure of an incomplete pull as text.
enum PullText {
    /// The maximum number of missing components that the message names.
    private static let mostNamed = 20

    /// What differs from the former pull, one line each; of many, the first and the number of the others. Empty if there was
    /// none.
    static func changes(_ view: PullView) -> [String] {
        guard let since = view.since else { return [] }
        return changes(view.added, view.changed, view.removed, since: since, most: mostNamed)
    }

    /// - Parameter most: The most changes to show.
    static func changes(
        _ added: [PullView.Change], _ changed: [PullView.Change], _ removed: [PullView.Change], since: String, most: Int
    ) -> [String] {
        let parts = [(added, "added"), (changed, "changed"), (removed, "removed")]
        let count = parts.reduce(0) { $0 + $1.0.count }
        guard count > 0 else { return ["Nothing has changed since \(since)."] }
        let numbers = parts.filter { !$0.0.isEmpty }.map { "\($0.0.count) \($0.1)" }.joined(separator: ", ")
        let lines = parts.flatMap { changes, word in changes.map { line($0, word) } }
        let more = count > most ? ["  and \(count - most) more, in aprity-pull.json"] : []
        return ["Since \(since): \(numbers)."] + lines.prefix(most) + more
    }

    private static func line(_ change: PullView.Change, _ word: String) -> String {
        let who = [change.lastModifiedBy, change.lastModifiedDate].compactMap { $0 }.joined(separator: ", ")
        return "  \(word.padding(toLength: 8, withPad: " ", startingAt: 0)) \(change.type) "
            + shortened(change.fullName) + (who.isEmpty ? "" : "  (\(who))")
    }

    /// Files that were changed in the folder and whose paths now have the org's files.
    static func keptAside(_ view: PullView) -> [String] {
        guard !view.keptAside.isEmpty else { return [] }
        let names = view.keptAside.prefix(mostNamed).map { TerminalText.safe($0) }.joined(separator: ", ")
        let more = view.keptAside.count > mostNamed ? " and \(view.keptAside.count - mostNamed) more" : ""
        return ["Files that you changed were kept, and the org's files are in their places: \(names)\(more)."]
    }

    /// What was left out, one line each; of many, the first and the number of the others.
    static func leftOut(_ view: PullView) -> [String] {
        guard !view.leftOut.isEmpty else { return [] }
        let count = view.leftOut.count
        let types = view.leftOut.count { $0.fullName == nil }
        let parts =
            (types < count ? ["\(count - types) of \(view.listed) listed components"] : [])
            + (types > 0 ? ["\(types == 1 ? "1 type" : "\(types) types") that the org could not list"] : [])
        let news =
            view.newlyLeftOut == 0 ? "; nothing new" : view.newlyLeftOut < count ? "; \(view.newlyLeftOut) new" : ""
        let lines = view.leftOut.prefix(mostNamed).map { row in
            "  \(row.type)\(row.fullName.map { " " + shortened($0) } ?? "")  \(row.because)"
        }
        let more = count > mostNamed ? ["  and \(count - mostNamed) more, in aprity-pull.json"] : []
        return ["Left out: \(parts.joined(separator: ", and "))\(news):"] + lines + more
    }

    /// - Returns: `nil` if nothing is missing that the package names, and something was delivered.
    static func failure(_ view: PullView) -> String? {
        let folder =
            view.folder == .kept ? "Nothing was written to \(view.path)." : "Everything else is in \(view.path)."
        guard !view.missing.isEmpty else {
            return view.folder == .kept ? "The org delivered none of the requested components. " + folder : nil
        }
        let names = view.missing.prefix(mostNamed).map { missing in
            missing.name.map { "\(missing.type) \(shortened($0))" } ?? "the type \(missing.type)"
        }
        let more = view.missing.count > mostNamed ? " and \(view.missing.count - mostNamed) more" : ""
        return "The org did not deliver \(names.joined(separator: ", "))\(more). " + folder
    }

    private static func shortened(_ name: String) -> String { name.count > 100 ? String(name.prefix(100)) + "…" : name }

    /// Returns the remedy for ``failure(_:)``.
    static func remedy(_ view: PullView) -> String {
        if view.missing.isEmpty, !view.refusedWildcards.isEmpty {
            return
                "The org does not accept * for \(view.refusedWildcards.joined(separator: ", ")). Name the "
                + "components, and their folders; `aprity metadata list` shows what the org has."
        }
        let check = "Check the names, capitals included; `aprity metadata list` shows what the org has."
        return view.missing.isEmpty ? check : check + " Remove components that the org no longer has from the package."
    }
}
