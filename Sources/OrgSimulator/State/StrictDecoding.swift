/// A key of any name, used to see the keys that a type does not know.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// The container of `type`, after a look at every key of the object.
    ///
    /// - Throws: `DecodingError.dataCorrupted` whose coding path ends in the unknown key.
    func strictContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        let names = try container(keyedBy: AnyKey.self).allKeys.sorted { $0.stringValue < $1.stringValue }
        for name in names where Key(stringValue: name.stringValue) == nil {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath + [name], debugDescription: "the key is not known"))
        }
        return try container(keyedBy: type)
    }
}

extension KeyedDecodingContainer {
    /// The value under `key`, or `fallback` where the document says nothing or `null`.
    func value<Value: Decodable>(_ key: Key, or fallback: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? fallback
    }
}
