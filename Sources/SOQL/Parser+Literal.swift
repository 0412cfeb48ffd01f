extension Parser {
    mutating func literal() throws(SyntaxError) -> Literal {
        switch next.kind {
        case .string: .string(try string())
        case .number: try numberOrDate()
        case .name: try namedLiteral()
        case .symbol, .unknown, .end: throw unexpected()
        }
    }

    private mutating func namedLiteral() throws(SyntaxError) -> Literal {
        let token = next
        switch token.keyword {
        case "NULL", "TRUE", "FALSE":
            _ = advance()
            return token.keyword == "NULL" ? .null : .boolean(token.keyword == "TRUE")
        case let name where DateLiterals.plain.contains(name):
            _ = advance()
            return .dateLiteral(name, nil)
        case let name where DateLiterals.counted.contains(name):
            _ = advance()
            try take(symbol: ":")
            return .dateLiteral(name, try count())
        default: return try currency()
        }
    }

    /// The most digits before and after the point of an amount. A currency field has at most 18 digits.
    private static let (longestAmount, longestFraction) = (15, 4)

    /// Parses a currency literal such as `USD5000` or `USD5000.50`. The lexer returns it as a name and, if it has a
    /// fraction, a symbol and a number.
    private mutating func currency() throws(SyntaxError) -> Literal {
        let code = next.keyword.prefix(3)
        var amount = String(next.keyword.dropFirst(3))
        guard code.utf8.count == 3, code.allSatisfy(\.isLetter), amount.utf8.allSatisfy(\.isDigit),
            (1...Self.longestAmount).contains(amount.utf8.count)
        else {
            throw unexpected()
        }
        _ = advance()
        if consumeIfNext(symbol: ".") {
            guard next.kind == .number, next.text.utf8.allSatisfy(\.isDigit) else { throw unexpected() }
            let fraction = advance().text
            guard fraction.utf8.count <= Self.longestFraction else { throw unexpected() }
            amount += "." + fraction
        }
        return .currency(String(code), Double(amount) ?? 0)
    }

    private mutating func numberOrDate() throws(SyntaxError) -> Literal {
        let text = next.text
        let literal: Literal? =
            if let date = DateText.date(text) {
                .date(date)
            } else if let seconds = DateText.dateTime(text) {
                .dateTime(seconds)
            } else {
                Self.number(text).map { .number($0) }
            }
        guard let literal else { throw unexpected() }
        _ = advance()
        return literal
    }

    /// Parses a decimal number with an optional exponent. `Double` alone would also accept hexadecimal digits, `inf`
    /// and `nan`.
    private static func number(_ text: String) -> Double? {
        let isDecimal = text.utf8.allSatisfy { byte in byte.isDigit || "+-.eE".utf8.contains(byte) }
        guard isDecimal, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    // MARK: Strings

    private mutating func string() throws(SyntaxError) -> String {
        var text = ""
        for piece in try pieces() { text.unicodeScalars.append(piece.scalar) }
        return text
    }

    mutating func likePattern() throws(SyntaxError) -> LikePattern {
        guard next.kind == .string else { throw unexpected() }
        var elements: [LikePattern.Element] = []
        var text = ""
        for piece in try pieces() {
            guard !piece.isEscaped, piece.scalar == "%" || piece.scalar == "_" else {
                text.unicodeScalars.append(piece.scalar)
                continue
            }
            if !text.isEmpty { elements.append(.text(text)) }
            text = ""
            elements.append(piece.scalar == "%" ? .anyText : .anyCharacter)
        }
        if !text.isEmpty { elements.append(.text(text)) }
        return LikePattern(elements: elements)
    }

    /// Consumes the next token, which must be a string. Returns its characters, and for each whether it was written as
    /// an escape.
    private mutating func pieces() throws(SyntaxError) -> [(scalar: Unicode.Scalar, isEscaped: Bool)] {
        var pieces: [(Unicode.Scalar, Bool)] = []
        var scalars = next.text.unicodeScalars.dropFirst().dropLast()
        while let scalar = scalars.popFirst() {
            guard scalar == "\\" else {
                pieces.append((scalar, false))
                continue
            }
            guard let letter = scalars.popFirst(), let character = Self.escaped(letter, &scalars) else {
                throw unexpected()
            }
            pieces.append((character, true))
        }
        _ = advance()
        return pieces
    }

    /// Returns the character of an escape sequence ("Quoted String Escape Sequences", SOQL and SOSL Reference); `nil`
    /// if it is not valid.
    ///
    /// - Parameters:
    ///   - letter: The character after the backslash.
    ///   - rest: What follows. The digits of `\uXXXX` are removed from it.
    private static func escaped(
        _ letter: Unicode.Scalar, _ rest: inout Substring.UnicodeScalarView
    ) -> Unicode.Scalar? {
        switch letter {
        case "n", "N": return "\n"
        case "r", "R": return "\r"
        case "t", "T": return "\t"
        case "b", "B": return "\u{8}"
        case "f", "F": return "\u{C}"
        case "\"", "'", "\\", "_", "%": return letter
        case "u", "U":
            let digits = String(String.UnicodeScalarView(rest.prefix(4)))
            guard digits.utf8.count == 4, digits.utf8.allSatisfy({ $0.isDigit || ("A"..."F").contains($0.capital) }),
                let code = UInt32(digits, radix: 16)
            else { return nil }
            rest = rest.dropFirst(4)
            return Unicode.Scalar(code)
        default: return nil
        }
    }
}

extension UInt8 {
    fileprivate var capital: Character { Character(Unicode.Scalar(self & 0xDF)) }
}
