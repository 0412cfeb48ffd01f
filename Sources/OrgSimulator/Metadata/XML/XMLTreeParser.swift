import Foundation

#if canImport(FoundationXML)
import FoundationXML
#endif

/// Why a document was not accepted.
struct XMLRefusal: Error, CustomStringConvertible {
    var description: String
}

extension XMLTree {
    /// Parses a UTF-8 document.
    ///
    /// A document type declaration is refused before the parser sees it, so no entity can be declared.
    /// At most 256 levels, as libxml2 allows where it makes a tree: releasing a deep one would exhaust the stack.
    static func parse(_ bytes: [UInt8]) throws(XMLRefusal) -> XMLTree {
        let builder = TreeBuilder()
        try read(bytes, builder)
        guard let root = builder.root, builder.open.isEmpty else {
            throw XMLRefusal(description: "not well-formed XML")
        }
        return root
    }

    /// Whether a document is well-formed. Several times faster than ``parse(_:)``.
    static func check(_ bytes: [UInt8]) throws(XMLRefusal) { try read(bytes, nil) }

    private static func read(_ bytes: [UInt8], _ builder: TreeBuilder?) throws(XMLRefusal) {
        try refuseForeignEncoding(bytes)
        try refuseLongTag(bytes)
        try refuseDocumentType(afterUsualDeclaration(bytes))
        let parser = XMLParser(data: Data(bytes))
        parser.shouldProcessNamespaces = false
        parser.shouldResolveExternalEntities = false
        parser.delegate = builder
        let finished = parser.parse()
        if let refusal = builder?.refusal { throw refusal }
        guard finished, parser.parserError == nil else {
            throw XMLRefusal(description: "not well-formed XML near line \(max(parser.lineNumber, 1))")
        }
    }

    /// How nearly all files begin, so that their declarations need no closer look.
    private static let usualDeclaration = Array(#"<?xml version="1.0" encoding="UTF-8"?>"#.utf8)

    /// What follows such a beginning; everything if there is another one.
    static func afterUsualDeclaration(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        beginsUsually(bytes) ? bytes[usualDeclaration.count...] : bytes[...]
    }

    private static func beginsUsually(_ bytes: [UInt8]) -> Bool {
        bytes.count >= usualDeclaration.count && memcmp(bytes, usualDeclaration, usualDeclaration.count) == 0
    }

    private static func refuseForeignEncoding(_ bytes: [UInt8]) throws(XMLRefusal) {
        guard !bytes.isEmpty else { throw XMLRefusal(description: "the document is empty") }
        guard memchr(bytes, 0, bytes.count) == nil, String(bytes: bytes, encoding: .utf8) != nil else {
            throw XMLRefusal(description: "the document is not UTF-8")
        }
        if beginsUsually(bytes) { return }
        let text = withoutByteOrderMark(bytes[...])
        guard text.starts(with: Array("<?xml".utf8)), let end = text.firstIndex(of: UInt8(ascii: ">")) else { return }
        let declaration = String(decoding: text[..<end], as: UTF8.self).lowercased()
        guard let named = declaration.range(of: "encoding") else { return }
        let value = declaration[named.upperBound...]
        guard value.contains("utf-8") || value.contains("utf8") || value.contains("us-ascii") else {
            throw XMLRefusal(description: "the document declares an encoding other than UTF-8")
        }
    }

    /// Bytes of a start tag, with all attributes. The parser compares each attribute with all before it.
    private static let longestTag = 65_536

    /// Refuses a start tag that would keep the parser busy. `<` begins every tag and is in none, so only a stretch without it
    /// can be one that is too long.
    private static func refuseLongTag(_ bytes: [UInt8]) throws(XMLRefusal) {
        var start = 0
        while bytes.count - start > longestTag {
            let window = bytes[(start + 1)...(start + longestTag)]
            if let next = window.lastIndex(of: UInt8(ascii: "<")) {
                start = next
            } else {
                let isTag = bytes[start] == UInt8(ascii: "<") && isLongTag(bytes[start..<(start + longestTag)])
                if isTag {
                    throw XMLRefusal(description: "a tag is longer than \(longestTag) bytes")
                }
                start += longestTag
            }
        }
    }

    /// - Parameter bytes: From `<` on, without another one.
    private static func isLongTag(_ bytes: ArraySlice<UInt8>) -> Bool {
        let second = bytes.dropFirst().first
        // A comment, a section of characters or an instruction, not a tag.
        if second == UInt8(ascii: "!") || second == UInt8(ascii: "?") { return false }
        var quote: UInt8?
        for byte in bytes {
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return false
            }
        }
        return true
    }

    /// A declaration can only stand before the root element: between comments and processing instructions.
    private static func refuseDocumentType(_ bytes: ArraySlice<UInt8>) throws(XMLRefusal) {
        var rest = withoutByteOrderMark(bytes)
        while true {
            rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
            if rest.starts(with: Array("<?".utf8)) {
                rest = Self.after("?>", in: rest.dropFirst(2))
            } else if rest.starts(with: Array("<!--".utf8)) {
                rest = Self.after("-->", in: rest.dropFirst(4))
            } else if rest.starts(with: Array("<!".utf8)) {
                throw XMLRefusal(description: "a document type declaration is not allowed")
            } else {
                return
            }
        }
    }

    private static func withoutByteOrderMark(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    }

    static func after(_ mark: String, in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let mark = Array(mark.utf8)
        var rest = bytes
        while !rest.isEmpty, !rest.starts(with: mark) { rest = rest.dropFirst() }
        return rest.dropFirst(mark.count)
    }
}

/// Collects the parser's events into a tree and resolves prefixes.
private final class TreeBuilder: NSObject, XMLParserDelegate {
    var root: XMLTree?
    var open: [XMLTree] = []
    var refusal: XMLRefusal?
    private static let mostLevels = 256
    private var scopes: [[String: String]] = [["xml": "http://www.w3.org/XML/1998/namespace"]]

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        guard open.count < Self.mostLevels else {
            refusal = refusal ?? XMLRefusal(description: "elements are nested more than \(Self.mostLevels) levels deep")
            parser.abortParsing()
            return
        }
        var scope = scopes.last ?? [:]
        for (key, value) in attributes {
            if key == "xmlns" { scope[""] = value }
            if key.hasPrefix("xmlns:") { scope[String(key.dropFirst(6))] = value }
        }
        scopes.append(scope)
        var element = XMLTree(elementName, attributes: attributes)
        let prefix = elementName.utf8.firstIndex(of: UInt8(ascii: ":")).map { String(elementName[..<$0]) } ?? ""
        element.namespace = scope[prefix]
        if !prefix.isEmpty, scope[prefix] == nil {
            refusal = refusal ?? XMLRefusal(description: "the prefix '\(prefix)' is not declared")
            parser.abortParsing()
        }
        open.append(element)
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard var element = open.popLast() else { return }
        scopes.removeLast()
        if !element.children.isEmpty { element.text = "" }
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += string
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += String(decoding: block, as: UTF8.self)
    }
}
