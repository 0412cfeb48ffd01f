extension SOQLQuery {
    /// Parses a complete query in time proportional to its length.
    ///
    /// - Throws: ``SyntaxError`` with the first unexpected token, or the limit that the text exceeds.
    package init(parsing text: String) throws(SyntaxError) {
        guard text.utf8.count <= 4 * Self.lengthLimit, text.unicodeScalars.count <= Self.lengthLimit else {
            throw SyntaxError(reason: .tooLong, token: "", offset: 0)
        }
        var parser = Parser(text)
        self = try parser.query()
        guard parser.next.kind == .end else { throw parser.unexpected() }
    }
}

/// A recursive-descent parser that looks at most two tokens ahead. The methods for each part of a query are in an
/// extension in its own file. A method that throws may have consumed tokens, so the parser cannot be used after an
/// error.
struct Parser {
    private let text: String
    private let tokens: [Token]
    private var index = 0
    private var depth = 0

    init(_ text: String) {
        self.text = text
        tokens = Lexer.tokens(of: text)
    }

    /// The next token, which is not consumed yet. At the end of the text, the token of kind `end`.
    var next: Token { tokens[index] }
    /// The token after ``next``.
    var afterNext: Token { tokens[min(index + 1, tokens.count - 1)] }

    /// Consumes the next token and returns it. The token of kind `end` stays.
    mutating func advance() -> Token {
        let token = next
        if index < tokens.count - 1 { index += 1 }
        return token
    }

    /// Consumes the next token if it is `keyword`, and returns whether it was.
    ///
    /// - Parameter keyword: In capitals.
    mutating func consumeIfNext(_ keyword: String) -> Bool {
        guard next.keyword == keyword else { return false }
        _ = advance()
        return true
    }

    mutating func consumeIfNext(symbol: String) -> Bool {
        guard next.kind == .symbol, next.text == symbol else { return false }
        _ = advance()
        return true
    }

    /// Consumes the next token, or throws if it is not `keyword`.
    mutating func take(_ keyword: String) throws(SyntaxError) {
        guard consumeIfNext(keyword) else { throw unexpected() }
    }

    mutating func take(symbol: String) throws(SyntaxError) {
        guard consumeIfNext(symbol: symbol) else { throw unexpected() }
    }

    /// Parses any name, including keywords, which are allowed after a dot.
    mutating func anyName() throws(SyntaxError) -> String {
        guard next.kind == .name else { throw unexpected() }
        return advance().text
    }

    /// Parses a name that is not one of ``keywords``.
    mutating func name() throws(SyntaxError) -> String {
        guard !Self.keywords.contains(next.keyword) else { throw unexpected() }
        return try anyName()
    }

    /// Parses an alias. If the next token cannot be one, consumes nothing and returns `nil`.
    mutating func alias() -> String? {
        guard next.kind == .name, !Self.keywords.contains(next.keyword), !Self.clauseWords.contains(next.keyword) else {
            return nil
        }
        return advance().text
    }

    /// Parses a number without sign, fraction or exponent, as after `LIMIT`.
    mutating func count() throws(SyntaxError) -> Int {
        guard next.kind == .number, next.text.utf8.allSatisfy(\.isDigit), let count = Int(next.text) else {
            throw unexpected()
        }
        _ = advance()
        return count
    }

    /// Parses one or more elements, separated by commas.
    mutating func list<Element>(
        _ element: (inout Parser) throws(SyntaxError) -> Element
    ) throws(SyntaxError) -> [Element] {
        var elements = [try element(&self)]
        while consumeIfNext(symbol: ",") { elements.append(try element(&self)) }
        return elements
    }

    /// Parses with one more level of nesting. Every part of the grammar that can contain itself must use this, so that
    /// a query cannot exhaust the stack.
    ///
    /// - Throws: ``SyntaxError`` with `.tooDeep`, or the error of `parse`.
    mutating func nested<Value>(
        _ parse: (inout Parser) throws(SyntaxError) -> Value
    ) throws(SyntaxError) -> Value {
        guard depth < SOQLQuery.depthLimit else { throw error(.tooDeep, at: next) }
        depth += 1
        let value = try parse(&self)
        depth -= 1
        return value
    }

    /// Returns the error for the next token.
    func unexpected() -> SyntaxError { error(.unexpectedToken, at: next) }

    func error(_ reason: SyntaxError.Reason, at token: Token) -> SyntaxError {
        let place = text.utf8.index(text.utf8.startIndex, offsetBy: token.start)
        return SyntaxError(
            reason: reason, token: token.kind == .end ? "<EOF>" : String(token.text.prefix(80)),
            offset: text.unicodeScalars.distance(from: text.startIndex, to: place))
    }

    /// The reserved words that cannot name an object or field. `Group` and `Order` are not among them, although they
    /// also begin clauses.
    private static let keywords: Set = [
        "AND", "ASC", "DESC", "EXCLUDES", "FROM", "HAVING", "IN", "INCLUDES", "LIKE", "LIMIT", "NOT", "NULL", "NULLS",
        "OR",
        "SELECT", "USING", "WHERE", "WITH",
    ]
    /// The words that begin a clause where an alias is possible. They are not aliases there.
    private static let clauseWords: Set = ["ALL", "FOR", "GROUP", "OFFSET", "ORDER", "UPDATE"]
}
