/// The rules of a `.forceignore` file: the syntax of gitignore(5).
///
/// Supported: blank lines, comments, `\` escapes, `!`, a slash at the end (directories only), a slash at the start or
/// inside (anchored), `*`, `?`, `[a-z]`, `[!a-z]`, and `**` as a whole segment. As in git, `!` cannot re-include a file
/// below an ignored directory.
struct IgnoreRules: Sendable {
    fileprivate enum Segment: Sendable {
        /// `**`: any number of directories; at the end, everything inside.
        case directories
        case name(NamePattern)
    }

    fileprivate struct Rule: Sendable {
        /// Whether the rule begins with `!` and re-includes what it matches.
        var isNegated: Bool
        var onlyDirectories: Bool
        var path: [Segment]
    }

    /// A segment of a rule that is compared with the next name of a path: the index of the rule, and of its segment.
    fileprivate struct Step: Hashable, Sendable {
        var rule: Int
        var segment: Int
    }

    private let rules: [Rule]
    /// The steps of rules that begin with `**`, which apply in every directory.
    private let everywhere: StepIndex
    /// The first steps of all other rules, which apply in the folder of the rules.
    private let top: [Step]

    /// - Parameter text: The content of the file. A rule that cannot match anything is ignored.
    init(_ text: String) {
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : Substring(text)
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
        let rules = lines.compactMap { Self.rule($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0) }
        let starts = rules.indices.map { Step(rule: $0, segment: 0) }
        self.rules = rules
        everywhere = StepIndex(Self.reached(starts.filter { rules[$0.rule].path[0].isDirectories }, rules), rules)
        top = starts.filter { !rules[$0.rule].path[0].isDirectories }
    }

    /// Whether the entry or a directory above it is ignored.
    ///
    /// - Parameter path: The path below the folder of the rules, with `/` between the segments.
    func ignores(_ path: String, isDirectory: Bool) -> Bool {
        let names = path.split(separator: "/").map(String.init)
        var scope = scope
        for (index, name) in names.enumerated() {
            if scope.ignores(name, isDirectory: isDirectory || index < names.count - 1) { return true }
            scope = scope.entering(name)
        }
        return false
    }

    /// The scope of the folder that contains the rules.
    var scope: Scope { Scope(rules: self, steps: top) }

    /// The rules for the entries of one directory. Only rules that can match there are evaluated.
    struct Scope: Sendable {
        private let rules: IgnoreRules
        /// The steps that apply here but not everywhere.
        private let here: StepIndex

        fileprivate init(rules: IgnoreRules, steps: [Step]) {
            self.rules = rules
            here = StepIndex(steps, rules.rules)
        }

        /// Whether an entry is ignored. The last matching rule decides.
        func ignores(_ name: String, isDirectory: Bool) -> Bool {
            let deciding = matching(name).lazy.filter { step in
                let rule = rules.rules[step.rule]
                return step.segment == rule.path.count - 1 && (isDirectory || !rule.onlyDirectories)
            }.map(\.rule).max()
            return deciding.map { !rules.rules[$0].isNegated } ?? false
        }

        /// Returns the scope of a subdirectory.
        func entering(_ name: String) -> Scope {
            let next = matching(name).compactMap { step in
                step.segment + 1 < rules.rules[step.rule].path.count
                    && !rules.rules[step.rule].path[step.segment].isDirectories
                    ? Step(rule: step.rule, segment: step.segment + 1) : nil
            }
            if next.isEmpty, here.areAllRecursive { return self }
            return Scope(rules: rules, steps: IgnoreRules.reached(next + here.recursive, rules.rules))
        }

        private func matching(_ name: String) -> [Step] {
            if rules.everywhere.isEmpty, here.isEmpty { return [] }
            let bytes = Array(name.utf8)
            return rules.everywhere.steps(matching: name, bytes) + here.steps(matching: name, bytes)
        }
    }

    /// Returns the rule of a line; `nil` for a comment, and for a rule that matches nothing.
    private static func rule(_ line: Substring.UTF8View) -> Rule? {
        var text = line
        while text.last == UInt8(ascii: " "), text.dropLast().last != UInt8(ascii: "\\") { text.removeLast() }
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        let isNegated = first == UInt8(ascii: "!")
        if isNegated { text.removeFirst() }
        let onlyDirectories = text.last == UInt8(ascii: "/")
        if onlyDirectories { text.removeLast() }
        let isAnchored = text.first == UInt8(ascii: "/")
        if isAnchored { text.removeFirst() }
        let parts = parts(text)
        var path: [Segment] = []
        for part in parts {
            // No path has an empty segment, so the rule never matches.
            if part.isEmpty { return nil }
            if part.count > 1, part.allSatisfy({ $0 == UInt8(ascii: "*") }) {
                path.append(.directories)
            } else if let pattern = NamePattern(part) {
                path.append(.name(pattern))
            } else {
                return nil
            }
        }
        // A single name matches in any directory.
        let isName = !isAnchored && !text.contains(UInt8(ascii: "/"))
        if isName, !path[0].isDirectories { path.insert(.directories, at: 0) }
        return Rule(isNegated: isNegated, onlyDirectories: onlyDirectories, path: path)
    }

    /// Splits a pattern into segments. A slash in brackets or after a backslash does not separate segments.
    private static func parts(_ text: Substring.UTF8View) -> [Substring.UTF8View] {
        var parts: [Substring.UTF8View] = []
        var start = text.startIndex
        /// The number of bytes read of a bracket expression; `nil` outside of brackets.
        var inBrackets: Int?
        var isEscaped = false
        for index in text.indices {
            let byte = text[index]
            if isEscaped {
                isEscaped = false
                inBrackets = inBrackets.map { $0 + 1 }
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if let seen = inBrackets {
                let isSign = seen == 0 && (byte == UInt8(ascii: "!") || byte == UInt8(ascii: "^"))
                inBrackets = byte == UInt8(ascii: "]") && seen > 0 ? nil : isSign ? 0 : seen + 1
            } else if byte == UInt8(ascii: "[") {
                inBrackets = 0
            } else if byte == UInt8(ascii: "/") {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        return parts + [text[start...]]
    }

    /// Returns the steps, and the steps after each `**`, which may match no directory.
    private static func reached(_ steps: [Step], _ rules: [Rule]) -> [Step] {
        var all: Set<Step> = []
        for var step in steps {
            let path = rules[step.rule].path
            while all.insert(step).inserted, path[step.segment].isDirectories, step.segment + 1 < path.count {
                step.segment += 1
            }
        }
        return Array(all)
    }

    /// Steps indexed by the literal start or end of their patterns, so that most patterns need not be compared.
    fileprivate struct StepIndex: Sendable {
        private struct Pattern: Sendable {
            var step: Step
            var pattern: NamePattern
        }

        /// The steps of `**`, which also apply in the directories below.
        let recursive: [Step]
        /// Whether all steps result from a `**`, so that they are the same in the directories below.
        let areAllRecursive: Bool
        /// The steps of a `**` at the end of a rule.
        private let ends: [Step]
        private let count: Int
        private var byName: [String: [Step]] = [:]
        private var byFirstByte: [UInt8: [Pattern]] = [:]
        private var byLastByte: [UInt8: [Pattern]] = [:]
        private var others: [Pattern] = []

        init(_ steps: [Step], _ rules: [Rule]) {
            count = steps.count
            recursive = steps.filter { rules[$0.rule].path[$0.segment].isDirectories }
            areAllRecursive = steps.count == IgnoreRules.reached(recursive, rules).count
            ends = recursive.filter { $0.segment == rules[$0.rule].path.count - 1 }
            for step in steps {
                if case .name(let pattern) = rules[step.rule].path[step.segment] {
                    add(Pattern(step: step, pattern: pattern))
                }
            }
        }

        var isEmpty: Bool { count == 0 }

        private mutating func add(_ entry: Pattern) {
            if let literal = entry.pattern.literal {
                byName[literal, default: []].append(entry.step)
            } else if let first = entry.pattern.prefix.first {
                byFirstByte[first, default: []].append(entry)
            } else if let last = entry.pattern.suffix.last {
                byLastByte[last, default: []].append(entry)
            } else {
                others.append(entry)
            }
        }

        func steps(matching name: String, _ bytes: [UInt8]) -> [Step] {
            guard !isEmpty, let first = bytes.first, let last = bytes.last else { return [] }
            var steps = ends
            if let named = byName[name] { steps += named }
            for group in [byFirstByte[first], byLastByte[last], others] {
                for entry in group ?? [] where entry.pattern.matches(bytes) { steps.append(entry.step) }
            }
            return steps
        }
    }
}

extension IgnoreRules.Segment {
    fileprivate var isDirectories: Bool { if case .directories = self { true } else { false } }
}
