internal import Crypto
internal import Foundation
internal import Synchronization

/// Reads and writes records with their proof: an edited, swapped, removed or rolled-back record is refused by name.
///
/// Each record carries an HMAC over its key, revision and body. The register, itself such a record, holds the current
/// revision of every record and changes with each writing; so an older copy of a record, its proof intact, does not
/// fit it. A process refuses a register that is older than one it has read; see also ``RecordsCheck``.
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
        let newest = known.newest
        let (result, position) = try await store.read { reading in
            let checked = try CheckedReading(reading, ring: ring, known: known, notBefore: newest)
            return (try body(checked), checked.position)
        }
        known.saw(position)
        return result
    }

    /// Reads which state of the records the store holds, even if this process has seen a newer one.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if the register is not authentic, and a failing store's causes.
    package func storedState() async throws -> StoredState {
        let ring = ring
        return try await store.read { reading in
            let register = try Register.read(reading, ring: ring, known: KnownRegister(), notBefore: nil)
            return StoredState(
                position: register.position, historyID: register.historyID,
                alteredRecords: try register.alteredRecords(reading, ring))
        }
    }

    package struct StoredState: Sendable {
        package let position: RecordsPosition
        package let historyID: String?
        /// Kind and name of each record that is missing, or not authentic, sorted.
        package let alteredRecords: [String]
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (CheckedWriting) throws -> T) async throws -> T {
        let (ring, known) = (ring, known)
        let newest = known.newest
        let (result, position) = try await store.write { writing in
            let checked = try CheckedWriting(writing, ring: ring, known: known, notBefore: newest)
            let result = try body(checked)
            try checked.save()
            return (result, checked.position)
        }
        known.saw(position)
        return result
    }

    /// Makes the register of an empty store.
    ///
    /// - Parameter historyID: See ``CheckedReading/historyID``.
    /// - Returns: `false` if there is one already.
    package func initialise(historyID: String? = nil) async throws -> Bool {
        let ring = ring
        return try await store.write { writing in
            do {
                _ = try Register.read(writing, ring: ring, known: KnownRegister(), notBefore: nil)
                return false
            } catch let error as ConnectedAppError where error.cause == .notInitialised {
                try writing.put(Register.empty(historyID: historyID, ring: ring))
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

    fileprivate init(
        _ reading: any StoreReading, ring: MasterKeyRing, known: KnownRegister, notBefore newest: RecordsPosition?
    ) throws {
        self.reading = reading
        self.ring = ring
        register = try Register.read(reading, ring: ring, known: known, notBefore: newest)
    }

    /// Goes up with each change of any record.
    package var revision: Int { register.revision }
    /// Which state of the records this is.
    package var position: RecordsPosition { register.position }
    /// What the store knows of the block order file; `nil` before the first sign-in.
    package var orderMark: BlockOrderMark? { register.orderMark }
    /// Random. Tells this store's checkpoints from those of other stores in the same file. Each generation has its own.
    /// `nil` in a store of a former version, until its next sign-in.
    package var historyID: String? { register.historyID }
    /// The key that the store is under.
    package var masterKeyID: String { register.masterKeyID }

    package func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        try register.checked(RecordKey(Value.kind, id), reading, ring)
    }

    /// Every record of the kind, sorted by id.
    package func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try register.checkedAll(reading, ring)
    }

    /// The names of the records that the store should hold, sorted.
    package func ids<Value: RecordValue>(of type: Value.Type) -> [String] { register.ids(of: Value.kind) }

    /// Blocks of apps whose records were altered when the order came, by the app's id.
    package var heldBlocks: [String: Block] { register.heldBlocks }

    /// The records of the kind that are authentic. For display only: one altered record must not hide the others.
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
    /// Written at the end of the transaction, when it is known which state of the records they lead to.
    private var events: [AuditEvent] = []

    init(
        _ writing: any StoreWriting, ring: MasterKeyRing, known: KnownRegister, notBefore newest: RecordsPosition?
    ) throws {
        self.writing = writing
        register = try Register.read(writing, ring: ring, known: known, notBefore: newest)
        self.ring = ring.sealing(under: register.masterKeyID)
    }

    /// The register's revision after what was saved so far.
    package var revision: Int { position.revision }
    /// The state of the records after what was saved so far.
    package var position: RecordsPosition { register.nextPosition }

    /// What the store knows of the block order file; `nil` before the first sign-in.
    package var orderMark: BlockOrderMark? {
        get { register.orderMark }
        set { register.orderMark = newValue }
    }

    /// As ``CheckedReading/ids(of:)``.
    package func ids<Value: RecordValue>(of type: Value.Type) -> [String] { register.ids(of: Value.kind) }

    /// As ``CheckedReading/heldBlocks``.
    package var heldBlocks: [String: Block] {
        get { register.heldBlocks }
        set { register.heldBlocks = newValue }
    }

    /// As ``CheckedReading/historyID``.
    package var historyID: String? {
        get { register.historyID }
        set { register.historyID = newValue }
    }

    /// Begins a new generation: the store continues from a state older than the last one recorded.
    ///
    /// - Parameters:
    ///   - last: The newest position that anything outside the records names. The revision continues after it.
    ///   - historyID: A new random one.
    package func beginGeneration(after last: RecordsPosition?, historyID: String) {
        register.beginGeneration(after: last, historyID: historyID)
    }

    package func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        try register.checked(RecordKey(Value.kind, id), writing, ring)
    }

    package func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try register.checkedAll(writing, ring)
    }

    /// As ``CheckedReading/intact(_:)``.
    package func intact<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try writing.records(of: Value.kind).compactMap { stored in
            try? register.checked(stored.key, writing, ring)
        }
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

    /// Records an event, with the state of the records that this transaction leads to.
    package func append(_ event: AuditEvent) throws { events.append(event) }

    /// Writes the register and the events. Nothing may be saved after this.
    func save() throws {
        if register.isChanged { try writing.put(register.sealed(ring: ring)) }
        for event in events { try writing.append(event.leading(to: position)) }
    }
}

/// Identifies a state of the records. The revision goes up with each change. The generation goes up when the store continues
/// from an older state: after a restore, or when `block --all` accepts records that were rolled back.
package struct RecordsPosition: Codable, Sendable, Equatable, Comparable, CustomStringConvertible {
    package let generation: Int
    package let revision: Int

    package init(generation: Int, revision: Int) {
        self.generation = generation
        self.revision = revision
    }

    package static func < (left: RecordsPosition, right: RecordsPosition) -> Bool {
        (left.generation, left.revision) < (right.generation, right.revision)
    }

    /// `generation.revision`.
    package var description: String { "\(generation).\(revision)" }
}

/// The register that was authenticated last, so that the same bytes are not checked twice, and the newest committed position
/// that this process has seen. An earlier position is refused.
final class KnownRegister: Sendable {
    private let known = Mutex<(stored: StoredRecord, register: Register)?>(nil)
    private let position = Mutex<RecordsPosition?>(nil)

    /// A transaction that begins after this is read shows this position, or a later one.
    var newest: RecordsPosition? { position.withLock { $0 } }

    /// Records the position that a committed transaction has read or written.
    func saw(_ position: RecordsPosition) {
        self.position.withLock { $0 = max($0 ?? position, position) }
    }

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
        /// `nil` in stores from before there were generations: 0.
        var generation: Int?
        var orderMark: BlockOrderMark?
        var historyID: String?
        var heldBlocks: [String: Block]?
    }

    private var content: Content
    let revision: Int
    /// The key that it is under, and so what is saved.
    let masterKeyID: String
    private(set) var isChanged = false
    private let storedGeneration: Int
    /// The next revision comes after this one: the stored one, or a higher one that is known from outside.
    private var latestRevision: Int

    /// Of what is stored.
    var position: RecordsPosition { RecordsPosition(generation: storedGeneration, revision: revision) }

    /// Of what will be stored, once it is sealed.
    var nextPosition: RecordsPosition {
        RecordsPosition(generation: content.generation ?? 0, revision: isChanged ? latestRevision + 1 : revision)
    }

    var orderMark: BlockOrderMark? {
        get { content.orderMark }
        set {
            guard newValue != content.orderMark else { return }
            content.orderMark = newValue
            isChanged = true
        }
    }

    var heldBlocks: [String: Block] {
        get { content.heldBlocks ?? [:] }
        set {
            guard newValue != heldBlocks else { return }
            content.heldBlocks = newValue.isEmpty ? nil : newValue
            isChanged = true
        }
    }

    func ids(of kind: RecordKind) -> [String] {
        let prefix = kind.rawValue + " "
        return content.revisions.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            .sorted()
    }

    var historyID: String? {
        get { content.historyID }
        set {
            guard newValue != content.historyID else { return }
            content.historyID = newValue
            isChanged = true
        }
    }

    mutating func beginGeneration(after last: RecordsPosition?, historyID: String) {
        content.generation = max(content.generation ?? 0, last?.generation ?? 0) + 1
        content.historyID = historyID
        latestRevision = max(latestRevision, last?.revision ?? 0)
        isChanged = true
    }

    static func empty(historyID: String?, ring: MasterKeyRing) throws -> StoredRecord {
        try Seal.sealed(
            key, revision: 1, body: Seal.json(Content(revisions: [:], removed: [:], historyID: historyID)), ring: ring)
    }

    /// - Parameter newest: A position that is known to have been reached; `nil`: any is accepted.
    static func read(
        _ reading: any RecordReading, ring: MasterKeyRing, known: KnownRegister, notBefore newest: RecordsPosition?
    ) throws -> Register {
        let register = try read(reading, ring: ring, known: known)
        if let newest, register.position < newest {
            throw ConnectedAppError(
                .blockMayBeLost,
                detail:
                    "The records are at state \(register.position), but this process has seen state \(newest): the records "
                    + "were rolled back. A block may be lost, so aprity signs nothing.",
                evidence: ["records": "\(register.position)", "seen": "\(newest)"])
        }
        return register
    }

    private static func read(_ reading: any RecordReading, ring: MasterKeyRing, known: KnownRegister) throws
        -> Register
    {
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
        storedGeneration = content.generation ?? 0
        latestRevision = revision
    }

    func sealed(ring: MasterKeyRing) throws -> StoredRecord {
        try Seal.sealed(Self.key, revision: latestRevision + 1, body: Seal.json(content), ring: ring)
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

    func alteredRecords(_ reading: any RecordReading, _ ring: MasterKeyRing) throws -> [String] {
        let stored = try RecordKind.allCases.filter { $0 != Self.key.kind }.flatMap { try reading.records(of: $0) }
        let altered = stored.filter { record in
            do {
                try prove(record, ring)
                return false
            } catch {
                return true
            }
        }
        let missing = Set(content.revisions.keys).subtracting(stored.map(\.key.description))
        return (altered.map(\.key.description) + missing).sorted()
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
        do { return try decoder.decode(Value.self, from: stored.body) } catch {
            throw ConnectedAppError(.storeDamaged, subject: stored.key.description, evidence: ["decoding": "\(error)"])
        }
    }

    /// What a record says, whoever wrote it. Only for finding out what to block.
    static func unproven<Value: Decodable>(_ stored: StoredRecord, as type: Value.Type) -> Value? {
        try? decoder.decode(Value.self, from: stored.body)
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return decoder
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
