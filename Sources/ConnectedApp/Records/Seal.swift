internal import Crypto
internal import Foundation

/// Authenticates individual records with an HMAC-SHA256 under a key that is derived from the master key. The bodies are
/// not encrypted; secrets in them are.
enum Seal {
    /// The body of a record; see ``StoredJSON``.
    static func json(_ value: some Encodable) throws -> Data { try StoredJSON.encoder.encode(value) }

    /// Creates a record with its tag, under the active key of the ring.
    static func sealed(_ key: RecordKey, revision: Int, body: Data, ring: MasterKeyRing) throws -> StoredRecord {
        let master = ring.active
        let tag = Data(HMAC<SHA256>.authenticationCode(for: covered(key, revision, body), using: master.recordKey))
        return StoredRecord(key: key, revision: revision, body: body, masterKeyID: master.id, tag: tag)
    }

    /// Authenticates and decodes a record.
    ///
    /// - Throws: ``ConnectedAppError``: `.recordAltered`, `.masterKeyWrong`, `.storeDamaged` if it cannot be decoded.
    static func opened<Value: Decodable>(_ stored: StoredRecord, as type: Value.Type, ring: MasterKeyRing) throws
        -> Value
    {
        try authenticate(stored, ring: ring)
        do { return try StoredJSON.decoder.decode(Value.self, from: stored.body) } catch {
            throw ConnectedAppError(.storeDamaged, subject: stored.key.description, evidence: ["decoding": "\(error)"])
        }
    }

    /// The content of a record, without authentication; `nil` if it cannot be decoded. For messages only.
    static func unauthenticated<Value: Decodable>(_ stored: StoredRecord, as type: Value.Type) -> Value? {
        try? StoredJSON.decoder.decode(Value.self, from: stored.body)
    }

    /// Authenticates a record.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` or `.masterKeyWrong`.
    static func authenticate(_ stored: StoredRecord, ring: MasterKeyRing) throws {
        let master = try ring.key(stored.masterKeyID)
        let input = covered(stored.key, stored.revision, stored.body)
        guard HMAC<SHA256>.isValidAuthenticationCode(stored.tag, authenticating: input, using: master.recordKey) else {
            throw ConnectedAppError.altered(stored.key, "its authentication tag does not match")
        }
    }

    /// The bytes that the tag covers. Stored tags depend on their form, which must not change.
    private static func covered(_ key: RecordKey, _ revision: Int, _ body: Data) -> Data {
        var fields = FramedFields(["aprity record 1", key.kind.rawValue, key.id, String(revision)])
        fields.append([UInt8](body))
        return Data(fields.bytes)
    }
}

extension ConnectedAppError {
    /// The error for an altered record.
    ///
    /// - Parameters:
    ///   - what: What is wrong with the record, as the rest of a sentence, for the evidence.
    ///   - connections: The aliases of its connections, if they are known.
    static func altered(_ key: RecordKey, _ what: String, of connections: [String] = []) -> ConnectedAppError {
        ConnectedAppError(
            .recordAltered, subject: key.description, evidence: ["record": key.description, "found": what]
        ).ofRecord(key, of: connections)
    }

    /// The same error, naming the connections of the record; unchanged if there are none.
    func ofRecord(_ key: RecordKey, of connections: [String]) -> ConnectedAppError {
        guard !connections.isEmpty else { return self }
        let names = connections.joined(separator: ", ")
        return ConnectedAppError(
            cause, subject: names,
            detail: "The record \(key) was changed, swapped, removed or rolled back outside aprity, so it is not "
                + "used.",
            evidence: evidence.merging(["connections": names]) { former, _ in former })
    }
}
