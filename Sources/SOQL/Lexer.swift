/// A word, symbol or literal of the text.
struct Token {
    /// `number` includes dates, times and everything else that begins with a digit, or with a sign and a digit; the
    /// parser distinguishes them.
    /// `unknown` is text that begins no token, or a string without its closing quote. `end` is the end of the text.
    enum Kind { case name, string, number, symbol, unknown, end }

    let kind: Kind
    /// The text as written. A string includes its quotes and escapes.
    let text: String
    /// The name in capitals; empty for other kinds.
    let keyword: String
    /// The offset of the token in UTF-8 bytes.
    let start: Int
}

/// Splits a text into tokens in one pass.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0

    /// Returns the tokens in order, ending with one of kind `end`. At bytes that begin no token, the lexer adds a token
    /// of kind `unknown` and stops.
    static func tokens(of text: String) -> [Token] {
        var lexer = Lexer(bytes: Array(text.utf8))
        var tokens: [Token] = []
        repeat {
            tokens.append(lexer.next())
            if tokens.last?.kind == .unknown { lexer.position = lexer.bytes.count }
        } while tokens.last?.kind != .end
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() -> Token {
        skip { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let start = position
        guard let byte = byte(at: position) else { return token(.end, from: start) }
        if byte.isLetter || byte == UInt8(ascii: "_") {
            skip { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
            return token(.name, from: start)
        }
        if byte.isDigit || (byte.isSign && self.byte(at: position + 1)?.isDigit == true) {
            skip { $0.isDigit || $0.isLetter || $0.isSign || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
            return token(.number, from: start)
        }
        if byte == UInt8(ascii: "'") { return string(from: start) }
        return symbol(byte, from: start)
    }

    private mutating func string(from start: Int) -> Token {
        position += 1
        while let byte = byte(at: position) {
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "'") { return token(.string, from: start) }
        }
        position = bytes.count
        return token(.unknown, from: start)
    }

    private mutating func symbol(_ byte: UInt8, from start: Int) -> Token {
        position += 1
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "="):
            return token(.symbol, from: start)
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"):
            let follower = self.byte(at: position)
            if follower == UInt8(ascii: "=") || (byte == UInt8(ascii: "<") && follower == UInt8(ascii: ">")) {
                position += 1
            }
            return token(byte == UInt8(ascii: "!") && position == start + 1 ? .unknown : .symbol, from: start)
        default:
            // Skips the remaining bytes of a character outside ASCII.
            skip { $0 & 0xC0 == 0x80 }
            return token(.unknown, from: start)
        }
    }

    private func token(_ kind: Token.Kind, from start: Int) -> Token {
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return Token(kind: kind, text: text, keyword: kind == .name ? text.uppercased() : "", start: start)
    }

    private mutating func skip(while matches: (UInt8) -> Bool) {
        while let byte = byte(at: position), matches(byte) { position += 1 }
    }

    private func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isLetter: Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
    }

    fileprivate var isSign: Bool { self == UInt8(ascii: "+") || self == UInt8(ascii: "-") }
}
