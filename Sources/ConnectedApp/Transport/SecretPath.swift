internal import Foundation

/// The path and query of a webhook's URL, which may be a secret. Finds them in an answer and removes them.
struct SecretPath: Sendable {
    /// The minimum length of a secret part, in characters. Shorter parts, such as `api`, are not secrets.
    private static let minimumPartLength = 6
    /// How often escapes are resolved, because an escape may itself be escaped.
    private static let unescapingRounds = 4

    /// The secret texts as the URL spells them: path with query, path alone, and their parts.
    private let texts: [String]
    /// The texts in the form of ``folded(_:)``.
    private let forms: Set<String>

    /// - Parameter text: The path and query as they are in the URL.
    init(_ text: String) {
        let whole = [text, String(text.prefix { $0 != "?" })].filter { $0.count > 1 }
        texts = whole + Self.parts(of: text)
        let folded = texts.map(Self.folded)
        forms = Set((folded + folded.flatMap(Self.parts)).filter { $0.count >= Self.minimumPartLength })
    }

    private static func parts(of text: String) -> [String] {
        text.split { "/?&=".contains($0) }.filter { $0.count >= minimumPartLength }.map(String.init)
    }

    /// Returns the text with `mark` in place of the path and its parts. Finds only the URL's spelling, in any case; see
    /// ``isRespelled(in:)`` for others.
    func removed(from text: String, mark: String = OrgWords.mark) -> String {
        let found = RangeSet(texts.flatMap { Self.ranges(of: $0, in: text) })
        var (result, end) = ("", text.startIndex)
        for range in found.ranges {
            result += text[end..<range.lowerBound] + mark
            end = range.upperBound
        }
        return result + text[end...]
    }

    private static func ranges(of part: String, in text: String) -> [Range<String.Index>] {
        var (found, start) = ([Range<String.Index>](), text.startIndex)
        while let range = text.range(of: part, options: .caseInsensitive, range: start..<text.endIndex) {
            found.append(range)
            start = range.upperBound
        }
        return found
    }

    /// Whether the text contains the path or a part of it in any spelling: with escapes of URLs, JSON or HTML, in
    /// another case, or with white space in between.
    func isRespelled(in text: String) -> Bool {
        // Compares bytes, so that a combining mark after a part does not hide it.
        let bytes = Array(Self.folded(text).utf8)
        return forms.contains { bytes.firstRange(of: Array($0.utf8)) != nil }
    }

    /// Returns the text without escapes and white space, in lower case.
    private static func folded(_ text: String) -> String {
        var text = text
        for _ in 0..<unescapingRounds {
            let plain = unescaped(text)
            guard plain != text else { break }
            text = plain
        }
        return text.visible.lowercased().filter { !$0.isWhitespace }
    }

    private static func unescaped(_ text: String) -> String {
        text.replacing(/(?:%[0-9A-Fa-f]{2})+/) { String(decoding: bytes(ofEscapes: $0.output), as: UTF8.self) }
            .replacing(/\\u([0-9A-Fa-f]{4})/) { character($0.output.1, 16) }
            .replacing(/\\x([0-9A-Fa-f]{2})/) { character($0.output.1, 16) }
            .replacing(/\\[nrt]/, with: "")
            .replacing(/\\(.)/) { String($0.output.1) }
            .replacing(/&#[xX]([0-9A-Fa-f]{1,6});?/) { character($0.output.1, 16) }
            .replacing(/&#([0-9]{1,7});?/) { character($0.output.1, 10) }
            .replacing(/&([A-Za-z]{2,8});/) { named[$0.output.1.lowercased()] ?? String($0.output.0) }
    }

    private static func bytes(ofEscapes text: Substring) -> [UInt8] {
        text.split(separator: "%").compactMap { UInt8($0, radix: 16) }
    }

    private static func character(_ digits: Substring, _ radix: Int) -> String {
        UInt32(digits, radix: radix).flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? ""
    }

    /// The HTML character references for characters of URLs.
    private static let named = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "sol": "/", "quest": "?", "equals": "=",
        "period": ".", "comma": ",", "lowbar": "_", "hyphen": "-", "dash": "-", "tilde": "~", "percnt": "%", "num": "#",
        "colon": ":", "semi": ";", "commat": "@", "plus": "+", "excl": "!", "dollar": "$", "lpar": "(", "rpar": ")",
        "ast": "*",
    ]
}
