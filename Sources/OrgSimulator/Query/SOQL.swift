import Foundation

/// A query in the part of SOQL that the simulator reads: fields or `COUNT()` of one object, comparisons joined by `AND`,
/// `ORDER BY` one field, `LIMIT`.
struct SOQL {
    enum Value: Equatable {
        case text(String)
        case number(Double)
        case date(Date)
    }

    struct Comparison {
        let field: String
        let sign: String
        let value: Value
    }

    /// Empty for `COUNT()`.
    let fields: [String]
    let object: String
    let comparisons: [Comparison]
    let order: (field: String, descends: Bool)?
    let limit: Int?

    /// What stands where something else should: the org's words for it are not confirmed.
    struct Malformed: Error {
        let found: String
    }

    init(_ text: String) throws(Malformed) {
        var words = try Words(text)
        try words.take("SELECT")
        fields = try words.fields()
        try words.take("FROM")
        object = try words.name()
        comparisons = words.takes("WHERE") ? try words.comparisons() : []
        order = words.takes("ORDER") ? try words.order() : nil
        limit = words.takes("LIMIT") ? try words.count() : nil
        try words.end()
    }

    /// The query's words, signs and literals, in order.
    private struct Words {
        private var rest: ArraySlice<String>

        init(_ text: String) throws(Malformed) {
            var found: [String] = []
            var characters = Substring(text)
            while let first = characters.first {
                let word: Substring
                if first.isWhitespace {
                    characters.removeFirst()
                    continue
                } else if first == "'" {
                    guard let end = characters.dropFirst().firstIndex(of: "'") else { throw Malformed(found: "'") }
                    word = characters[...end]
                } else if "<>=!".contains(first) {
                    word = characters.prefix { "<>=!".contains($0) }
                } else if "(),".contains(first) {
                    word = characters.prefix(1)
                } else {
                    word = characters.prefix { !$0.isWhitespace && !"<>=!(),'".contains($0) }
                }
                found.append(String(word))
                characters = characters.dropFirst(word.count)
            }
            rest = found[...]
        }

        mutating func takes(_ keyword: String) -> Bool {
            guard rest.first?.uppercased() == keyword else { return false }
            rest.removeFirst()
            return true
        }

        mutating func take(_ keyword: String) throws(Malformed) {
            guard takes(keyword) else { throw Malformed(found: rest.first ?? "<EOF>") }
        }

        mutating func word() throws(Malformed) -> String {
            guard let word = rest.popFirst() else { throw Malformed(found: "<EOF>") }
            return word
        }

        mutating func name() throws(Malformed) -> String {
            let word = try word()
            guard word.first?.isLetter == true,
                word.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
            else { throw Malformed(found: word) }
            return word
        }

        mutating func fields() throws(Malformed) -> [String] {
            let first = try name()
            if first.uppercased() == "COUNT", takes("(") {
                try take(")")
                return []
            }
            var fields = [first]
            while takes(",") { fields.append(try name()) }
            return fields
        }

        mutating func comparisons() throws(Malformed) -> [Comparison] {
            var comparisons: [Comparison] = []
            repeat {
                let field = try name()
                let sign = try word()
                guard ["=", "!=", "<", "<=", ">", ">="].contains(sign) else { throw Malformed(found: sign) }
                comparisons.append(Comparison(field: field, sign: sign, value: try value()))
            } while takes("AND")
            return comparisons
        }

        private mutating func value() throws(Malformed) -> Value {
            let word = try word()
            if word.hasPrefix("'") { return .text(String(word.dropFirst().dropLast())) }
            if let number = Double(word) { return .number(number) }
            if let date = try? Date(word, strategy: .iso8601) { return .date(date) }
            throw Malformed(found: word)
        }

        mutating func order() throws(Malformed) -> (field: String, descends: Bool) {
            try take("BY")
            let field = try name()
            if takes("DESC") { return (field, true) }
            _ = takes("ASC")
            return (field, false)
        }

        mutating func count() throws(Malformed) -> Int {
            let word = try word()
            guard let count = Int(word), count >= 0 else { throw Malformed(found: word) }
            return count
        }

        func end() throws(Malformed) {
            if let word = rest.first { throw Malformed(found: word) }
        }
    }
}
