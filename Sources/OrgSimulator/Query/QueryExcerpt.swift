/// Which word of a query a refusal refers to: the last occurrence of ``name`` before ``literal``, or if there is no
/// literal, the first one in ``clause`` or after it.
struct QueryPlace: Equatable, Sendable {
    /// A clause. The raw value is its first word.
    enum Clause: String, Sendable {
        case from = "FROM"
        case condition = "WHERE"
        case having = "HAVING"
        case grouping = "GROUP"
        case order = "ORDER"
    }

    /// A name, or names joined by dots, as written.
    var name: String
    /// The clause that contains the word; `nil` for the select list.
    var clause: Clause?
    /// The text that the field is compared with, without quotes; `nil` if the refusal does not refer to it.
    var literal: String?
}

/// The text before the reason of a refusal: the words around the one that it refers to, a caret below that word, and
/// its row and column, both from 1.
///
/// How much is quoted is inferred from recordings, which have five words and symbols on either side (openstax/accounts
/// `…/cannot_be_set_if_the_ID_is_malformed.yml`, heroku/sf-functions-python `query-unknown-column.json`).
struct QueryExcerpt {
    private struct Word {
        let text: String
        /// The position of the word in Unicode scalars.
        let start: Int
    }

    /// The number of words and symbols quoted on either side.
    private static let reach = 5

    private let scalars: [Unicode.Scalar]
    private let words: [Word]
    /// The index in `words` of the word that the refusal refers to.
    private let index: Int

    /// Returns `nil` if the query has no such word. An org then sends the reason alone.
    init?(of query: String, at place: QueryPlace) {
        scalars = Array(query.unicodeScalars)
        words = Self.words(of: scalars)
        guard let index = Self.index(of: place, in: words) else { return nil }
        self.index = index
    }

    /// The excerpt. It begins and ends with a line break.
    var text: String {
        var quoted = Array(words[max(0, index - Self.reach)...min(words.count - 1, index + Self.reach)])
        if quoted.first?.text == "," { quoted.removeFirst() }
        if quoted.last?.text == "," { quoted.removeLast() }
        let start = quoted.first?.start ?? 0
        let end = quoted.last.map { $0.start + $0.text.unicodeScalars.count } ?? start
        let line = scalars[start..<end].map { Self.isSpace($0) ? " " : String($0) }.joined()
        let caret = String(repeating: " ", count: words[index].start - start) + "^"
        let before = scalars[..<words[index].start]
        let row = before.count { $0 == "\n" } + 1
        let column = before.count - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0) + 1
        return "\n\(line)\n\(caret)\nERROR at Row:\(row):Column:\(column)\n"
    }

    private static func index(of place: QueryPlace, in words: [Word]) -> Int? {
        var start = 0
        if let clause = place.clause {
            guard let keyword = words.firstIndex(where: { $0.text.uppercased() == clause.rawValue }) else { return nil }
            start = keyword + 1
        }
        let literal = place.literal.map { "'\($0)'" }
        let end = literal.flatMap { text in words[start...].firstIndex { $0.text == text } }
        if let end { return words[start..<end].lastIndex { $0.text == place.name } }
        return words[start...].firstIndex { $0.text == place.name }
    }

    /// Splits a query into names with their dots, strings with their quotes, numbers, dates, and symbols of one
    /// character.
    private static func words(of scalars: [Unicode.Scalar]) -> [Word] {
        var words: [Word] = []
        var position = 0
        while position < scalars.count {
            let start = position
            let first = scalars[position]
            position += 1
            if isSpace(first) { continue }
            if first == "'" {
                while position < scalars.count, scalars[position] != "'" {
                    position += scalars[position] == "\\" ? 2 : 1
                }
                position = min(position + 1, scalars.count)
            } else if isNamePart(first) {
                let isNumber = ("0"..."9").contains(first)
                while position < scalars.count,
                    isNamePart(scalars[position]) || (isNumber && "+-:".unicodeScalars.contains(scalars[position]))
                {
                    position += 1
                }
            }
            words.append(Word(text: String(String.UnicodeScalarView(scalars[start..<position])), start: start))
        }
        return words
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "."
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
}
