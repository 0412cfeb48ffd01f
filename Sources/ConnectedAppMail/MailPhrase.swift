internal import Foundation

/// A display name in the form for a header field: unchanged if it is simple, a quoted string (RFC 5322 §3.2.4), or
/// encoded words (RFC 2047) if it is not ASCII.
struct MailPhrase {
    /// It may have several lines, separated by CRLF and a space.
    let text: String

    /// The maximum length of the text in an encoded word, in UTF-8 bytes: 60 characters in Base64. An encoded word may
    /// have 75 characters (RFC 2047 §2).
    private static let pieceByteLimit = 45

    /// - Parameter name: A name without control characters.
    init(_ name: String) {
        if name.unicodeScalars.allSatisfy(\.isASCII) {
            text = name.allSatisfy { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" } ? name : Self.quoted(name)
        } else {
            text = Self.pieces(name).map { "=?UTF-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(
                separator: "\r\n ")
        }
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing(/["\\]/) { "\\" + $0.0 } + "\""
    }

    /// Splits a name into pieces of at most ``pieceByteLimit`` bytes, without splitting a character. A longer character
    /// is a piece of its own.
    private static func pieces(_ name: String) -> [String] {
        name.reduce(into: [""]) { pieces, character in
            if pieces[pieces.count - 1].utf8.count + character.utf8.count > pieceByteLimit { pieces.append("") }
            pieces[pieces.count - 1].append(character)
        }
    }
}
