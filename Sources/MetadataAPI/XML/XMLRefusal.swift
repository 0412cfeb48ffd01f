/// Why a document was not read. Nothing of the document's text is repeated but the name of an element.
public enum XMLRefusal: Error, Equatable, Sendable {
    /// Not well-formed. `code` is libxml2's `xmlParserErrors` number, `line` counts from 1.
    case malformed(line: Int, code: Int)
    /// The document is in, or declares, another encoding than UTF-8.
    case encoding(String)
    /// The `<?xml … ?>` line is not one that XML 1.0 allows.
    case declaration
    case documentType
    /// Any entity but `amp`, `lt`, `gt`, `quot`, `apos` and character references.
    case entityReference(String)
    case processingInstruction(String)
    case tooDeep(limit: Int)
    case textTooLong(element: String, limit: Int)
    /// A tag or a comment goes on and on.
    case markupTooLong(limit: Int)
    /// The parser could not be made.
    case outOfMemory
}

extension XMLRefusal: CustomStringConvertible {
    /// The parser's commonest errors (`xmlParserErrors`).
    private static let reasons = [
        4: "it does not begin with an element", 5: "something stands after the root element",
        6: "a character reference is malformed", 7: "a character reference is malformed",
        8: "a character that XML does not allow", 9: "a character that XML does not allow",
        23: "a bare &: write &amp;", 38: "a bare < in an attribute: write &lt;", 39: "an attribute without quotes",
        40: "an attribute whose quotes are not closed", 41: "an attribute without a value",
        42: "an attribute that stands twice", 45: "a comment that is not closed", 62: "]]> in a text: write ]]&gt;",
        63: "a CDATA section that is not closed", 64: "something stands before the XML declaration",
        65: "no space between attributes", 68: "a bare & or <: write &amp; or &lt;", 73: "a tag is not closed with >",
        74: "a closing tag is missing", 76: "a closing tag does not belong to the element that is open",
        77: "an element is not closed", 80: "-- in a comment", 81: "a byte that is not UTF-8",
        201: "a namespace prefix is not declared", 203: "an attribute that stands twice",
    ]

    public var description: String {
        switch self {
        case .malformed(let line, let code):
            "The XML is not well-formed (line \(line), \(Self.reasons[code] ?? "something that XML does not allow there"))."
        case .encoding(let name): "The XML is in \(name); only UTF-8 is read."
        case .declaration: "The XML declaration is malformed."
        case .documentType: "The XML has a document type declaration, which is never read."
        case .entityReference(let name): "The XML refers to the entity \(name), which is not one of XML's own five."
        case .processingInstruction(let target): "The XML has a processing instruction (\(target))."
        case .tooDeep(let limit): "The XML nests elements deeper than \(limit) levels."
        case .textTooLong(let element, let limit): "The text of the element \(element) is longer than \(limit) bytes."
        case .markupTooLong(let limit): "The XML has a tag or a comment longer than \(limit) bytes."
        case .outOfMemory: "There is no memory for an XML parser."
        }
    }
}
