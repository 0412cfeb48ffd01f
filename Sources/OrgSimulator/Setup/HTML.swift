/// A fragment of a page. All text and attribute values are escaped, and no function accepts markup as a string. A
/// string literal is text, and an array literal is its elements one after the other.
struct HTML: Equatable, Sendable {
    let markup: String

    private init(markup: String) { self.markup = markup }

    /// Plain text.
    init(_ text: String) { self.init(markup: Self.escaped(text)) }

    init(joining parts: [HTML]) { self.init(markup: parts.map(\.markup).joined()) }

    static let nothing = HTML(markup: "")

    static func + (one: HTML, other: HTML) -> HTML { HTML(joining: [one, other]) }

    /// An element with its children.
    ///
    /// - Parameters:
    ///   - name: An element that has an end tag.
    ///   - attributes: An empty value makes a bare attribute, such as `checked`.
    static func element(
        _ name: StaticString, _ children: HTML..., attributes: KeyValuePairs<StaticString, String> = [:]
    ) -> HTML {
        element(name, children, attributes: attributes)
    }

    static func element(
        _ name: StaticString, _ children: [HTML], attributes: KeyValuePairs<StaticString, String> = [:]
    ) -> HTML {
        HTML(markup: open(name, attributes) + children.map(\.markup).joined() + "</\(name)>")
    }

    /// An element without content and end tag: `input`, `meta`, `link`.
    static func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> HTML {
        HTML(markup: open(name, attributes))
    }

    /// Returns a whole document with its doctype.
    static func document(_ parts: HTML...) -> String {
        "<!DOCTYPE html>\n" + element("html", parts, attributes: ["lang": "en"]).markup + "\n"
    }

    /// A style sheet. HTML does not escape its text, so it must be a constant.
    static func style(_ sheet: StaticString) -> HTML { HTML(markup: "<style>\(sheet)</style>") }

    private static func open(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> String {
        let written = attributes.map { $1.isEmpty ? " \($0)" : " \($0)=\"\(escaped($1))\"" }
        return "<\(name)\(written.joined())>"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\t", "\n", "\r": escaped.unicodeScalars.append(character)
            default: escaped.unicodeScalars.append(visible(character))
            }
        }
        return escaped
    }

    /// Replaces control characters, which HTML forbids, with their Unicode control pictures; those without a picture with
    /// U+FFFD.
    private static func visible(_ character: Unicode.Scalar) -> Unicode.Scalar {
        switch character.value {
        case 0..<0x20: Unicode.Scalar(0x2400 + character.value) ?? character
        case 0x7F: "\u{2421}"
        case 0x80..<0xA0: "\u{FFFD}"
        default: character
        }
    }
}

extension HTML: ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self.init(value) }
}

extension HTML: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: HTML...) { self.init(joining: elements) }
}

// MARK: The elements that the pages are made of

extension HTML {
    static func paragraph(_ parts: HTML...) -> HTML { element("p", parts) }
    static func heading(_ text: String) -> HTML { element("h2", HTML(text)) }
    static func strong(_ text: String) -> HTML { element("strong", HTML(text)) }
    static func note(_ parts: HTML...) -> HTML { element("p", parts, attributes: ["class": "note"]) }
    static func link(_ text: String, to path: String) -> HTML {
        element("a", HTML(text), attributes: ["href": path])
    }

    /// A link that opens in a new tab, so that entries in a form are not lost.
    static func linkInNewTab(_ text: String, to address: String) -> HTML {
        element("a", HTML(text), attributes: ["href": address, "target": "_blank", "rel": "noopener"])
    }

    /// Marks a text or state whose presence on the page is inferred.
    static let unconfirmed = element("small", " (not confirmed on a real org)")
    /// Marks a label whose wording no published source gives. Unmarked labels have a source, but were not checked on a
    /// real org.
    static let withoutSource = element("small", " (no source for this label)")

    static func section(_ title: String, _ parts: HTML...) -> HTML {
        element("section", [heading(title)] + parts)
    }

    /// A list of names and values.
    ///
    /// - Parameter isWide: Whether the column of names is wide, for long names with short values.
    static func facts(_ rows: [(String, HTML)], isWide: Bool = false) -> HTML {
        let parts = rows.flatMap { [element("dt", HTML($0)), element("dd", $1)] }
        return isWide ? element("dl", parts, attributes: ["class": "wide"]) : element("dl", parts)
    }

    /// A field and its button side by side.
    static func line(_ parts: HTML...) -> HTML { element("div", parts, attributes: ["class": "line"]) }

    /// A table that scrolls horizontally if the window is narrow.
    ///
    /// - Parameter empty: The text that replaces a table without rows.
    static func table(_ heads: [String], _ rows: [[HTML]], empty: String) -> HTML {
        if rows.isEmpty { return paragraph(HTML(empty)) }
        let head = element("tr", heads.map { element("th", HTML($0), attributes: ["scope": "col"]) })
        let body = rows.map { element("tr", $0.map { element("td", $0) }) }
        return element(
            "div", element("table", element("thead", head), element("tbody", body)), attributes: ["class": "scrolls"])
    }

    /// - Parameter empty: The text that replaces a list without entries.
    static func list(_ names: [String], empty: String) -> HTML {
        names.isEmpty ? paragraph(HTML(empty)) : element("ul", names.map { element("li", HTML($0)) })
    }

    /// The menu that the arrow at the end of a row opens, without a script.
    static func rowMenu(_ links: HTML...) -> HTML {
        element(
            "details", [element("summary", "▼", attributes: ["aria-label": "Show actions"])] + links,
            attributes: ["class": "menu"])
    }

    /// Links that look like buttons.
    static func actions(_ parts: HTML...) -> HTML { element("div", parts, attributes: ["class": "actions"]) }
}
