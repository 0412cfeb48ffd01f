/// Finds elements by their tags in the bytes of a document. The document must be well-formed and have no document type.
struct XMLTagScanner {
    /// The elements with a name, as positions in the document's bytes.
    struct Found: Equatable {
        /// The content ranges, in order: of the outermost elements that are not empty, and of the comments outside
        /// these that contain a tag with the name.
        var ranges: [Range<Int>] = []
        /// The number of outermost elements with the name, including empty ones.
        var elementCount = 0
    }

    /// A piece of markup. `name` is the range of the tag's qualified name.
    private enum Tag {
        case start(name: Range<Int>)
        case empty(name: Range<Int>)
        case end
        case comment(content: Range<Int>)
        /// A CDATA section or the declaration.
        case other
    }

    private let bytes: [UInt8]

    /// Finds the elements with a local name.
    ///
    /// - Parameter localName: The name to find; prefixes are ignored.
    /// - Returns: `nil` if a tag is malformed, or start and end tags do not balance.
    static func contents(of localName: String, in bytes: [UInt8]) -> Found? {
        XMLTagScanner(bytes: bytes).contents(of: Array(localName.utf8))
    }

    private func contents(of localName: [UInt8]) -> Found? {
        var found = Found()
        var depth = 0
        var inside: (depth: Int, start: Int)?
        var position = 0
        while let start = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            guard let (tag, end) = tag(at: start) else { return nil }
            switch tag {
            case .other: break
            case .comment(let content):
                if inside == nil, containsTag(content, localName) { found.ranges.append(content) }
            case .empty(let name):
                if inside == nil, matches(name, localName) { found.elementCount += 1 }
            case .start(let name):
                depth += 1
                if inside == nil, matches(name, localName) {
                    found.elementCount += 1
                    inside = (depth, end)
                }
            case .end:
                if let open = inside, open.depth == depth {
                    if open.start < start { found.ranges.append(open.start..<start) }
                    inside = nil
                }
                depth -= 1
            }
            position = end
        }
        return depth == 0 ? found : nil
    }

    /// Returns a text without the references to the five characters that XML predefines.
    static func unescaped(_ text: String) -> String {
        guard text.contains("&") else { return text }
        return text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&apos;", with: "'").replacing("&amp;", with: "&")
    }

    /// A child of the root.
    struct Child: Equatable {
        let name: Range<Int>
        /// From the `<` of the start tag to the end of the end tag.
        let range: Range<Int>
        /// Between the two tags; empty for an empty element.
        let content: Range<Int>
    }

    /// Finds the children of the root.
    ///
    /// - Returns: The index after the root's start tag, and the children in order; `nil` if a tag is malformed, start and
    ///   end tags do not balance, or the root is an empty element.
    static func children(in bytes: [UInt8]) -> (start: Int, children: [Child])? {
        XMLTagScanner(bytes: bytes).children()
    }

    private func children() -> (start: Int, children: [Child])? {
        var children: [Child] = []
        var depth = 0
        var rootStart: Int?
        var open: (name: Range<Int>, start: Int, end: Int)?
        var position = 0
        while let start = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            guard let (tag, end) = tag(at: start) else { return nil }
            switch tag {
            case .other, .comment: break
            case .empty(let name):
                if depth == 1 { children.append(Child(name: name, range: start..<end, content: end..<end)) }
            case .start(let name):
                depth += 1
                if depth == 1 { rootStart = rootStart ?? end }
                if depth == 2 { open = (name, start, end) }
            case .end:
                if depth == 2, let child = open {
                    children.append(
                        Child(name: child.name, range: child.start..<end, content: child.end..<start))
                }
                depth -= 1
            }
            position = end
        }
        guard depth == 0, let rootStart else { return nil }
        return (rootStart, children)
    }

    /// - Returns: The tag that begins at the `<`, and the index after it; `nil` if it is not a valid tag.
    private func tag(at start: Int) -> (Tag, end: Int)? {
        if begins("<!--", at: start) {
            return index(after: "-->", from: start + 4).map { (.comment(content: start + 4..<$0 - 3), $0) }
        }
        if begins("<![CDATA[", at: start) { return index(after: "]]>", from: start + 9).map { (.other, $0) } }
        if begins("<?", at: start) { return index(after: "?>", from: start + 2).map { (.other, $0) } }
        if begins("<!", at: start) { return nil }
        guard let last = endOfTag(from: start + 1) else { return nil }
        if begins("</", at: start) { return (.end, last + 1) }
        let name = (start + 1)..<endOfName(from: start + 1)
        return (bytes[last - 1] == UInt8(ascii: "/") ? .empty(name: name) : .start(name: name), last + 1)
    }

    /// - Returns: The index of the first `>` outside an attribute's quotes.
    private func endOfTag(from start: Int) -> Int? {
        var quote: UInt8?
        for index in start..<bytes.count {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return index
            }
        }
        return nil
    }

    private func endOfName(from start: Int) -> Int {
        let isEnd: (UInt8) -> Bool = { $0 <= 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ">") }
        return bytes[start...].firstIndex(where: isEnd) ?? bytes.count
    }

    /// Returns whether a text contains the beginning of a start tag with the local name.
    private func containsTag(_ text: Range<Int>, _ localName: [UInt8]) -> Bool {
        var rest = text
        while let start = bytes[rest].firstIndex(of: UInt8(ascii: "<")) {
            if matches((start + 1)..<min(endOfName(from: start + 1), text.upperBound), localName) { return true }
            rest = (start + 1)..<text.upperBound
        }
        return false
    }

    private func matches(_ name: Range<Int>, _ localName: [UInt8]) -> Bool {
        let local = bytes[name].lastIndex(of: UInt8(ascii: ":")).map { bytes[($0 + 1)..<name.upperBound] }
        return (local ?? bytes[name]).elementsEqual(localName)
    }

    private func begins(_ text: StaticString, at index: Int) -> Bool {
        text.withUTF8Buffer { bytes[index...].starts(with: $0) }
    }

    private func index(after text: StaticString, from start: Int) -> Int? {
        guard start <= bytes.count else { return nil }
        return text.withUTF8Buffer { wanted in
            (start..<max(start, bytes.count - wanted.count + 1))
                .first { bytes[$0...].starts(with: wanted) }
                .map { $0 + wanted.count }
        }
    }
}
