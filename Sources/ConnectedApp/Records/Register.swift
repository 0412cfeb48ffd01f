internal import Foundation

/// The current revision of each record, and other state that nobody may roll back unnoticed, as one transaction reads
/// and changes it.
///
/// The register is a record itself, the only one of its kind. It is read at the beginning of each transaction, and
/// written at the end of each one that changes a record. So a record that is older than its revision in the register
/// was rolled back. The revisions are in a ``RegisterTree``, whose root is part of the register.
final class Register {
    static let key = RecordKey(.register, "all")

    /// The stored body; the names must not change.
    struct Content: Codable {
        /// The root of the tree; `nil` in stored registers of older versions, not in memory.
        var root: RegisterNode?
        /// In registers of older versions, the revision of every record, by ``RecordKey/description``. They become a root
        /// with too many entries, which the next write splits. Later `nil`.
        var revisions: [String: Int]?
        /// In registers of older versions, the last revisions of removed records. Later `nil`.
        var removed: [String: Int]?
        /// As ``RegisterTree/nextNumber``; `nil` means 1.
        var nextNode: Int?
        /// `nil`, in stores of older versions, means 0.
        var generation: Int?
        /// See ``CheckedReading/orderMark``.
        var orderMark: BlockOrderMark?
        /// See ``CheckedReading/historyID``.
        var historyID: String?
        /// See ``CheckedReading/heldBlocks``; `nil` means none.
        var heldBlocks: [String: Block]?
        /// See ``CheckedReading/hasAllSummaries``; `nil`, in stores of older versions, means no.
        var hasAllSummaries: Bool?

        /// The same content with a root, if an older version wrote it.
        var inPresentForm: Content {
            guard root == nil else { return self }
            var content = self
            content.root = RegisterNode(revisions: revisions ?? [:], removed: removed ?? [:])
            (content.revisions, content.removed) = (nil, nil)
            return content
        }
    }

    /// Everything except the tree, which is up to date in ``tree``.
    private var content: Content
    private var tree: RegisterTree
    private let known: RegisterCache
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

    /// The ids of the records of a kind that the store should contain, sorted. Like everything that looks up revisions,
    /// throws ``ConnectedAppError`` with `.recordAltered` if a node of the tree was altered.
    func ids(of kind: RecordKind) throws -> [String] { try ids(of: kind, prefix: "") }

    /// The ids of the records of a kind that the store should contain and that begin with a text, sorted.
    func ids(of kind: RecordKind, prefix: String) throws -> [String] {
        let kindPrefix = kind.rawValue + " "
        return try tree.entries(prefix: kindPrefix + prefix).map { entry in
            String(Substring(entry.name.utf8.dropFirst(kindPrefix.utf8.count)))
        }
    }

    /// The revision of a record; `nil` if the store should not contain it.
    func revision(of key: RecordKey) throws -> Int? {
        try tree.value(of: key.description).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The revision of each record that the store should contain, by ``RecordKey/description``.
    ///
    /// - Parameter kind: Only records of this kind; `nil`: all.
    func revisions(of kind: RecordKind?) throws -> [String: Int] {
        let entries = try tree.entries(prefix: kind.map { $0.rawValue + " " } ?? "")
        return Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.revision) })
    }

    /// The names and revisions of the records of a kind that the store should contain, sorted by their names. Nodes that
    /// this process has authenticated, and that the register still names by their tags, are not read from the store again.
    func entries(of kind: RecordKind) throws -> [(name: String, revision: Int)] {
        try tree.entries(prefix: kind.rawValue + " ", readsKnownNodes: false)
    }

    /// The ``RecordKey/description`` of every node that the store should contain.
    func nodeNames() throws -> [String] { try tree.numbers().map { RegisterNodeReader.key($0).description } }

    var hasAllSummaries: Bool {
        get { content.hasAllSummaries ?? false }
        set {
            guard newValue != hasAllSummaries else { return }
            content.hasAllSummaries = newValue
            isChanged = true
        }
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
    func beginGeneration(after last: RecordsPosition?, historyID: String) {
        content.generation = max(content.generation ?? 0, last?.generation ?? 0) + 1
        content.historyID = historyID
        latestRevision = max(latestRevision, last?.revision ?? 0)
        isChanged = true
    }

    /// The register of a store without other records, sealed.
    static func empty(historyID: String?, ring: MasterKeyRing) throws -> StoredRecord {
        try Seal.sealed(
            key, revision: 1,
            body: Seal.json(Content(root: RegisterNode(), historyID: historyID, hasAllSummaries: true)),
            ring: ring)
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
        let reader = RegisterNodeReader(reading: reading, ring: ring, known: known)
        if let content = known.content(of: stored) { return Register(content, stored, reader) }
        let content = try Seal.opened(stored, as: Content.self, ring: ring).inPresentForm
        known.keep(content, of: stored)
        return Register(content, stored, reader)
    }

    private init(_ content: Content, _ stored: StoredRecord, _ reader: RegisterNodeReader) {
        tree = RegisterTree(root: content.root ?? RegisterNode(), nextNumber: content.nextNode ?? 1, reader: reader)
        self.content = content
        known = reader.known
        revision = stored.revision
        masterKeyID = stored.masterKeyID
        storedGeneration = content.generation ?? 0
        latestRevision = stored.revision
    }

    /// Writes the register with its next revision, and the nodes that have changed. Call it last.
    ///
    /// - Parameter ring: Its active key seals what is written. If it is not ``masterKeyID``, writes all nodes.
    func save(to writing: any RecordWriting, ring: MasterKeyRing) throws {
        if ring.active.id != masterKeyID { try tree.changeAll() }
        let next = latestRevision + 1
        try tree.writeChanged { number, node in
            let stored = try Seal.sealed(
                RegisterNodeReader.key(number), revision: next, body: Seal.json(node), ring: ring)
            try writing.put(stored)
            // Harmless if the transaction fails: the node is only used for these bytes.
            known.keep(node, of: stored)
            return stored.tag
        }
        content.root = tree.root
        content.nextNode = tree.nextNumber == 1 ? nil : tree.nextNumber
        try writing.put(Seal.sealed(Self.key, revision: next, body: Seal.json(content), ring: ring))
    }

    /// Increments the revision of a record that is about to be written, and returns it.
    func nextRevision(of key: RecordKey) throws -> Int {
        let name = key.description
        let next = abs(try tree.value(of: name) ?? 0) + 1
        try tree.setValue(next, of: name)
        isChanged = true
        return next
    }

    /// Marks a record as removed.
    func forget(_ key: RecordKey) throws {
        let name = key.description
        if let last = try revision(of: key) { try tree.setValue(-last, of: name) }
        isChanged = true
    }
}
