internal import Foundation

/// Reads and writes authenticated records. An edited, swapped, removed or rolled-back record is rejected, and the error
/// names it.
///
/// Each record has an HMAC over its key, revision and body. The register is such a record. It leads to the current
/// revision of every record and changes with each write, so an older copy of a record is detected although its HMAC is
/// valid. A process rejects a register that is older than one it has read; see also ``RecordsCheck``.
///
/// All copies of a value share what they have read, and can be used from several tasks at once.
package struct SealedRecords: Sendable {
    let store: any RecordStore
    let ring: MasterKeyRing
    private let known = RegisterCache()
    private let values = RecordCache()

    package init(store: any RecordStore, ring: MasterKeyRing) {
        self.store = store
        self.ring = ring
    }

    /// Runs the body in a transaction that cannot write. The body must not begin another transaction.
    ///
    /// - Throws: What the body throws; ``ConnectedAppError``: `.blockMayBeLost` if the records are older than this
    ///   process has seen, `.notInitialised` if the store is empty, `.recordAltered`, `.masterKeyWrong`, and the
    ///   causes of the store.
    package func read<T: Sendable>(_ body: @Sendable (CheckedReading) throws -> T) async throws -> T {
        let (opener, known) = (RecordOpener(ring: ring, values: values), known)
        let newest = known.newest
        let (result, position) = try await store.read { reading in
            let checked = try CheckedReading(reading, opener: opener, known: known, notBefore: newest)
            return (try body(checked), checked.position)
        }
        known.recordPosition(position)
        return result
    }

    /// Reads which state of the records the store holds, even if this process has seen a newer one.
    ///
    /// - Throws: ``ConnectedAppError``: `.notInitialised`, `.recordAltered` if the register is not authentic, and the
    ///   causes of the store.
    func storedState() async throws -> StoredState {
        let ring = ring
        return try await store.read { reading in
            let register = try Register.read(reading, ring: ring, known: RegisterCache(), notBefore: nil)
            return StoredState(
                position: register.position, historyID: register.historyID,
                alteredRecords: try register.alteredRecords(reading, ring))
        }
    }

    struct StoredState: Sendable {
        let position: RecordsPosition
        /// See ``CheckedReading/historyID``.
        let historyID: String?
        /// Kind and id of each record that is missing, not authentic or not current, sorted.
        let alteredRecords: [String]
    }

    /// Runs the body in a transaction, and commits what the body saved together with the events that it appended. The
    /// body must not begin another transaction, and must have no effects outside this one, because the commit may still
    /// fail.
    ///
    /// - Throws: As ``read(_:)``, and ``ConnectedAppError`` with `.blockMayBeLost` if the audit record names a later state of
    ///   the records. Nothing is changed then.
    package func write<T: Sendable>(_ body: @escaping @Sendable (CheckedWriting) throws -> T) async throws -> T {
        let (opener, known) = (RecordOpener(ring: ring, values: values), known)
        let newest = known.newest
        let (result, position) = try await store.write { writing in
            let checked = try CheckedWriting(writing, opener: opener, known: known, notBefore: newest)
            let found = checked.position
            // The body's own events name the state that it found. After them, a rollback would not be seen any more.
            let isNewest = Result { try RecordsCheck.checkAudit(found, writing) }
            let result = try body(checked)
            // Only a new generation may follow records that were rolled back.
            if checked.position.generation == found.generation { try isNewest.get() }
            try checked.save()
            return (result, checked.position)
        }
        known.recordPosition(position)
        return result
    }

    /// Creates the register of an empty store.
    ///
    /// - Parameter historyID: See ``CheckedReading/historyID``.
    /// - Returns: `false` if there is one already.
    package func initialise(historyID: String? = nil) async throws -> Bool {
        let ring = ring
        return try await store.write { writing in
            do {
                _ = try Register.read(writing, ring: ring, known: RegisterCache(), notBefore: nil)
                return false
            } catch let error as ConnectedAppError where error.cause == .notInitialised {
                try writing.put(Register.empty(historyID: historyID, ring: ring))
                return true
            }
        }
    }
}

/// A value that is stored as a record. Its coding keys are stored, so they must not change.
package protocol RecordValue: Codable, Sendable {
    static var kind: RecordKind { get }
    /// The id of its record among those of its kind. It must follow from the content: a record that is stored under
    /// another id counts as altered.
    var recordID: String { get }
    /// The same value, with its sealed bytes under the active key of the ring; see
    /// ``MasterKeyRing/moved(_:binding:resealing:)``. A value without sealed bytes returns itself.
    func moved(by ring: MasterKeyRing, resealing: Bool) throws -> Self
    /// For the record of a rotation: what the app's summary shows of it. `nil` for other records.
    var summarizedRotation: SummarizedRotation? { get }
}

/// What the summary of an app shows of its rotation.
package struct SummarizedRotation: Sendable {
    let appID: String
    /// The raw value of the name of its state.
    let state: String
}

extension RecordValue {
    /// Returns itself, for values without sealed bytes.
    package func moved(by ring: MasterKeyRing, resealing: Bool) -> Self { self }

    package var summarizedRotation: SummarizedRotation? { nil }
}

/// A record that protects nothing. If it was altered, aprity removes it, creates a new one and continues.
protocol DispensableRecord: RemovableRecord {}

/// A record that may be removed even if it was altered, because its removal takes rights away or loses nothing.
protocol RemovableRecord: RecordValue {}

/// A value and the revision of its record.
package struct Revisioned<Value: RecordValue>: Sendable {
    package let value: Value
    /// From 1; each time the record is saved, the revision is incremented.
    let revision: Int
}

/// Reads checked records, in a transaction with one consistent state.
package struct CheckedReading {
    /// The unchecked content of the store.
    let reading: any StoreReading
    let opener: RecordOpener
    let register: Register

    fileprivate init(
        _ reading: any StoreReading, opener: RecordOpener, known: RegisterCache, notBefore newest: RecordsPosition?
    ) throws {
        self.reading = reading
        self.opener = opener
        register = try Register.read(reading, ring: opener.ring, known: known, notBefore: newest)
    }

    /// The revision of the register. Each change of a record increments it.
    var revision: Int { register.revision }
    /// The state of the records that this transaction sees.
    var position: RecordsPosition { register.position }
    /// What the store knows about the block order file; `nil` before the first sign-in.
    var orderMark: BlockOrderMark? { register.orderMark }
    /// A random id that distinguishes this store's checkpoints from those of other stores in the same file. Each
    /// generation has its own. `nil` in a store of a former version, until its next sign-in.
    var historyID: String? { register.historyID }
    /// The id of the store's master key.
    var masterKeyID: String { register.masterKeyID }

    /// The record with this id; `nil` if there is none.
    ///
    /// - Throws: ``ConnectedAppError``: `.recordAltered` if it was altered, or is missing although the store should
    ///   contain it; `.masterKeyWrong`; `.storeDamaged` if it cannot be decoded.
    func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        try register.checked(RecordKey(Value.kind, id), reading, opener)
    }

    /// All records of a kind, sorted by id. For display and cleaning up, see ``intact(_:)``.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if one of them is missing or was altered, and as
    ///   ``find(_:_:)`` does.
    package func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try register.checkedAll(reading, opener)
    }

    /// The ids of the records that the store should contain, sorted.
    func ids<Value: RecordValue>(of type: Value.Type) throws -> [String] { try register.ids(of: Value.kind) }

    /// Blocks of apps whose records were already altered when they were blocked, by the app's id.
    var heldBlocks: [String: Block] { register.heldBlocks }

    /// The authentic and current records of a kind, sorted by id. For display and for cleaning up, when one altered
    /// record must not hide the others.
    package func intact<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try register.intact(reading, opener)
    }
}

/// Reads and writes checked records, in a transaction that may write.
package final class CheckedWriting {
    /// The unchecked content of the store.
    let writing: any StoreWriting
    /// Its active key is the store's master key, so no process seals under a former key.
    let ring: MasterKeyRing
    private let opener: RecordOpener
    /// The register as it is to be written.
    let register: Register
    /// What lists show and was changed by this transaction.
    var summaryChanges = SummaryChanges()
    /// Written at the end of the transaction, when the resulting state of the records is known.
    private var events: [AuditEvent] = []

    init(
        _ writing: any StoreWriting, opener: RecordOpener, known: RegisterCache, notBefore newest: RecordsPosition?
    ) throws {
        self.writing = writing
        self.opener = opener
        register = try Register.read(writing, ring: opener.ring, known: known, notBefore: newest)
        ring = opener.ring.sealing(under: register.masterKeyID)
    }

    /// The revision that the register will have after what was saved so far.
    var revision: Int { position.revision }
    /// The state that the records will have after what was saved so far.
    var position: RecordsPosition { register.nextPosition }

    /// As ``CheckedReading/orderMark``.
    package var orderMark: BlockOrderMark? {
        get { register.orderMark }
        set { register.orderMark = newValue }
    }

    /// As ``CheckedReading/ids(of:)``.
    func ids<Value: RecordValue>(of type: Value.Type) throws -> [String] { try register.ids(of: Value.kind) }

    /// Whether the store should contain a record, even if it was altered or removed.
    func expects<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Bool {
        try register.revision(of: RecordKey(Value.kind, id)) != nil
    }

    /// As ``CheckedReading/heldBlocks``.
    var heldBlocks: [String: Block] {
        get { register.heldBlocks }
        set { register.heldBlocks = newValue }
    }

    /// As ``CheckedReading/historyID``.
    var historyID: String? {
        get { register.historyID }
        set { register.historyID = newValue }
    }

    /// Begins a new generation: the store continues from a state older than the last one recorded.
    ///
    /// - Parameters:
    ///   - last: The newest position that anything outside the records names. The revision continues after it.
    ///   - historyID: A new random one.
    func beginGeneration(after last: RecordsPosition?, historyID: String) {
        register.beginGeneration(after: last, historyID: historyID)
    }

    /// As ``CheckedReading/find(_:_:)``. Includes what this transaction has saved.
    func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        try register.checked(RecordKey(Value.kind, id), writing, opener)
    }

    /// As ``CheckedReading/all(_:)``. Includes what this transaction has saved.
    package func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try register.checkedAll(writing, opener)
    }

    /// As ``CheckedReading/intact(_:)``.
    package func intact<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] {
        try register.intact(writing, opener)
    }

    /// Adds the record, or replaces the one with the same id, whatever its revision is.
    package func save<Value: RecordValue>(_ value: Value) throws {
        let key = RecordKey(Value.kind, value.recordID)
        let revision = try register.nextRevision(of: key)
        // Its sealed bytes may have been sealed under a former master key.
        let moved = try value.moved(by: ring, resealing: false)
        try writing.put(Seal.sealed(key, revision: revision, body: Seal.json(moved), ring: ring))
        summaryChanges.note(value)
    }

    /// Adds or replaces an outstanding token, sealed under the store's master key.
    func keep(_ token: OutstandingToken) throws {
        // An altered token cannot be moved to another key. That must not prevent a block.
        try writing.keep((try? token.moved(by: ring, resealing: token.isUnderAnother(than: ring.active))) ?? token)
    }

    /// Marks the outstanding tokens of an app for revocation at Salesforce.
    ///
    /// - Parameter alias: Only tokens of this connection; `nil`: of all.
    /// - Returns: How many tokens were marked.
    @discardableResult
    func revokeTokens(of appID: String, alias: String? = nil, at now: Date) throws -> Int {
        let tokens = try outstandingTokens(of: appID, alias: alias)
        for token in tokens { try keep(token.toBeRevoked(now)) }
        return tokens.count
    }

    /// The outstanding tokens of an app.
    ///
    /// - Parameter alias: Only tokens of this connection; `nil`: of all.
    func outstandingTokens(of appID: String, alias: String?) throws -> [OutstandingToken] {
        try writing.outstandingTokens(of: appID).filter { alias == nil || $0.alias == alias }
    }

    /// Removes the record of a value.
    func remove<Value: RecordValue>(_ value: Value) throws {
        let key = RecordKey(Value.kind, value.recordID)
        summaryChanges.note(value, isRemoved: true)
        try register.forget(key)
        try writing.remove(key)
    }

    /// Removes a record if there is one, even if it was altered.
    func drop<Value: RemovableRecord>(_ type: Value.Type, _ id: String) throws {
        let key = RecordKey(Value.kind, id)
        guard try expects(type, id) || writing.record(key) != nil else { return }
        if [ConnectionEvidence.kind, PullOutcome.kind].contains(Value.kind) { summaryChanges.note(connection: id) }
        try register.forget(key)
        try writing.remove(key)
    }

    /// Returns a record to change and save; `nil` if there is none. If it was altered, removes it and records that in
    /// the audit record.
    func findOrDrop<Value: DispensableRecord>(
        _ type: Value.Type, of alias: String, as principal: Principal, at now: Date
    ) throws -> Value? {
        switch try lookUp(type, alias) {
        case .intact(let value): return value
        case .missing: return nil
        case .altered:
            try drop(type, alias)
            let record = RecordKey(Value.kind, alias).description
            try append(
                AuditEvent(
                    time: now, principal: principal, act: .recordDropped, connection: alias,
                    outcome: Cause.recordAltered.rawValue, facts: ["record": record]))
            return nil
        }
    }

    /// Adds an event to the audit record, with the state of the records that this transaction leads to.
    package func append(_ event: AuditEvent) throws { events.append(event) }

    /// Writes the summaries, the register and the events. ``SealedRecords/write(_:)`` calls it last; nothing may be
    /// saved after it.
    func save() throws {
        try updateSummaries()
        if register.isChanged { try register.save(to: writing, ring: ring) }
        for event in events { try writing.append(event.leading(to: position)) }
    }
}
