internal import Foundation

/// Makes checkpoints of the audit record, brings them out of the store, and cuts what is older than it has to be kept.
package struct AuditTrail: Sendable {
    let store: any RecordStore
    let key: AuditKey
    let exports: AuditExports
    /// Older records are removed, up to a checkpoint; `nil`: none.
    let keepDays: Int?
    let surroundings: Surroundings

    package init(
        store: any RecordStore, key: AuditKey, exports: AuditExports, keepDays: Int? = nil, surroundings: Surroundings
    ) {
        self.store = store
        self.key = key
        self.exports = exports
        self.keepDays = keepDays
        self.surroundings = surroundings
    }

    /// Signs what has come since the last checkpoint, and exports what is not exported yet.
    ///
    /// - Returns: What could not be exported; it is tried again with the next checkpoint.
    package func checkpoint() async throws -> [ConnectedAppError] {
        if try await hasNews() { try await sign() }
        var troubles: [ConnectedAppError] = []
        for export in [exportToFile, exportToWebhook] {
            do { try await export() } catch let error as ConnectedAppError { troubles.append(error) }
        }
        return troubles
    }

    private func hasNews() async throws -> Bool {
        try await store.read { reading in
            let last = try reading.lastCheckpointLine().flatMap { SignedCheckpoint.read($0)?.checkpoint }
            return try !reading.auditRecords(after: last?.upToNumber ?? 0, limit: 1).isEmpty
        }
    }

    private func sign() async throws {
        let time = surroundings.now().ISO8601Format()
        let key = key
        try await store.write { writing in
            let last = try writing.lastCheckpointLine()
            let before = last.flatMap { SignedCheckpoint.read($0)?.checkpoint }
            guard let made = try Self.checkpoint(after: before, line: last, time, key, writing) else { return }
            try writing.addCheckpoint(made.checkpoint.sequence, line: made.line)
        }
        try await cut()
    }

    @Sendable private func exportToFile() async throws {
        guard let path = exports.file else { return }
        let file = CheckpointFile(path: path)
        try await file.append(after: { last in try await store.read { try $0.checkpointLines(after: last) } })
    }

    @Sendable private func exportToWebhook() async throws {
        guard let webhook = exports.webhook else { return }
        while let next = try await store.read({ try $0.checkpointToPost() }) {
            try await webhook.post(next.line)
            try await store.write { try $0.setPosted(checkpoint: next.sequence) }
        }
    }

    private static func checkpoint(
        after before: AuditCheckpoint?, line: String?, _ time: String, _ key: AuditKey, _ reading: any AuditReading
    ) throws -> SignedCheckpoint? {
        var digest = before?.digest ?? AuditCheckpoint.firstDigest
        var heads: [String: AuditCheckpoint.Head] = [:]
        var number = before?.upToNumber ?? 0
        while true {
            let records = try reading.auditRecords(after: number, limit: 1000)
            for record in records {
                digest = AuditCheckpoint.digest(digest, with: record)
                heads["\(record.link.writer) \(record.link.epoch)"] = AuditCheckpoint.Head(
                    writer: record.link.writer, epoch: record.link.epoch, sequence: record.link.sequence,
                    hash: record.hash.hex)
                number = record.number
            }
            if records.count < 1000 { break }
        }
        guard number > before?.upToNumber ?? 0 else { return nil }
        let checkpoint = AuditCheckpoint(
            sequence: (before?.sequence ?? 0) + 1, time: time, upToNumber: number, digest: digest,
            heads: heads.sorted { $0.key < $1.key }.map(\.value),
            previous: line.map(AuditCheckpoint.hash) ?? AuditCheckpoint.firstDigest, key: key.publicKey.fingerprint)
        return try .signed(checkpoint, by: key)
    }

    /// Removes what is older than it has to be kept, up to the last checkpoint of that age and no further.
    private func cut() async throws {
        guard let keepDays else { return }
        let limit = surroundings.now().addingTimeInterval(-86_400 * Double(keepDays)).ISO8601Format()
        let now = surroundings.now()
        try await store.write { writing in
            let cutBefore = try writing.auditCut()
            let old = try writing.checkpointLines(after: cutBefore?.checkpoint ?? 0)
                .compactMap { SignedCheckpoint.read($0)?.checkpoint }.last { $0.time < limit }
            guard let old else { return }
            try writing.cut(AuditCut(upToNumber: old.upToNumber, checkpoint: old.sequence, digest: old.digest))
            try writing.append(
                AuditEvent(
                    time: now, principal: Principal(.commandLine, name: "retention"), act: .auditRecordCut,
                    connection: nil, facts: ["upToRecord": String(old.upToNumber), "keepDays": String(keepDays)]))
        }
    }
}
