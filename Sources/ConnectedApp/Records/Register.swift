internal import Foundation
internal import Synchronization

/// The current revision of each record, and other state that nobody may roll back unnoticed.
///
/// The register is a record itself, the only one of its kind. It is read at the beginning of each transaction, and
/// written at the end of each one that changes a record. So a record that is older than its revision in the register
/// was rolled back.
struct Register {
    static let key = RecordKey(.register, "all")

    /// The stored body; the names must not change.
    private struct Content: Codable {
        /// The revision of each record, by ``RecordKey/description``.
        var revisions: [String: Int]
        /// The last revisions of removed records. A new record with the same key continues from there.
        var removed: [String: Int]
        /// `nil`, in stores of older versions, means 0.
        var generation: Int?
        /// See ``CheckedReading/orderMark``.
        var orderMark: BlockOrderMark?
        /// See ``CheckedReading/historyID``.
        var historyID: String?
        /// See ``CheckedReading/heldBlocks``; `nil` means none.
        var heldBlocks: [String: Block]?
    }

    private var content: Content
    /// The revision of the stored register.
    let revision: Int
    /// The id of the master key that authenticates the register. Everything that is saved is sealed under it.
    let masterKeyID: String
    /// Whether the register must be written at the end of the transaction.
    private(set) var isChanged = false
    private let storedGeneration: Int
    /// The register is written with the next higher revision. This is the stored revision, or a higher one that is
    /// known from outside the records.
    private var latestRevision: Int

    /// The position of the stored state.
    var position: RecordsPosition { RecordsPosition(generation: storedGeneration, revision: revision) }

    /// The position of the state that this transaction will store, after the changes so far.
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

    /// The ids of the records of a kind that the store should contain, sorted.
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

    /// As ``CheckedWriting/beginGeneration(after:historyID:)``.
    mutating func beginGeneration(after last: RecordsPosition?, historyID: String) {
        content.generation = max(content.generation ?? 0, last?.generation ?? 0) + 1
        content.historyID = historyID
        latestRevision = max(latestRevision, last?.revision ?? 0)
        isChanged = true
    }

    /// The register of a store without other records, sealed.
    static func empty(historyID: String?, ring: MasterKeyRing) throws -> StoredRecord {
        try Seal.sealed(
            key, revision: 1, body: Seal.json(Content(revisions: [:], removed: [:], historyID: historyID)), ring: ring)
    }

    /// Reads and authenticates the register.
    ///
    /// - Parameters:
    ///   - known: Returns the register without authentication if its bytes were authenticated before.
    ///   - newest: The newest position that this process has seen. An older register is rejected; `nil` rejects none.
    /// - Throws: ``ConnectedAppError``: `.blockMayBeLost` if the records were rolled back, `.notInitialised` if the
    ///   store is empty, `.recordAltered`, `.masterKeyWrong`.
    static func read(
        _ reading: any StoreReading, ring: MasterKeyRing, known: RegisterCache, notBefore newest: RecordsPosition?
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

    private static func read(_ reading: any StoreReading, ring: MasterKeyRing, known: RegisterCache) throws
        -> Register
    {
        guard let stored = try reading.record(key) else {
            // aprity writes the register before any other record, and before the first audit record.
            let isEmpty =
                try RecordKind.allCases.allSatisfy { try reading.records(of: $0).isEmpty }
                && reading.auditRecords(AuditSelection(limit: 1)).isEmpty
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

    /// The register as it is to be stored, with its next revision.
    func sealed(ring: MasterKeyRing) throws -> StoredRecord {
        try Seal.sealed(Self.key, revision: latestRevision + 1, body: Seal.json(content), ring: ring)
    }

    /// Increments the revision of a record that is about to be written, and returns it.
    mutating func nextRevision(of key: RecordKey) -> Int {
        let name = key.description
        let next = max(content.revisions[name] ?? 0, content.removed[name] ?? 0) + 1
        content.revisions[name] = next
        content.removed[name] = nil
        isChanged = true
        return next
    }

    /// Marks a record as removed.
    mutating func forget(_ key: RecordKey) {
        content.removed[key.description] = content.revisions.removeValue(forKey: key.description)
        isChanged = true
    }

    /// Reads a record, and checks that it is authentic and current.
    ///
    /// - Returns: `nil` if the store should not contain it and does not.
    /// - Throws: ``ConnectedAppError``: `.recordAltered`, which names the connections of the record, `.masterKeyWrong`,
    ///   or `.storeDamaged` if it cannot be decoded.
    func checked<Value: RecordValue>(_ key: RecordKey, _ reading: any RecordReading, _ opener: RecordOpener) throws
        -> Revisioned<Value>?
    {
        let expected = content.revisions[key.description]
        guard let stored = try reading.record(key) else {
            if expected == nil { return nil }
            throw ConnectedAppError.altered(key, "it is missing", of: Self.connections(of: key, nil, reading))
        }
        return try checked(stored, expected, reading, opener)
    }

    /// Reads all records of a kind, sorted by id, and checks that each is authentic and current, and that none is
    /// missing. Throws as ``checked(_:_:_:)`` does.
    func checkedAll<Value: RecordValue>(_ reading: any RecordReading, _ opener: RecordOpener) throws -> [Revisioned<
        Value
    >] {
        let stored = try reading.records(of: Value.kind)
        let present = Set(stored.map(\.key.description))
        let prefix = Value.kind.rawValue + " "
        if let missing = content.revisions.keys.filter({ $0.hasPrefix(prefix) && !present.contains($0) }).min() {
            let key = RecordKey(Value.kind, String(missing.dropFirst(prefix.count)))
            throw ConnectedAppError.altered(key, "it is missing", of: Self.connections(of: key, nil, reading))
        }
        return try stored.map { try checked($0, content.revisions[$0.key.description], reading, opener) }
    }

    private func checked<Value: RecordValue>(
        _ stored: StoredRecord, _ expected: Int?, _ reading: any RecordReading, _ opener: RecordOpener
    ) throws -> Revisioned<Value> {
        do { return try checked(stored, expected, opener) } catch let error as ConnectedAppError
            where error.cause == .recordAltered
        {
            throw error.ofRecord(stored.key, of: Self.connections(of: stored.key, stored, reading))
        }
    }

    private func checked<Value: RecordValue>(_ stored: StoredRecord, _ expected: Int?, _ opener: RecordOpener) throws
        -> Revisioned<Value>
    {
        guard let expected else { throw ConnectedAppError.altered(stored.key, "aprity did not write it") }
        let value = try opener.open(stored, as: Value.self)
        try checkRevision(stored, expected)
        guard value.recordID == stored.key.id else {
            throw ConnectedAppError.altered(stored.key, "it belongs to another name")
        }
        return Revisioned(value: value, revision: stored.revision)
    }

    /// The aliases of the connections that a record belongs to, from unauthenticated records. For messages only.
    private static func connections(
        of key: RecordKey, _ stored: StoredRecord?, _ reading: any RecordReading
    ) -> [String] {
        let appID: String? =
            switch key.kind {
            case .app, .rotation, .changeWatch, .approvedApp, .outbox: key.id
            case .credential: stored.flatMap { Seal.unauthenticated($0, as: CredentialRecord.self)?.appID }
            case .connection, .evidence, .testHistory, .certificateDownload, .spreadHistory, .doomedKey,
                .account, .apiToken, .apiTokenUse, .register:
                nil
            }
        // The error for which this is called is complete without names.
        guard let appID, let connections = try? reading.records(of: .connection) else { return [] }
        return connections.compactMap { Seal.unauthenticated($0, as: ConnectionRecord.self) }
            .filter { $0.appID == appID }.map(\.alias.description).sorted()
    }

    private func checkRevision(_ stored: StoredRecord, _ expected: Int) throws {
        guard stored.revision == expected else {
            throw ConnectedAppError.altered(
                stored.key, "it has revision \(stored.revision), but the current one is \(expected)")
        }
    }

    /// The ``RecordKey/description`` of each record that is missing, not authentic or not current, sorted.
    func alteredRecords(_ reading: any RecordReading, _ ring: MasterKeyRing) throws -> [String] {
        let stored = try RecordKind.allCases.filter { $0 != Self.key.kind }.flatMap { try reading.records(of: $0) }
        let altered = stored.filter { record in
            do {
                try checkAuthentic(record, ring)
                return false
            } catch {
                return true
            }
        }
        let missing = Set(content.revisions.keys).subtracting(stored.map(\.key.description))
        return (altered.map(\.key.description) + missing).sorted()
    }

    /// Checks that a record is authentic and current, without decoding it.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` or `.masterKeyWrong`.
    func checkAuthentic(_ stored: StoredRecord, _ ring: MasterKeyRing) throws {
        guard let expected = content.revisions[stored.key.description] else {
            throw ConnectedAppError.altered(stored.key, "aprity did not write it")
        }
        try Seal.authenticate(stored, ring: ring)
        try checkRevision(stored, expected)
    }
}

/// Remembers the register that was authenticated last, so that the same bytes are not authenticated twice, and the
/// newest committed position that this process has seen. Can be used from several tasks at once.
final class RegisterCache: Sendable {
    private let known = Mutex<(stored: StoredRecord, register: Register)?>(nil)
    private let position = Mutex<RecordsPosition?>(nil)

    /// The newest position seen; `nil` before the first transaction. A transaction that begins after reading this sees
    /// this position or a later one, unless the records were rolled back.
    var newest: RecordsPosition? { position.withLock { $0 } }

    /// Records the position that a committed transaction has read or written.
    func recordPosition(_ position: RecordsPosition) {
        self.position.withLock { $0 = max($0 ?? position, position) }
    }

    /// The authenticated register with exactly these bytes; `nil` if it is not remembered.
    func register(of stored: StoredRecord) -> Register? {
        known.withLock { $0?.stored == stored ? $0?.register : nil }
    }

    /// Remembers a register that was just authenticated.
    func keep(_ register: Register, of stored: StoredRecord) { known.withLock { $0 = (stored, register) } }
}
