/// Changes elements of DER and corrects the lengths around them.
enum DERBytes {
    /// Replaces each element `old` by `new`, also inside OCTET STRINGs that contain DER.
    static func replacing(_ old: [UInt8], by new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        (elements(bytes) ?? []).flatMap { element -> [UInt8] in
            guard element.whole != old else { return new }
            let isConstructed = element.tag & 0x20 != 0
            guard isConstructed || (element.tag == 4 && elements(element.content) != nil) else { return element.whole }
            return wrapped(replacing(old, by: new, in: element.content), as: element.tag)
        }
    }

    /// Returns the single element of the bytes with its content doubled.
    static func doubled(_ bytes: [UInt8]) -> [UInt8] {
        (elements(bytes) ?? []).flatMap { wrapped($0.content + $0.content, as: $0.tag) }
    }

    private struct Element {
        let tag: UInt8
        let content: [UInt8]
        let whole: [UInt8]
    }

    /// - Returns: `nil` if the bytes are not a sequence of elements.
    private static func elements(_ bytes: [UInt8]) -> [Element]? {
        var found: [Element] = []
        var rest = bytes[...]
        while let tag = rest.first {
            guard let first = rest.dropFirst().first else { return nil }
            let lengthBytes = first < 0x80 ? 0 : Int(first & 0x7F)
            let head = 2 + lengthBytes
            guard lengthBytes <= 4, rest.count >= head else { return nil }
            let length =
                lengthBytes == 0
                ? Int(first) : rest.dropFirst(2).prefix(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= head + length else { return nil }
            let whole = rest.prefix(head + length)
            found.append(Element(tag: tag, content: Array(whole.dropFirst(head)), whole: Array(whole)))
            rest = rest.dropFirst(whole.count)
        }
        return found
    }

    private static func wrapped(_ content: [UInt8], as tag: UInt8) -> [UInt8] {
        guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
        let length = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: content.count >> $0) }.drop { $0 == 0 }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }
}
