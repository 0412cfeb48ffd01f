/// Checks that a document is in UTF-8 before the parser sees it. Removes the byte order mark and the XML declaration,
/// so that the parser does not choose an encoding itself.
struct XMLProlog {
    /// The longest XML declaration in bytes.
    static let limit = 512

    /// The bytes received before the decision.
    private var held: [UInt8] = []
    private var isDecided = false

    /// Checks the next bytes of the document.
    ///
    /// - Parameter isLast: Whether the document ends with these bytes.
    /// - Returns: The bytes for the parser, or `nil` if more are needed to decide.
    /// - Throws: ``XMLError`` if the encoding is not UTF-8 or the declaration is malformed.
    mutating func process(_ bytes: UnsafeRawBufferPointer, isLast: Bool = false) throws(XMLError) -> [UInt8]? {
        if isDecided { return Array(bytes) }
        held.append(contentsOf: bytes)
        guard held.count >= 6 || isLast else { return nil }
        try refuseOtherEncodings()
        let start = held.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let rest = held[start...]
        let opening = Array("<?xml".utf8)
        let prefix = rest.prefix(opening.count)
        guard opening.starts(with: prefix) else { return decided(rest) }
        guard rest.count > opening.count else { return isLast ? decided(rest) : nil }
        guard XMLProlog.isSpace(rest[rest.startIndex + opening.count]) else { return decided(rest) }
        guard let end = XMLProlog.endOfDeclaration(rest) else {
            if isLast || rest.count > XMLProlog.limit { throw .declaration }
            return nil
        }
        try XMLProlog.check(rest[(rest.startIndex + opening.count)..<(end - 2)])
        return decided(rest[end...])
    }

    /// Whether the prolog has been read, so that all further bytes can go to the parser directly.
    var isComplete: Bool { isDecided }

    private mutating func decided(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let result = Array(bytes)
        held = []
        isDecided = true
        return result
    }

    private func refuseOtherEncodings() throws(XMLError) {
        if held.starts(with: [0xFF, 0xFE]) || held.starts(with: [0xFE, 0xFF]) { throw .encoding("UTF-16 or UTF-32") }
        if held.prefix(4).contains(0) { throw .encoding("UTF-16 or UTF-32") }
        if held.starts(with: [0x4C, 0x6F, 0xA7, 0x94]) { throw .encoding("EBCDIC") }
    }

    /// Returns the index after `?>`, or `nil` if the first ``limit`` bytes do not contain it.
    private static func endOfDeclaration(_ bytes: ArraySlice<UInt8>) -> Int? {
        let window = bytes.prefix(limit)
        for index in window.indices.dropLast()
        where window[index] == UInt8(ascii: "?") && window[index + 1] == UInt8(ascii: ">") {
            return index + 2
        }
        return nil
    }

    /// Checks ` version="1.0" encoding="UTF-8" standalone="yes"`. The last two are optional.
    private static func check(_ bytes: ArraySlice<UInt8>) throws(XMLError) {
        var scanner = Scanner(bytes: bytes)
        guard let version = scanner.attribute("version"), version == "1.0" else { throw .declaration }
        if let encoding = scanner.attribute("encoding"), encoding.uppercased() != "UTF-8" {
            throw .encoding(String(encoding.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 }.prefix(40)))
        }
        if let standalone = scanner.attribute("standalone"), standalone != "yes", standalone != "no" {
            throw .declaration
        }
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw .declaration }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x9 || byte == 0xA || byte == 0xD }

    private struct Scanner {
        var bytes: ArraySlice<UInt8>
        var isAtEnd: Bool { bytes.isEmpty }

        @discardableResult
        mutating func skipSpace() -> Bool {
            let rest = bytes.drop(while: XMLProlog.isSpace)
            defer { bytes = rest }
            return rest.count < bytes.count
        }

        /// Reads ` name="value"`. If it does not follow, returns `nil` and consumes nothing.
        mutating func attribute(_ name: String) -> String? {
            var copy = self
            guard copy.skipSpace(), copy.bytes.starts(with: name.utf8) else { return nil }
            copy.bytes = copy.bytes.dropFirst(name.utf8.count)
            copy.skipSpace()
            guard copy.bytes.popFirst() == UInt8(ascii: "=") else { return nil }
            copy.skipSpace()
            guard let quote = copy.bytes.popFirst(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                let end = copy.bytes.firstIndex(of: quote)
            else { return nil }
            let value = String(decoding: copy.bytes[..<end], as: UTF8.self)
            copy.bytes = copy.bytes[(end + 1)...]
            self = copy
            return value
        }
    }
}
