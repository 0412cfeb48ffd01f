internal import Crypto
internal import Foundation
internal import Synchronization

/// Reads and writes records with their proof: an edited, swapped, removed or rolled-back record is refused by name.
///
/// Each record carries an HMAC over its key, revision and body. The register, itself such a record, holds the current
/// revision of every record and changes with each writing; so an older copy of a record, its proof intact, does not
/// fit it. What this cannot see is the whole store put back to an earlier moment.
package struct SealedRecords: Sendable {
    let store: any RecordStore
    let ring: MasterKeyRing
    private let known = KnownRegister()

    package init(store: any RecordStore, ring: MasterKeyRing) {
        self.store = store
        self.ring = ring
    }

    package func read<T: Sendable>(_ body: @Sendable (CheckedReading) throws -> T) async throws -> T {
        let (ring, known) = (ring, known)
        return try await store.read { reading in try body(CheckedReading(reading, ring: ring, known: known)) }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (CheckedWriting) throws -> T) async throws -> T {
        let (ring, known) = (ring, known)
        return try await store.write { writing in
            let checked = try CheckedWriting(writing, ring: ring, known: known)
            let result = try body(checked)
            try checked.saveRegister()
            return result
        }
    }

    /// Makes the register of an empty store.
    ///
    /// - Returns: `false` where there is one already.
    package func initialise() async throws -> Bool {
        let ring = ring
        return try await store.write { writing in
            do {
                _ = try Register.read(writing, ring: ring, known: KnownRegister())
                return false
            } catch let error as ConnectedAppError where error.cause == .notInitialised {
                try writing.put(Register.empty(ring: ring))
                return true
            }
        }
    }
}

/// A value that is kept as one record.
package protocol RecordValue: Codable, Sendable {
    static var kind: RecordKind { get }
    var recordID: String { get }
    /// The same value, with whatever it holds of sealed bytes under the active key of the ring; see
    /// ``MasterKeyRing/moved(_:binding:resealing:)``. Itself where it holds none.
    func moved(by ring: MasterKeyRing, resealing: Bool) throws -> Self
}

extension RecordValue {
    package func moved(by ring: MasterKeyRing, resealing: Bool) -> Self { self }
}

package struct Revisioned<Value: RecordValue>: Sendable {
    package let value: Value
    package let revision: Int
}

/// One consistent, checked view of the records.
package struct CheckedReading {
    /// What else the store holds, unchecked.
    package let reading: any StoreReading
    private let ring: MasterKeyRing
    private let register: Register

    fileprivate init(_ reading: any StoreReading, ring: MasterKeyRing, known: KnownRegister) throws {
        self.reading = reading
        self.ring = ring
        register = try Register.read(reading, ring: ring, known: known)
    }

    /// Goes up with each change of any record.
    package var revision: Int { register.revision }
    /// The key that the store is under.
    package var masterKeyID: String { register.masterKeyID }

    package func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        try register.checked(RecordKey(Value.kind, id), reading, ring)
    }

    /// Every record of the kind, sorted by id.
    package func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try register.checkedAll(reading, ring)
    }

    /// The records of the kind that prove themselves; for what is only shown, so that one altered record does not keep
    /// the others from being seen.
    package func intact<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try reading.records(of: Value.kind).compactMap { stored in
            try? register.checked(stored.key, reading, ring)
        }
    }
}

/// The same, inside a transaction that may write.
package final class CheckedWriting {
    /// What else the store holds, unchecked.
    package let writing: any StoreWriting
    /// Its active key is the store's: of several processes none seals under a former one.
    let ring: MasterKeyRing
    var register: Register

    init(_ writing: any StoreWriting, ring: MasterKeyRing, known: KnownRegister) throws {
        self.writing = writing
        register = try Register.read(writing, ring: ring, known: known)
        self.ring = ring.sealing(under: register.masterKeyID)
    }

    /// The register's revision after what was saved so far.
    package var revision: Int { register.revision + (register.isChanged ? 1 : 0) }

    package func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        try register.checked(RecordKey(Value.kind, id), writing, ring)
    }

    package func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try register.checkedAll(writing, ring)
    }

    package func save<Value: RecordValue>(_ value: Value) throws {
        let key = RecordKey(Value.kind, value.recordID)
        let revision = register.nextRevision(of: key)
        // What was sealed before this transaction may be under the master key of before.
        let moved = try value.moved(by: ring, resealing: false)
        try writing.put(Seal.sealed(key, revision: revision, body: Seal.json(moved), ring: ring))
    }

    /// Keeps a token, under the store's master key.
    package func keep(_ token: OutstandingToken) throws {
        // One that was altered cannot be moved, and must not keep an app from being blocked.
        try writing.keep((try? token.moved(by: ring, resealing: token.isUnderAnother(than: ring.active))) ?? token)
    }

    package func remove<Value: RecordValue>(_ value: Value) throws {
        let key = RecordKey(Value.kind, value.recordID)
        register.forget(key)
        try writing.remove(key)
    }

    package func append(_ event: AuditEvent) throws { try writing.append(event) }

    fileprivate func saveRegister() throws {
        guard register.isChanged else { return }
        try writing.put(register.sealed(ring: ring))
    }
}

/// The register that was proven last: the same bytes need no second proof.
final class KnownRegister: Sendable {
    private let known = Mutex<(stored: StoredRecord, register: Register)?>(nil)

    func register(of stored: StoredRecord) -> Register? {
        known.withLock { $0?.stored == stored ? $0?.register : nil }
    }

    func keep(_ register: Register, of stored: StoredRecord) { known.withLock { $0 = (stored, register) } }
}

/// Which revision of which record is the current one.
struct Register {
    static let key = RecordKey(.register, "all")

    private struct Content: Codable {
        /// By "kind id".
        var revisions: [String: Int]
        /// Revisions of removed records, so that a new record of the same name continues them.
        var removed: [String: Int]
    }

    private var content: Content
    let revision: Int
    /// The key that it is under, and so what is saved.
    let masterKeyID: String
    private(set) var isChanged = false

    static func empty(ring: MasterKeyRing) throws -> StoredRecord {
        try Seal.sealed(key, revision: 1, body: Seal.json(Content(revisions: [:], removed: [:])), ring: ring)
    }

    static func read(_ reading: any RecordReading, ring: MasterKeyRing, known: KnownRegister) throws -> Register {
        guard let stored = try reading.record(key) else {
            let isEmpty = try RecordKind.allCases.allSatisfy { try reading.records(of: $0).isEmpty }
            throw isEmpty ? ConnectedAppError(.notInitialised) : ConnectedAppError.altered(key, "it is missing")
        }
        if let register = known.register(of: stored) { return register }
        let register = Register(
            content: try Seal.opened(stored, as: Content.self, ring: ring), revision: stored.revision,
            masterKeyID: stored.masterKeyID)
        known.keep(register, of: stored)
        return register
    }

    private init(content: Content, revision: Int, masterKeyID: String) {
        self.content = content
        self.revision = revision
        self.masterKeyID = masterKeyID
    }

    func sealed(ring: MasterKeyRing) throws -> StoredRecord {
        try Seal.sealed(Self.key, revision: revision + 1, body: Seal.json(content), ring: ring)
    }

    mutating func nextRevision(of key: RecordKey) -> Int {
        let name = key.description
        let next = max(content.revisions[name] ?? 0, content.removed[name] ?? 0) + 1
        content.revisions[name] = next
        content.removed[name] = nil
        isChanged = true
        return next
    }

    mutating func forget(_ key: RecordKey) {
        content.removed[key.description] = content.revisions.removeValue(forKey: key.description)
        isChanged = true
    }

    func checked<Value: RecordValue>(_ key: RecordKey, _ reading: any RecordReading, _ ring: MasterKeyRing) throws
        -> Revisioned<Value>?
    {
        let expected = content.revisions[key.description]
        guard let stored = try reading.record(key) else {
            if expected == nil { return nil }
            throw ConnectedAppError.altered(key, "it is missing")
        }
        return try checked(stored, expected, ring)
    }

    func checkedAll<Value: RecordValue>(_ reading: any RecordReading, _ ring: MasterKeyRing) throws -> [Revisioned<
        Value
    >] {
        let stored = try reading.records(of: Value.kind)
        let present = Set(stored.map(\.key.description))
        let prefix = Value.kind.rawValue + " "
        if let missing = content.revisions.keys.filter({ $0.hasPrefix(prefix) && !present.contains($0) }).min() {
            let key = RecordKey(Value.kind, String(missing.dropFirst(prefix.count)))
            throw ConnectedAppError.altered(key, "it is missing")
        }
        return try stored.map { try checked($0, content.revisions[$0.key.description], ring) }
    }

    private func checked<Value: RecordValue>(_ stored: StoredRecord, _ expected: Int?, _ ring: MasterKeyRing) throws
        -> Revisioned<Value>
    {
        guard let expected else { throw ConnectedAppError.altered(stored.key, "aprity did not write it") }
        let value = try Seal.opened(stored, as: Value.self, ring: ring)
        try checkRevision(stored, expected)
        guard value.recordID == stored.key.id else {
            throw ConnectedAppError.altered(stored.key, "it belongs to another name")
        }
        return Revisioned(value: value, revision: stored.revision)
    }

    private func checkRevision(_ stored: StoredRecord, _ expected: Int) throws {
        guard stored.revision == expected else {
            throw ConnectedAppError.altered(
                stored.key, "it is revision \(stored.revision) where \(expected) is the current one")
        }
    }

    /// Proves a record whose content is of no interest.
    ///
    /// - Throws: ``ConnectedAppError``, as for one that is read.
    func prove(_ stored: StoredRecord, _ ring: MasterKeyRing) throws {
        guard let expected = content.revisions[stored.key.description] else {
            throw ConnectedAppError.altered(stored.key, "aprity did not write it")
        }
        try Seal.prove(stored, ring: ring)
        try checkRevision(stored, expected)
    }
}

extension ConnectedAppError {
    fileprivate static func altered(_ key: RecordKey, _ what: String) -> ConnectedAppError {
        ConnectedAppError(
            .recordAltered, subject: key.description, evidence: ["record": key.description, "found": what])
    }
}

enum Seal {
    static func json(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .secondsSince1970
        return try encoder.encode(value)
    }

    static func sealed(_ key: RecordKey, revision: Int, body: Data, ring: MasterKeyRing) throws -> StoredRecord {
        let master = ring.active
        let tag = Data(HMAC<SHA256>.authenticationCode(for: covered(key, revision, body), using: master.recordKey))
        return StoredRecord(key: key, revision: revision, body: body, masterKeyID: master.id, tag: tag)
    }

    static func opened<Value: Decodable>(_ stored: StoredRecord, as type: Value.Type, ring: MasterKeyRing) throws
        -> Value
    {
        try prove(stored, ring: ring)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        do { return try decoder.decode(Value.self, from: stored.body) } catch {
            throw ConnectedAppError(.storeDamaged, subject: stored.key.description, evidence: ["decoding": "\(error)"])
        }
    }

    static func prove(_ stored: StoredRecord, ring: MasterKeyRing) throws {
        let master = try ring.key(stored.masterKeyID)
        let input = covered(stored.key, stored.revision, stored.body)
        guard HMAC<SHA256>.isValidAuthenticationCode(stored.tag, authenticating: input, using: master.recordKey) else {
            throw ConnectedAppError.altered(stored.key, "its proof does not fit")
        }
    }

    private static func covered(_ key: RecordKey, _ revision: Int, _ body: Data) -> Data {
        var fields = FramedFields(["aprity record 1", key.kind.rawValue, key.id, String(revision)])
        fields.append([UInt8](body))
        return Data(fields.bytes)
    }
}
