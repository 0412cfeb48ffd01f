/// A key with any name. It finds the keys that a type does not have.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// Returns the container of `type`, after checking that the object has no unknown key.
    ///
    /// - Throws: `DecodingError.dataCorrupted` with a coding path that ends in the unknown key.
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
    /// Returns the value of `key`, or `fallback` if the key is missing or its value is `null`.
    func value<Value: Decodable>(_ key: Key, or fallback: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? fallback
    }
}
