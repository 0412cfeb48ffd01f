/// Why a document is rejected. The messages contain no text of the document except names. Limits on lengths are in
/// bytes.
public enum XMLError: Error, Equatable, Sendable {
    /// The document is not well-formed. `code` is libxml2's `xmlParserErrors` number; `line` counts from 1. Both are 0
    /// if they are not known. The parser uses code 5 also for a document that ends too early. Such a document has code
    /// 4 here if it has no element, and 77 if an element is open.
    case malformed(line: Int, code: Int)
    /// The document uses or declares an encoding other than UTF-8.
    case encoding(String)
    /// The declaration `<?xml … ?>` is not valid in XML 1.0.
    case declaration
    case documentType
    /// The document uses an entity other than `amp`, `lt`, `gt`, `quot` and `apos`. Character references are allowed.
    case entityReference(String)
    case processingInstruction(String)
    /// Elements are nested more than `limit` levels deep.
    case tooDeep(limit: Int)
    case textTooLong(element: String, limit: Int)
    /// A tag or a comment is too long.
    case markupTooLong(limit: Int)
    /// The parser could not be created.
    case outOfMemory
}

extension XMLError: CustomStringConvertible {
    /// The parser's most common errors (`xmlParserErrors`).
    private static let reasons = [
        4: "it does not begin with an element", 5: "there is content after the root element",
        6: "a character reference is malformed", 7: "a character reference is malformed",
        8: "a character that XML does not allow", 9: "a character that XML does not allow",
        23: "a bare &: write &amp;", 38: "a bare < in an attribute: write &lt;", 39: "an attribute without quotes",
        40: "an attribute whose quotes are not closed", 41: "an attribute without a value",
        42: "a duplicate attribute", 45: "a comment that is not closed", 62: "]]> in a text: write ]]&gt;",
        63: "a CDATA section that is not closed", 64: "there is content before the XML declaration",
        65: "no space between attributes", 68: "a bare & or <: write &amp; or &lt;", 73: "a tag is not closed with >",
        74: "a closing tag is missing", 76: "a closing tag does not match the open element",
        77: "an element is not closed", 80: "-- in a comment", 81: "a byte that is not UTF-8",
        201: "a namespace prefix is not declared", 203: "a duplicate attribute",
    ]

    public var description: String {
        switch self {
        case .malformed(line: 0, code: _): "The XML is not well-formed."
        case .malformed(let line, let code):
            "The XML is not well-formed (line \(line), \(Self.reasons[code] ?? "something that XML does not allow here"))."
        case .encoding(let name): "The XML is in \(name); only UTF-8 is supported."
        case .declaration: "The XML declaration is malformed."
        case .documentType: "The XML has a document type declaration, which is not allowed."
        case .entityReference(let name): "The XML refers to the entity \(name), which is not predefined in XML."
        case .processingInstruction(let target):
            "The XML has a processing instruction (\(target)), which is not allowed."
        case .tooDeep(let limit): "The XML nests elements deeper than \(limit) levels."
        case .textTooLong(let element, let limit): "The text of the element \(element) is longer than \(limit) bytes."
        case .markupTooLong(let limit): "The XML has a tag or a comment longer than \(limit) bytes."
        case .outOfMemory: "There is not enough memory for an XML parser."
        }
    }
}
