/// A JSON value. Objects keep the order of their members: ``text`` writes it, and `==` compares it.
enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number that is not an integer or does not fit `Int64`. Must be finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// The member names must be unique.
    case object([Member])

    struct Member: Hashable, Sendable {
        let key: String
        var value: JSONValue
    }

    /// Parses a JSON text in UTF-8. The members of objects are sorted by name.
    ///
    /// - Throws: ``JSONReader/Failure`` if the bytes are not one JSON value.
    init(parsing bytes: [UInt8]) throws { self = try JSONReader.value(of: bytes) }

    /// The value of a member; `nil` if there is no such member, or if this value is not an object.
    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value as a number; `nil` if it is not one.
    var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The value as compact JSON text.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .string(let value): Self.quoted(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.key) + ":" + $0.value.text }.joined(separator: ",") + "}"
        }
    }

    /// The indented JSON text that the request header `X-PrettyPrint: 1` asks for. Objects have one line per member,
    /// indented by two spaces; the elements of an array are separated by a comma and a space (heroku/jsforce-connection
    /// `index-test.js`, SFDO-Tooling/CumulusCI `cumulusci/**/cassettes/*.yaml`).
    var prettyText: String { prettyText(indent: "") }

    private func prettyText(indent: String) -> String {
        switch self {
        case .array(let values):
            return values.isEmpty
                ? "[ ]" : "[ " + values.map { $0.prettyText(indent: indent) }.joined(separator: ", ") + " ]"
        case .object(let members):
            let inner = indent + "  "
            let lines = members.map { inner + Self.quoted($0.key) + " : " + $0.value.prettyText(indent: inner) }
            return members.isEmpty ? "{ }" : "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        case .null, .bool, .integer, .number, .string: return text
        }
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            return "\"\(text)\""
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }
}

extension JSONValue: Encodable {
    private struct MemberKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: MemberKey.self)
            for member in members { try container.encode(member.value, forKey: MemberKey(stringValue: member.key)) }
        case .array(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        case .null, .bool, .integer, .number, .string:
            var container = encoder.singleValueContainer()
            switch self {
            case .bool(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .string(let value): try container.encode(value)
            case .null, .array, .object: try container.encodeNil()
            }
        }
    }
}
