/// The start tag of a document's root element. The rest of the document is not parsed.
struct XMLRoot: Sendable {
    /// The local name; empty if there is none.
    let name: String
    private let tag: ArraySlice<UInt8>

    /// - Parameter bytes: A well-formed document.
    init(_ bytes: [UInt8]) {
        var rest = XMLTree.afterUsualDeclaration(bytes)
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[start...]
            if rest.starts(with: Array("<?".utf8)) {
                rest = XMLTree.after("?>", in: rest)
            } else if rest.starts(with: Array("<!--".utf8)) {
                rest = XMLTree.after("-->", in: rest.dropFirst(4))
            } else {
                break
            }
        }
        // If an attribute value contains `>`, only a part of the tag is read. No metadata file has such a value there.
        tag = rest.prefix { $0 != UInt8(ascii: ">") }
        let qualified = tag.dropFirst().prefix { !" \t\r\n/".utf8.contains($0) }
        let local = qualified.lastIndex(of: UInt8(ascii: ":")).map { qualified[qualified.index(after: $0)...] }
        name = String(decoding: local ?? qualified, as: UTF8.self)
    }

    /// Whether the text of the tag contains the namespace anywhere.
    func names(_ namespace: String) -> Bool { String(decoding: tag, as: UTF8.self).contains(namespace) }
}
