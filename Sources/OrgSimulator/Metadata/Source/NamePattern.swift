import Glibc

/// A pattern for one name of a path in the syntax of gitignore(5): `*`, `?`, `[a-z]`, `[!a-z]`, `[[:digit:]]` and `\`
/// escapes.
///
/// As in git, it compares bytes. The time to match is at most proportional to the length of the pattern times that of
/// the name.
///
/// It is a class, so that thousands of rules can be passed on without copying them.
final class NamePattern: Sendable {
    fileprivate enum Token: Sendable {
        case byte(UInt8)
        case anyByte
        case anyBytes
        case set(ByteSet)
    }

    /// The bytes that every matching name begins with.
    let prefix: [UInt8]
    /// The bytes that every matching name ends with.
    let suffix: [UInt8]
    /// The only name that matches; `nil` if several can match.
    let literal: String?
    /// The tokens between prefix and suffix.
    private let middle: [Token]
    /// The longest sequence of literal bytes between prefix and suffix. Every matching name contains it.
    private let piece: [UInt8]
    /// Whether any bytes may be between prefix and suffix.
    private let allowsAnyMiddle: Bool

    /// - Returns: `nil` for a pattern that matches nothing, such as one with an unclosed bracket.
    init?(_ text: Substring.UTF8View) {
        var tokens: [Token] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"): tokens.append(.anyBytes)
            case UInt8(ascii: "?"): tokens.append(.anyByte)
            case UInt8(ascii: "["):
                guard let set = ByteSet(bracket: &rest) else { return nil }
                tokens.append(.set(set))
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                tokens.append(.byte(escaped))
            default: tokens.append(.byte(byte))
            }
        }
        let bytes = tokens.map(\.literalByte)
        let start = bytes.prefix { $0 != nil }.compactMap { $0 }
        let isLiteral = start.count == tokens.count
        let end = isLiteral ? [] : bytes.reversed().prefix { $0 != nil }.reversed().compactMap { $0 }
        let between = Array(tokens[start.count..<(tokens.count - end.count)])
        let pieces = between.map(\.literalByte).split(separator: nil).map { $0.compactMap { $0 } }
        prefix = start
        suffix = end
        middle = between
        piece = pieces.max { $0.count < $1.count } ?? []
        literal = isLiteral ? String(decoding: start, as: UTF8.self) : nil
        allowsAnyMiddle = between.count == 1 && between[0].isAnyBytes
    }

    /// Whether the name, as its bytes, matches. Prefix, suffix and piece rule out most names quickly.
    func matches(_ name: [UInt8]) -> Bool {
        let end = name.count - suffix.count
        guard prefix.count + piece.count <= end else { return false }
        let mayMatch = name.withUnsafeBytes { bytes -> Bool in
            guard let base = bytes.baseAddress else { return prefix.isEmpty && suffix.isEmpty }
            guard prefix.isEmpty || memcmp(base, prefix, prefix.count) == 0 else { return false }
            guard suffix.isEmpty || memcmp(base + end, suffix, suffix.count) == 0 else { return false }
            return containsPiece(base, prefix.count, end)
        }
        return mayMatch && (allowsAnyMiddle || matchesMiddle(name, prefix.count, end))
    }

    /// Whether the bytes from `start` up to `end` contain the piece.
    private func containsPiece(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Bool {
        guard let first = piece.first else { return true }
        var position = start
        while position + piece.count <= end,
            let found = memchr(base + position, Int32(first), end - piece.count + 1 - position)
        {
            if memcmp(found, piece, piece.count) == 0 { return true }
            position = base.distance(to: UnsafeRawPointer(found)) + 1
        }
        return false
    }

    /// Matches the tokens of `middle`. If one does not match, the last `*` is extended by one byte; earlier ones need
    /// not change.
    private func matchesMiddle(_ name: [UInt8], _ start: Int, _ end: Int) -> Bool {
        var position = start
        var token = 0
        var lastStar: (token: Int, position: Int)?
        while position < end {
            if token < middle.count, case .anyBytes = middle[token] {
                lastStar = (token, position)
                token += 1
            } else if token < middle.count, middle[token].matches(name[position]) {
                token += 1
                position += 1
            } else if let star = lastStar {
                token = star.token + 1
                position = star.position + 1
                lastStar = (star.token, position)
            } else {
                return false
            }
        }
        return middle[token...].allSatisfy(\.isAnyBytes)
    }
}

extension NamePattern.Token {
    fileprivate var isAnyBytes: Bool { if case .anyBytes = self { true } else { false } }

    fileprivate var literalByte: UInt8? { if case .byte(let byte) = self { byte } else { nil } }

    fileprivate func matches(_ byte: UInt8) -> Bool {
        switch self {
        case .byte(let own): own == byte
        case .anyByte, .anyBytes: true
        case .set(let set): set.contains(byte)
        }
    }
}

/// The set of bytes that a bracket expression matches.
private struct ByteSet: Sendable {
    private var holds = [Bool](repeating: false, count: 256)

    func contains(_ byte: UInt8) -> Bool { holds[Int(byte)] }

    /// - Parameter rest: The text after the opening bracket; on return, the text after the closing one.
    /// - Returns: `nil` if there is no closing bracket, or an unknown class.
    init?(bracket rest: inout Substring.UTF8View) {
        let isNegated = rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^")
        if isNegated { rest.removeFirst() }
        var previous: UInt8?
        var isFirst = true
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "]"), !isFirst {
                if isNegated { holds = holds.map { !$0 } }
                return
            }
            isFirst = false
            switch byte {
            case UInt8(ascii: "-") where previous != nil && rest.first != nil && rest.first != UInt8(ascii: "]"):
                guard let last = Self.member(&rest), let first = previous else { return nil }
                if first <= last { for byte in first...last { holds[Int(byte)] = true } }
                previous = nil
            case UInt8(ascii: "[") where rest.first == UInt8(ascii: ":"):
                if let name = Self.className(rest) {
                    guard let isMember = Self.classes[name] else { return nil }
                    rest = rest.dropFirst(name.utf8.count + 3)
                    for byte in UInt8(0)..<128 where isMember(byte) { holds[Int(byte)] = true }
                    previous = nil
                } else {
                    holds[Int(byte)] = true
                    previous = byte
                }
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                holds[Int(escaped)] = true
                previous = escaped
            default:
                holds[Int(byte)] = true
                previous = byte
            }
        }
        return nil
    }

    private static func member(_ rest: inout Substring.UTF8View) -> UInt8? {
        let byte = rest.popFirst()
        return byte == UInt8(ascii: "\\") ? rest.popFirst() : byte
    }

    /// The name in `:name:]`.
    private static func className(_ rest: Substring.UTF8View) -> String? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        let inner = rest[..<end].dropFirst()
        guard inner.last == UInt8(ascii: ":") else { return nil }
        return String(decoding: inner.dropLast(), as: UTF8.self)
    }

    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isLetter($0) || isDigit($0) }, "alpha": isLetter, "blank": { $0 == 0x20 || $0 == 0x09 },
        "cntrl": { $0 < 0x20 || $0 == 0x7F }, "digit": isDigit, "graph": { (0x21...0x7E).contains($0) },
        "lower": { (0x61...0x7A).contains($0) }, "print": { (0x20...0x7E).contains($0) },
        "punct": { (0x21...0x7E).contains($0) && !isLetter($0) && !isDigit($0) },
        "space": { $0 == 0x20 || (0x09...0x0D).contains($0) }, "upper": { (0x41...0x5A).contains($0) },
        "xdigit": { isDigit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0) },
    ]

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
