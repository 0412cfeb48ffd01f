/// Reads a JSON text (RFC 8259) in one pass. Accepts UTF-8 without a byte order mark, and rejects an object with
/// duplicate member names.
///
/// Parsers differ in which duplicate they use. A duplicate claim could therefore mean one thing to the signer and
/// another to the org (RFC 7519 §4).
struct JSONReader {
    struct Failure: Error {
        /// The duplicate member name; `nil` if the text failed for any other reason.
        var repeatedMember: String?
    }

    /// How deeply arrays and objects may be nested: more than twice what any document here needs.
    static let depthLimit = 64

    private let bytes: [UInt8]
    private var position = 0
    private var level = 0

    /// Parses a text that holds one value. The members of objects are sorted by name.
    ///
    /// - Throws: ``Failure`` if the text is not exactly one JSON value, has a duplicate member, contains a number that
    ///   a `Double` cannot represent, or is nested more than ``depthLimit`` levels deep.
    static func value(of bytes: [UInt8]) throws(Failure) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == bytes.count else { throw Failure() }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Values

    private mutating func value() throws(Failure) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    /// Returns the object with its members sorted by name, so that equal objects compare as equal.
    private mutating func object() throws(Failure) -> JSONValue {
        var members: [String: JSONValue] = [:]
        try list(closedBy: UInt8(ascii: "}")) { (reader) throws(Failure) in
            reader.skipSpace()
            let name = try reader.string()
            reader.skipSpace()
            guard reader.take(UInt8(ascii: ":")) else { throw Failure() }
            guard members.updateValue(try reader.value(), forKey: name) == nil else {
                throw Failure(repeatedMember: name)
            }
        }
        return .object(members.sorted { $0.key < $1.key }.map { JSONValue.Member(key: $0.key, value: $0.value) })
    }

    private mutating func array() throws(Failure) -> JSONValue {
        var values: [JSONValue] = []
        try list(closedBy: UInt8(ascii: "]")) { (reader) throws(Failure) in values.append(try reader.value()) }
        return .array(values)
    }

    /// Reads an array or object from its opening bracket to `end`, and calls `element` at the start of each element.
    private mutating func list(
        closedBy end: UInt8, _ element: (inout JSONReader) throws(Failure) -> Void
    ) throws(Failure) {
        level += 1
        guard level <= Self.depthLimit else { throw Failure() }
        position += 1
        skipSpace()
        if !take(end) {
            repeat {
                try element(&self)
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(end) else { throw Failure() }
        }
        level -= 1
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(Failure) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw Failure() }
        position += text.utf8.count
        return value
    }

    /// Reads a number (RFC 8259 §6). A whole number that fits `Int64` becomes an integer, even if it is written as
    /// `1.0` or `1e2`.
    private mutating func number() throws(Failure) -> JSONValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw Failure() }
        return Int64(exactly: number).map(JSONValue.integer) ?? .number(number)
    }

    private mutating func digits() throws(Failure) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw Failure() }
    }

    // MARK: Strings

    private mutating func string() throws(Failure) -> String {
        guard take(UInt8(ascii: "\"")) else { throw Failure() }
        var units: [UInt8] = []
        while let byte = next, byte >= 0x20 {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: units, as: UTF8.self) else { throw Failure() }
                return text
            case UInt8(ascii: "\\"): units += try escaped()
            default: units.append(byte)
            }
        }
        throw Failure()
    }

    /// Reads an escape sequence, without its backslash, and returns the character in UTF-8.
    private mutating func escaped() throws(Failure) -> [UInt8] {
        guard let byte = next else { throw Failure() }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            guard let scalar = Unicode.Scalar(try scalarValue()) else { throw Failure() }
            return Array(String(Character(scalar)).utf8)
        default: throw Failure()
        }
    }

    /// Reads the rest of `\uXXXX`, or of two such sequences that form a surrogate pair. The result can be an unpaired
    /// surrogate, which is not a valid scalar.
    private mutating func scalarValue() throws(Failure) -> UInt32 {
        let first = try codeUnit()
        guard (0xD800..<0xDC00).contains(first) else { return first }
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw Failure() }
        let second = try codeUnit()
        guard (0xDC00..<0xE000).contains(second) else { throw Failure() }
        return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }

    private mutating func codeUnit() throws(Failure) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        let text = String(decoding: digits, as: UTF8.self)
        // `UInt32(_:radix:)` would also accept a sign.
        guard text.utf8.count == 4, text.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: 16) else {
            throw Failure()
        }
        position += 4
        return value
    }

    // MARK: Bytes

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }
}
