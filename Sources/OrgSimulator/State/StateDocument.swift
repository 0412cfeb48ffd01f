import Foundation

/// Reads and writes the state as JSON text. It is written with sorted keys, and with RFC 3339 times in UTC with
/// milliseconds.
enum StateDocument {
    /// Reads a state document. It is not yet complete and not yet valid: see
    /// ``SimulatorState/generateMissingValues(using:)`` and ``SimulatorState/validate()``.
    ///
    /// - Throws: ``StateProblem`` with the key path of the invalid value.
    static func read(_ bytes: [UInt8]) throws(StateProblem) -> SimulatorState {
        try read(SimulatorState.self, from: bytes)
    }

    /// Reads any document of the management port. A UTF-8 byte order mark at the start is ignored.
    ///
    /// - Throws: ``StateProblem`` with the key path of the invalid value, or if the bytes are not JSON.
    static func read<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(StateProblem) -> Value {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        // Foundation's decoder accepts trailing commas and duplicate member names.
        _ = try value(of: bytes)
        return try decode(type, from: bytes)
    }

    /// Parses a JSON text without giving it a type.
    ///
    /// - Throws: ``StateProblem`` if ``JSONReader`` rejects the bytes. A byte order mark is rejected too.
    static func value(of bytes: [UInt8]) throws(StateProblem) -> JSONValue {
        do {
            return try JSONReader.value(of: bytes)
        } catch {
            throw StateProblem(
                error.repeatedMember.map { "The document has the key \($0) twice in one object." }
                    ?? "The document is not JSON in UTF-8.")
        }
    }

    /// Decodes bytes that ``JSONReader`` has accepted or ``JSONValue/text`` has written. Foundation's decoder alone
    /// would accept too much.
    ///
    /// - Throws: ``StateProblem`` with the key path of the invalid value.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(StateProblem) -> Value {
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw StateProblem(error)
        } catch {
            throw StateProblem("The document is not JSON.")
        }
    }

    /// - Throws: ``StateProblem`` if the value has a number that JSON cannot represent.
    static func write(_ value: some Encodable) throws(StateProblem) -> [UInt8] {
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw StateProblem("The state cannot be written as JSON.")
        }
    }

    /// A new encoder for every document of the management port.
    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.formatted(.iso8601.withMilliseconds))
        }
        return encoder
    }

    /// A new decoder. It reads times with or without fractions of a second.
    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            let date = (try? Date(text, strategy: .iso8601.withMilliseconds)) ?? (try? Date(text, strategy: .iso8601))
            guard let date else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "the value is not an RFC 3339 time in UTC")
            }
            return date
        }
        return decoder
    }
}

extension Date.ISO8601FormatStyle {
    var withMilliseconds: Self {
        .init(includingFractionalSeconds: true)
    }
}

extension JSONValue {
    /// - Throws: ``StateProblem`` if the value has a number that JSON cannot represent.
    init(describing value: some Encodable) throws(StateProblem) {
        let bytes = try StateDocument.write(value)
        do {
            try self.init(parsing: bytes)
        } catch {
            throw StateProblem("The state cannot be written as JSON.")
        }
    }
}
