/// An element of a component's XML: its local name, and either text or child elements. Attributes are ignored, because
/// metadata does not use them.
package struct MetadataElement: Equatable, Sendable {
    /// The local name.
    package let name: String
    /// The text, not trimmed; empty if there are child elements.
    package var text: String
    /// The child elements in the order of the document.
    package var children: [MetadataElement]

    package init(_ name: String, text: String = "", _ children: [MetadataElement] = []) {
        self.name = name
        self.text = text
        self.children = children
    }

    /// The first child with this name.
    package subscript(name: String) -> MetadataElement? { children.first { $0.name == name } }

    /// Returns the text of the first child with this name, without leading and trailing white space.
    ///
    /// - Returns: `nil` if the child is missing or has only white space.
    package func value(_ name: String) -> String? {
        guard let text = self[name]?.text else { return nil }
        let trimmed = text.trimmingWhitespace
        return trimmed.isEmpty ? nil : trimmed
    }

    /// Returns the texts of all children with this name, trimmed and without empty ones.
    package func values(_ name: String) -> [String] {
        children.filter { $0.name == name }.map(\.text.trimmingWhitespace).filter { !$0.isEmpty }
    }

    /// Parses a document.
    ///
    /// - Parameter bytes: The document in UTF-8, at most ``sizeLimit`` bytes.
    /// - Throws: ``XMLError`` if it is not valid XML, or ``MetadataElementError`` if it is too large, has too many
    ///   elements or none.
    package init(document bytes: [UInt8]) throws {
        guard bytes.count <= Self.sizeLimit else { throw MetadataElementError.tooLarge(limit: Self.sizeLimit) }
        let builder = ElementBuilder()
        let reader = XMLPushReader(handler: builder)
        try bytes.withUnsafeBytes { try reader.feed($0) }
        try reader.finish()
        guard let root = builder.root else { throw MetadataElementError.empty }
        self = root
    }

    /// The largest document in bytes. An app's files have a few thousand bytes, a large profile has several hundred
    /// thousand.
    static let sizeLimit = 4 << 20
    /// The largest number of elements in a document.
    static let countLimit = 200_000

    /// The element as an XML document in the metadata namespace, indented by four spaces like the files of the
    /// Salesforce CLI. The text of an element with children is omitted, and so is a root's own text.
    package var document: String {
        var xml = XMLWriter(indentation: 4)
        write(to: &xml, isRoot: true)
        return xml.text
    }

    private func write(to xml: inout XMLWriter, isRoot: Bool = false) {
        guard !children.isEmpty || isRoot else { return xml.element(name, text) }
        xml.open(name, attributes: isRoot ? [("xmlns", XMLNamespace.metadata)] : [])
        for child in children { child.write(to: &xml) }
        xml.close()
    }
}

/// Why a document is rejected.
enum MetadataElementError: Error, Equatable, CustomStringConvertible {
    case tooLarge(limit: Int)
    case tooManyElements(limit: Int)
    case empty

    var description: String {
        switch self {
        case .tooLarge(let limit): "The document is larger than \(limit) bytes."
        case .tooManyElements(let limit): "The document has more than \(limit) elements."
        case .empty: "The document has no element."
        }
    }
}

/// Builds elements from the parser events of a document or a part of it.
final class ElementBuilder: XMLEventHandler {
    /// The outermost element; `nil` until it has ended.
    private(set) var root: MetadataElement?
    private var open: [(element: MetadataElement, text: [UInt8])] = []
    private var count = 0

    func begin(_ element: XMLElementStart) throws -> XMLTextBound {
        try begin(element.localName)
        return .bounded
    }

    func begin(_ name: String) throws {
        count += 1
        guard count <= MetadataElement.countLimit else {
            throw MetadataElementError.tooManyElements(limit: MetadataElement.countLimit)
        }
        open.append((MetadataElement(name), []))
    }

    func text(_ bytes: UnsafeRawBufferPointer) throws {
        guard let last = open.indices.last else { return }
        open[last].text.append(contentsOf: bytes)
    }

    func end() throws {
        guard let ended = open.popLast() else { return }
        close(ended.element, text: String(decoding: ended.text, as: UTF8.self))
    }

    /// Ends the innermost element with a text that the caller collected. The text is ignored if there are children.
    func end(text: String?) {
        guard let ended = open.popLast() else { return }
        close(ended.element, text: text ?? "")
    }

    private func close(_ element: MetadataElement, text: String) {
        var element = element
        if element.children.isEmpty { element.text = text }
        if let parent = open.indices.last { open[parent].element.children.append(element) } else { root = element }
    }
}

extension String {
    var trimmingWhitespace: String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
