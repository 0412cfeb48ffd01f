internal import Foundation

/// A display name as a header field takes it: a quoted string (RFC 5322 §3.2.4), or encoded words (RFC 2047) where it is not ASCII.
struct MailPhrase {
    let text: String

    /// In bytes. With its frame an encoded word has 75 characters at most (RFC 2047 §2).
    private static let longestPiece = 45

    /// - Parameter name: Without control characters.
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

    /// No character is split.
    private static func pieces(_ name: String) -> [String] {
        name.reduce(into: [""]) { pieces, character in
            if pieces[pieces.count - 1].utf8.count + character.utf8.count > longestPiece { pieces.append("") }
            pieces[pieces.count - 1].append(character)
        }
    }
}
