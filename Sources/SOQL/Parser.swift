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

/// A recursive-descent parser with one token of look-ahead. Each part of a query has its methods in a file of its own.
struct Parser {
    private let text: String
    private let tokens: [Token]
    private var index = 0
    private var depth = 0

    init(_ text: String) {
        self.text = text
        tokens = Lexer.tokens(of: text)
    }

    var next: Token { tokens[index] }
    var afterNext: Token { tokens[min(index + 1, tokens.count - 1)] }

    mutating func advance() -> Token {
        let token = next
        if index < tokens.count - 1 { index += 1 }
        return token
    }

    /// Consumes the next token if it is `keyword`. Returns whether it was.
    mutating func takes(_ keyword: String) -> Bool {
        guard next.keyword == keyword else { return false }
        _ = advance()
        return true
    }

    mutating func takes(symbol: String) -> Bool {
        guard next.kind == .symbol, next.text == symbol else { return false }
        _ = advance()
        return true
    }

    /// Consumes `keyword`, or throws if the next token is another one.
    mutating func take(_ keyword: String) throws(SyntaxError) {
        guard takes(keyword) else { throw unexpected() }
    }

    mutating func take(symbol: String) throws(SyntaxError) {
        guard takes(symbol: symbol) else { throw unexpected() }
    }

    /// Parses any name, including keywords, which are allowed after a dot.
    mutating func anyName() throws(SyntaxError) -> String {
        guard next.kind == .name else { throw unexpected() }
        return advance().text
    }

    /// Parses a name that is not a keyword of a query.
    mutating func name() throws(SyntaxError) -> String {
        guard !Self.keywords.contains(next.keyword) else { throw unexpected() }
        return try anyName()
    }

    /// Parses an alias; `nil` if the next token cannot be one.
    mutating func alias() -> String? {
        guard next.kind == .name, !Self.keywords.contains(next.keyword), !Self.clauseWords.contains(next.keyword) else {
            return nil
        }
        return advance().text
    }

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
        while takes(symbol: ",") { elements.append(try element(&self)) }
        return elements
    }

    /// Parses with one more level of nesting.
    mutating func nested<Value>(
        _ parse: (inout Parser) throws(SyntaxError) -> Value
    ) throws(SyntaxError) -> Value {
        guard depth < SOQLQuery.depthLimit else { throw error(.tooDeep, at: next) }
        depth += 1
        let value = try parse(&self)
        depth -= 1
        return value
    }

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
    /// The words that begin a clause at a position where an alias is possible.
    private static let clauseWords: Set = ["ALL", "FOR", "GROUP", "OFFSET", "ORDER", "UPDATE"]
}
