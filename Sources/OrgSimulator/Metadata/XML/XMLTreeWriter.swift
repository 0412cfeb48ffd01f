extension XMLTree {
    /// The first line of a metadata file.
    static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    /// Returns a metadata file: with a declaration, four spaces for each level, and a line feed at the end.
    func document() -> [UInt8] {
        var out = Array(Self.declaration.utf8)
        write(into: &out, depth: 0)
        return out
    }

    /// Returns the element on one line, without a declaration.
    func compact() -> [UInt8] {
        var out: [UInt8] = []
        write(into: &out, depth: nil)
        return out
    }

    /// - Parameter depth: The level for the indentation; `nil` to write everything on one line.
    private func write(into out: inout [UInt8], depth: Int?) {
        Self.indent(depth, into: &out)
        out.append(UInt8(ascii: "<"))
        out.append(contentsOf: name.utf8)
        for (key, value) in attributes.sorted(by: { $0.key < $1.key }) {
            out.append(contentsOf: " \(key)=\"".utf8)
            Self.escape(value, into: &out)
            out.append(UInt8(ascii: "\""))
        }
        if children.isEmpty, text.isEmpty, attributes["xsi:nil"] != nil {
            out.append(contentsOf: "/>".utf8)
        } else {
            out.append(UInt8(ascii: ">"))
            writeContent(into: &out, depth: depth)
            out.append(contentsOf: "</\(name)>".utf8)
        }
        if depth != nil { out.append(0x0A) }
    }

    private func writeContent(into out: inout [UInt8], depth: Int?) {
        guard !children.isEmpty else {
            Self.escape(text, into: &out)
            return
        }
        if depth != nil { out.append(0x0A) }
        for child in children { child.write(into: &out, depth: depth.map { $0 + 1 }) }
        Self.indent(depth, into: &out)
    }

    private static func indent(_ depth: Int?, into out: inout [UInt8]) {
        guard let depth, depth > 0 else { return }
        let known = indents[min(depth, indents.count - 1)]
        out.append(contentsOf: known)
        if depth >= indents.count { indent(depth - indents.count + 1, into: &out) }
    }

    private static let indents = (0..<8).map { [UInt8](repeating: 0x20, count: 4 * $0) }

    /// Escapes text. Quotation marks are also escaped in text, as by an org. A carriage return is escaped because
    /// parsers would turn it into a line feed.
    private static func escape(_ text: String, into out: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): out.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): out.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): out.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): out.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): out.append(contentsOf: "&apos;".utf8)
            case 0x0D: out.append(contentsOf: "&#13;".utf8)
            default: out.append(byte)
            }
        }
    }
}
