/// Writes elements and text as XML 1.0.
///
/// Element and attribute names are not escaped. Text and attribute values are; a character that XML 1.0 does not allow
/// becomes U+FFFD.
struct XMLWriter {
    /// What is written so far, beginning with the XML declaration.
    private(set) var text = #"<?xml version="1.0" encoding="UTF-8"?>"#
    private var openElements: [String] = []
    /// The number of spaces per level; `nil` to write everything on one line.
    private let indentation: Int?

    init(indentation: Int? = nil) {
        self.indentation = indentation
        if indentation != nil { text += "\n" }
    }

    /// Writes a start tag. ``close()`` writes the matching end tag.
    mutating func open(_ name: String, attributes: [(name: String, value: String)] = []) {
        indent()
        text += "<\(name)"
        for attribute in attributes { text += " \(attribute.name)=\"\(XMLWriter.escaped(attribute.value))\"" }
        text += ">"
        openElements.append(name)
        endLine()
    }

    /// Writes the end tag of the innermost open element. Does nothing if no element is open.
    mutating func close() {
        guard let name = openElements.popLast() else { return }
        indent()
        text += "</\(name)>"
        endLine()
    }

    /// Writes an element that contains only text.
    mutating func element(_ name: String, _ value: String) {
        indent()
        text += "<\(name)>\(XMLWriter.escaped(value))</\(name)>"
        endLine()
    }

    private mutating func indent() {
        if let indentation { text += String(repeating: " ", count: indentation * openElements.count) }
    }

    private mutating func endLine() {
        if indentation != nil { text += "\n" }
    }

    static func escaped(_ value: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "\r": result.append(contentsOf: "&#13;".unicodeScalars)
            default: result.append(isCharacter(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return String(result)
    }

    /// Whether XML allows a character: the production `Char` of XML 1.0 (fifth edition), section 2.2.
    static func isCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
