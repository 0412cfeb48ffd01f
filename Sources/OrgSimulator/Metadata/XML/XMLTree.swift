/// An element of an XML document that was parsed or is to be written.
///
/// Metadata documents have no mixed content: an element contains child elements or text. Text beside child elements,
/// comments and processing instructions are dropped.
struct XMLTree: Sendable, Equatable {
    /// The name as written, with its prefix.
    var name: String
    /// Attributes by qualified name, including `xmlns` declarations.
    var attributes: [String: String] = [:]
    /// The namespace URI of the name. `nil` if there is none, and for elements built for a reply.
    var namespace: String?
    var children: [XMLTree] = []
    /// The text, not trimmed; empty if there are children.
    var text: String = ""

    init(_ name: String, _ children: [XMLTree] = [], attributes: [String: String] = [:]) {
        self.name = name
        self.children = children
        self.attributes = attributes
    }

    init(_ name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// The name without its prefix.
    var localName: String {
        name.utf8.firstIndex(of: UInt8(ascii: ":")).map { String(name[name.index(after: $0)...]) } ?? name
    }

    /// The text without white space at both ends.
    var trimmedText: String { text.trimmed }

    /// The first child with this local name.
    func child(_ localName: String) -> XMLTree? {
        children.first { $0.localName == localName }
    }

    /// All children with this local name, in order.
    func children(_ localName: String) -> [XMLTree] {
        children.filter { $0.localName == localName }
    }

    /// Returns the boolean in the first child with this local name. Case is ignored, because Python programs write
    /// `True` and `False`.
    ///
    /// - Returns: `nil` if the child is missing or not a boolean.
    func flag(_ localName: String) -> Bool? {
        switch value(localName)?.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }

    /// Returns the trimmed text of the first child with this local name; `nil` if it is missing or empty.
    func value(_ localName: String) -> String? {
        guard let text = child(localName)?.trimmedText, !text.isEmpty else { return nil }
        return text
    }
}

extension XMLTree {
    init(_ name: String, flag: Bool) { self.init(name, text: flag ? "true" : "false") }
}

extension StringProtocol {
    /// The text without white space at both ends.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
