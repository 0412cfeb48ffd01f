/// The rules of a `.forceignore` file: the syntax of gitignore(5).
///
/// Understood: blank lines, comments, `\` escapes, `!`, a slash at the end (directories only), a slash at the start or
/// inside (anchored), `*`, `?`, `[a-z]`, `[!a-z]`, and `**` as a whole segment. As in git, a file below an ignored
/// directory cannot be taken back with `!`.
struct IgnoreRules: Sendable {
    private struct Rule: Sendable {
        var isNegated: Bool
        var onlyDirectories: Bool
        var segments: [[Character]]
    }

    private let rules: [Rule]

    init(_ text: String) {
        rules = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).compactMap {
            Self.rule(String($0))
        }
    }

    /// - Parameter path: Below the folder that holds the rules, with `/` between the segments.
    func ignores(_ path: String, isDirectory: Bool) -> Bool {
        let segments = path.split(separator: "/").map(Array.init)
        guard !segments.isEmpty else { return false }
        for length in 1...segments.count {
            let isLast = length == segments.count
            if isIgnoredItself(segments.prefix(length), isDirectory: isLast ? isDirectory : true) { return true }
        }
        return false
    }

    private func isIgnoredItself(_ path: ArraySlice<[Character]>, isDirectory: Bool) -> Bool {
        let deciding = rules.last { rule in
            (isDirectory || !rule.onlyDirectories) && Self.matches(rule.segments[...], path)
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
        let isAnchored = text.contains("/")
        var segments = text.split(separator: "/").map(Array.init)
        guard !segments.isEmpty else { return nil }
        if !isAnchored { segments.insert(["*", "*"], at: 0) }
        return Rule(isNegated: isNegated, onlyDirectories: onlyDirectories, segments: segments)
    }

    private static func matches(_ pattern: ArraySlice<[Character]>, _ path: ArraySlice<[Character]>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        let rest = pattern.dropFirst()
        if first == ["*", "*"] {
            // At the end it stands for everything inside, so at least one segment.
            if rest.isEmpty { return !path.isEmpty }
            return (0...path.count).contains { matches(rest, path.dropFirst($0)) }
        }
        guard let segment = path.first, matches(segment: first[...], segment[...]) else { return false }
        return matches(rest, path.dropFirst())
    }

    private static func matches(segment pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case "*":
            return (0...name.count).contains { matches(segment: rest, name.dropFirst($0)) }
        case "?":
            return !name.isEmpty && matches(segment: rest, name.dropFirst())
        case "[":
            guard let close = rest.dropFirst().firstIndex(of: "]"), let character = name.first else { return false }
            return set(rest[rest.startIndex..<close], contains: character)
                && matches(segment: rest[(close + 1)...], name.dropFirst())
        case "\\" where !rest.isEmpty:
            return name.first == rest.first && matches(segment: rest.dropFirst(), name.dropFirst())
        default:
            return name.first == first && matches(segment: rest, name.dropFirst())
        }
    }

    private static func set(_ set: ArraySlice<Character>, contains character: Character) -> Bool {
        var rest = set
        let isNegated = rest.first == "!" || rest.first == "^"
        if isNegated { rest.removeFirst() }
        var isMember = false
        while let low = rest.popFirst() {
            if rest.first == "-", rest.count > 1 {
                rest.removeFirst()
                let high = rest.removeFirst()
                if low <= character, character <= high { isMember = true }
            } else if low == character {
                isMember = true
            }
        }
        return isMember != isNegated
    }
}
