import Foundation

/// Reading and writing the state as JSON text: times in RFC 3339 with milliseconds, keys sorted.
enum StateDocument {
    /// - Throws: ``StateProblem`` naming the key path of what is wrong.
    static func read(_ bytes: [UInt8]) throws(StateProblem) -> SimulatorState {
        try read(SimulatorState.self, from: bytes)
    }

    /// The same for any document of the management port.
    static func read<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(StateProblem) -> Value {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        // Foundation's decoder takes commas at the end, and one of two members of the same name.
        _ = try value(of: bytes)
        return try decode(type, from: bytes)
    }

    static func value(of bytes: [UInt8]) throws(StateProblem) -> JSONValue {
        do {
            return try JSONReader.value(of: bytes)
        } catch {
            throw StateProblem(
                error.repeatedMember.map { "The document names \($0) twice in one object." }
                    ?? "The document is not JSON in UTF-8.")
        }
    }

    /// Of JSON that was written here.
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
                    in: container, debugDescription: "the text is not a time of RFC 3339 in UTC")
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
