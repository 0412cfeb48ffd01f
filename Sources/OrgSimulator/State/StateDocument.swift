import Foundation

/// Reads and writes the state as JSON text, with sorted keys and RFC 3339 times with milliseconds.
enum StateDocument {
    /// - Throws: ``StateProblem`` with the key path of the invalid value.
    static func read(_ bytes: [UInt8]) throws(StateProblem) -> SimulatorState {
        try read(SimulatorState.self, from: bytes)
    }

    /// Reads any document of the management port.
    ///
    /// - Throws: ``StateProblem`` with the key path of the invalid value.
    static func read<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(StateProblem) -> Value {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        // Foundation's decoder accepts trailing commas and duplicate member names.
        _ = try value(of: bytes)
        return try decode(type, from: bytes)
    }

    static func value(of bytes: [UInt8]) throws(StateProblem) -> JSONValue {
        do {
            return try JSONReader.value(of: bytes)
        } catch {
            throw StateProblem(
                error.repeatedMember.map { "The document has the key \($0) twice in one object." }
                    ?? "The document is not JSON in UTF-8.")
        }
    }

    /// Decodes JSON that is known to be well-formed and without duplicate names.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(StateProblem) -> Value {
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw StateProblem(error)
        } catch {
            throw StateProblem("The document is not JSON.")
        }
    }

    static func write(_ value: some Encodable) throws(StateProblem) -> [UInt8] {
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw StateProblem("The state cannot be written as JSON.")
        }
    }

    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.formatted(.iso8601.withMilliseconds))
        }
        return encoder
    }

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
