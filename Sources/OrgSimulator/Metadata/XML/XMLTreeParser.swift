import Foundation

#if canImport(FoundationXML)
import FoundationXML
#endif

/// Why a document is rejected.
struct XMLTreeError: Error, CustomStringConvertible {
    /// Begins with a lower-case letter and has no full stop, to follow a file name and a colon.
    var description: String
}

extension XMLTree {
    /// Parses a UTF-8 document.
    ///
    /// Documents with a document type declaration are rejected before parsing, so they cannot declare entities. The
    /// maximum depth is 256 levels, as in trees of libxml2, because releasing a deeper tree would exhaust the stack.
    ///
    /// - Throws: ``XMLTreeError`` if the document is not well-formed, uses an undeclared prefix or an encoding other than
    ///   UTF-8, or exceeds a limit.
    static func parse(_ bytes: [UInt8]) throws(XMLTreeError) -> XMLTree {
        let builder = TreeBuilder()
        try read(bytes, builder)
        guard let root = builder.root, builder.open.isEmpty else {
            throw XMLTreeError(description: "not well-formed XML")
        }
        return root
    }

    /// Makes the checks of ``parse(_:)`` without building a tree, several times faster. Does not check the depth and the
    /// prefixes.
    static func check(_ bytes: [UInt8]) throws(XMLTreeError) { try read(bytes, nil) }

    private static func read(_ bytes: [UInt8], _ builder: TreeBuilder?) throws(XMLTreeError) {
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
            throw XMLTreeError(description: "not well-formed XML near line \(max(parser.lineNumber, 1))")
        }
    }

    /// The beginning of nearly all files, whose declaration then needs no further check.
    private static let usualDeclaration = Array(#"<?xml version="1.0" encoding="UTF-8"?>"#.utf8)

    /// Returns the bytes after the usual declaration; all bytes if the document begins otherwise.
    static func afterUsualDeclaration(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        beginsUsually(bytes) ? bytes[usualDeclaration.count...] : bytes[...]
    }

    private static func beginsUsually(_ bytes: [UInt8]) -> Bool {
        bytes.count >= usualDeclaration.count && memcmp(bytes, usualDeclaration, usualDeclaration.count) == 0
    }

    private static func refuseForeignEncoding(_ bytes: [UInt8]) throws(XMLTreeError) {
        guard !bytes.isEmpty else { throw XMLTreeError(description: "the document is empty") }
        guard memchr(bytes, 0, bytes.count) == nil, String(bytes: bytes, encoding: .utf8) != nil else {
            throw XMLTreeError(description: "the document is not UTF-8")
        }
        if beginsUsually(bytes) { return }
        let text = withoutByteOrderMark(bytes[...])
        guard text.starts(with: Array("<?xml".utf8)), let end = text.firstIndex(of: UInt8(ascii: ">")) else { return }
        let declaration = String(decoding: text[..<end], as: UTF8.self).lowercased()
        guard let named = declaration.range(of: "encoding") else { return }
        let value = declaration[named.upperBound...]
        guard value.contains("utf-8") || value.contains("utf8") || value.contains("us-ascii") else {
            throw XMLTreeError(description: "the document declares an encoding other than UTF-8")
        }
    }

    /// The maximum size of a start tag with its attributes, in bytes. The parser compares each attribute with all
    /// earlier ones.
    private static let longestTag = 65_536

    /// Rejects a start tag that would take the parser too long. Every tag begins with `<` and contains no other, so
    /// only a long stretch without `<` can contain such a tag.
    private static func refuseLongTag(_ bytes: [UInt8]) throws(XMLTreeError) {
        var start = 0
        while bytes.count - start > longestTag {
            let window = bytes[(start + 1)...(start + longestTag)]
            if let next = window.lastIndex(of: UInt8(ascii: "<")) {
                start = next
            } else {
                let isTag = bytes[start] == UInt8(ascii: "<") && isUnfinishedTag(bytes[start..<(start + longestTag)])
                if isTag {
                    throw XMLTreeError(description: "a tag is longer than \(longestTag) bytes")
                }
                start += longestTag
            }
        }
    }

    /// Whether a tag begins here and does not end within these bytes.
    ///
    /// - Parameter bytes: The first ``longestTag`` bytes from `<` on. They contain no other `<`.
    private static func isUnfinishedTag(_ bytes: ArraySlice<UInt8>) -> Bool {
        let second = bytes.dropFirst().first
        // A comment, a CDATA section or a processing instruction, not a tag.
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

    /// Rejects a document type declaration. It is possible only before the root element, between comments and
    /// processing instructions.
    private static func refuseDocumentType(_ bytes: ArraySlice<UInt8>) throws(XMLTreeError) {
        var rest = withoutByteOrderMark(bytes)
        while true {
            rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
            if rest.starts(with: Array("<?".utf8)) {
                rest = Self.after("?>", in: rest.dropFirst(2))
            } else if rest.starts(with: Array("<!--".utf8)) {
                rest = Self.after("-->", in: rest.dropFirst(4))
            } else if rest.starts(with: Array("<!".utf8)) {
                throw XMLTreeError(description: "a document type declaration is not allowed")
            } else {
                return
            }
        }
    }

    private static func withoutByteOrderMark(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    }

    /// Returns the bytes after the first `mark`; none if there is no mark.
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
    var refusal: XMLTreeError?
    private static let maxDepth = 256
    private var scopes: [[String: String]] = [["xml": "http://www.w3.org/XML/1998/namespace"]]

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        guard open.count < Self.maxDepth else {
            refusal = refusal ?? XMLTreeError(description: "elements are nested more than \(Self.maxDepth) levels deep")
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
            refusal = refusal ?? XMLTreeError(description: "the prefix '\(prefix)' is not declared")
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
