import Glibc

/// The rules of a `.forceignore` file: the syntax of gitignore(5).
///
/// Understood: blank lines, comments, `\` escapes, `!`, a slash at the end (directories only), a slash at the start or
/// inside (anchored), `*`, `?`, `[a-z]`, `[!a-z]`, and `**` as a whole segment. As in git, a file below an ignored
/// directory cannot be taken back with `!`.
struct IgnoreRules: Sendable {
    private enum Segment: Sendable {
        /// `**`: any number of directories.
        case directories
        case name(String)
        case pattern(String)

        init(_ text: String) {
            if text == "**" {
                self = .directories
            } else {
                self = text.contains { "*?[\\".contains($0) } ? .pattern(text) : .name(text)
            }
        }

        var isDirectories: Bool { if case .directories = self { true } else { false } }

        func matches(_ name: String) -> Bool {
            switch self {
            case .directories: true
            case .name(let text): text == name
            case .pattern(let pattern): fnmatch(pattern, name, 0) == 0
            }
        }
    }

    private enum Place: Sendable {
        /// A name in any directory.
        case anywhere(Segment)
        case path([Segment])
    }

    private struct Rule: Sendable {
        var isNegated: Bool
        var onlyDirectories: Bool
        var place: Place
    }

    private let rules: [Rule]

    init(_ text: String) {
        rules = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).compactMap {
            Self.rule(String($0))
        }
    }

    /// Whether the entry is ignored, or a directory above it.
    ///
    /// - Parameter path: Below the folder that holds the rules, with `/` between the segments.
    func ignores(_ path: String, isDirectory: Bool) -> Bool {
        let segments = Self.segments(path)
        guard !segments.isEmpty else { return false }
        for length in 1...segments.count {
            let isLast = length == segments.count
            if ignores(segments.prefix(length), isDirectory: isLast ? isDirectory : true) { return true }
        }
        return false
    }

    /// Whether the entry is ignored, for a caller that does not look into ignored directories.
    func ignoresEntry(_ path: String, isDirectory: Bool) -> Bool {
        rules.isEmpty ? false : ignores(Self.segments(path)[...], isDirectory: isDirectory)
    }

    private static func segments(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    private func ignores(_ path: ArraySlice<String>, isDirectory: Bool) -> Bool {
        let deciding = rules.last { rule in
            (isDirectory || !rule.onlyDirectories) && Self.matches(rule.place, path)
        }
        return deciding.map { !$0.isNegated } ?? false
    }

    private static func rule(_ line: String) -> Rule? {
        var text = Substring(line)
        while text.last == " ", !text.hasSuffix("\\ ") { text.removeLast() }
        guard let first = text.first, first != "#" else { return nil }
        let isNegated = first == "!"
        if isNegated { text.removeFirst() }
        let onlyDirectories = text.last == "/"
        if onlyDirectories { text.removeLast() }
        let segments = text.split(separator: "/").map { Segment(String($0)) }
        guard let first = segments.first, let last = segments.last else { return nil }
        let isAnywhere = !text.contains("/") || (segments.count == 2 && first.isDirectories && !last.isDirectories)
        return Rule(
            isNegated: isNegated, onlyDirectories: onlyDirectories,
            place: isAnywhere ? .anywhere(last) : .path(segments))
    }

    private static func matches(_ place: Place, _ path: ArraySlice<String>) -> Bool {
        switch place {
        case .anywhere(let segment): path.last.map(segment.matches) ?? false
        case .path(let segments): matches(segments[...], path)
        }
    }

    private static func matches(_ pattern: ArraySlice<Segment>, _ path: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        let rest = pattern.dropFirst()
        if first.isDirectories {
            // At the end it stands for everything inside, so at least one segment.
            if rest.isEmpty { return !path.isEmpty }
            // Without another one only the last segments can match.
            guard rest.contains(where: \.isDirectories) else {
                return path.count >= rest.count && matches(rest, path.suffix(rest.count))
            }
            return (0...path.count).contains { matches(rest, path.dropFirst($0)) }
        }
        guard let segment = path.first, first.matches(segment) else { return false }
        return matches(rest, path.dropFirst())
    }
}
